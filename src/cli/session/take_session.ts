/**
 * A session for a command: from the cache where it has one, else by a sign-in.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../../errors.ts";
import { canonical, parseSession, type Session } from "../../credentials/cache.ts";
import type { OfferedRole } from "../../saml/roles.ts";
import type { Shared } from "../../sharing/caller.ts";
import type { Secret } from "../../secret.ts";
import {
  type ChoiceMemory,
  chosenPair,
  sessionKey,
  settingsKey,
  type SignInRequest,
} from "../../sign_in/request.ts";
import type { SignInEvent } from "../../sign_in/events.ts";
import { signedInSentence } from "../../sign_in/outcome.ts";
import { regionFor, regionsSentence } from "../../sign_in/region.ts";
import type { Deps } from "../../deps.ts";
import { localTimeWithSpan } from "../../time.ts";
import type { CommandInput } from "../command.ts";
import { beforeSignIn } from "./before_sign_in.ts";
import { choiceMemory } from "./choice_memory.ts";
import type { Console } from "./console.ts";
import type { Delivery, TakenSession } from "./delivery.ts";
import { variableOf } from "../options.ts";
import { requiredBy } from "../read_options.ts";

/** What a session is taken for. */
export interface Taking {
  readonly input: CommandInput;
  readonly deps: Deps;
  readonly request: SignInRequest;
  /** Whether sessions are cached on this machine. */
  readonly cached: boolean;
  /** Whether the cache is all that the session is for: without one nobody should sign in. */
  readonly onlyCached?: boolean;
  readonly deliver: Delivery;
  /** The console, where it is to be opened; whether a failure there is the command's own. */
  readonly console?: { readonly console: Console; readonly required: boolean } | undefined;
}

/** The commands that start a program after the sign-in: what was asked for, or what tells the caller's shell. */
const STARTS_LATER = ["exec", "env", "login"];

/**
 * Takes a session and delivers it.
 *
 * @throws UserError with the exit code of what went wrong
 */
export async function takeSession(taking: Taking): Promise<void> {
  const { input, deps, deliver } = taking;
  let cached = taking.cached && isCacheUsable(taking);
  const memory = choiceMemory(settingsKey(taking.request), taking);
  if (cached && "delivered" in await deliverCached(taking, memory)) return;
  if (input.values["no-interactive"]) throw await signInNeeded(taking);
  const request = await beforeSignIn(taking.request, input.values, deps);
  // With the console this sign-in's own tab goes on to it, so nobody else's can do; and what is pasted here
  // is read by this process.
  if (cached && taking.console === undefined && !request.paste) {
    const { share } = await import("./share.ts");
    const shared = await share({ ...taking, request });
    if (shared.kind === "kept") {
      const outcome = await deliverCached(taking, memory, true);
      if ("miss" in outcome) throw unreadable(outcome.miss);
      return;
    }
    if (taking.onlyCached) throw shared.error;
    warnUncached(shared.error, taking);
    if (shared.kind === "handed") return await deliverHanded(shared, taking);
    // Where nothing can be cached, one signs in for oneself.
    cached = false;
  }
  const { signIn } = await import("../../sign_in/sign_in.ts");
  const { watch } = input.terminal;
  const world = {
    ...deps,
    startNothingMore: STARTS_LATER.includes(input.name) ? undefined : deps.startNothingMore,
    watch: (event: SignInEvent) =>
      watch(event.kind === "listening" && taking.console ? { ...event, console: true } : event),
  };
  await signIn(request, world, {
    memory,
    deliver: async (signedIn) => {
      const { credentials, role, person, region } = signedIn;
      const session = { credentials, roleArn: role.text, person, issued: deps.now() };
      const taken = { session, region, key: sessionKey(request, signedIn) };
      if (cached) await cacheSession(taken, taking);
      const sentence = await deliver(taken);
      if (request.paste) {
        // No tab of this sign-in's own could go on to it.
        await openConsole(taken, taking);
        return sentence;
      }
      const { console, warning } = await consoleOf(taken, taking);
      // All else is where the person is looking anyway.
      const isNamed = input.values["profile-to-update"] !== undefined || input.values["print-url"];
      const page = {
        sentence: isNamed ? sentence : undefined,
        more: warning === undefined ? [] : [`${warning}.`],
      };
      return { sentence, console, page };
    },
  });
}

async function signInNeeded(taking: Taking): Promise<UserError> {
  return new UserError("sign-in-needed", `A sign-in is needed for ${titleOf(taking.request)}`, {
    exitCode: ExitCode.SIGN_IN_NEEDED,
    hint: await wayToSignIn(taking),
  });
}

async function wayToSignIn({ input, deps }: Taking): Promise<string> {
  const required = requiredBy(input, "no-interactive");
  if (required !== undefined) return `This command must not sign in here: ${required} is required`;
  const { programWords, shellLine, typedWords } = await import("../shell_line.ts");
  // A variable, the profile or the machine's file would forbid it again.
  const elsewhere = input.typed["no-interactive"] === undefined ||
    input.values.profile !== undefined || input.machine !== undefined ||
    Boolean(deps.env(variableOf("no-interactive")));
  const typed = { ...input.typed, "no-interactive": elsewhere ? ["false"] : undefined };
  const line = shellLine([...programWords(deps), input.name, ...typedWords(typed)], deps);
  const [command, ...others] = input.words;
  // Only the first word is repeated: what follows may hold a password.
  const words = command === undefined
    ? ""
    : ` -- ${shellLine([command], deps)}${others.length > 0 ? " …" : ""}`;
  return `Sign in with:\n  ${line}${words}`;
}

/** Caches a session for later calls; where that fails it warns, unless the session is for the cache alone. */
export async function cacheSession(
  { key, session }: Pick<TakenSession, "key" | "session">,
  { deps, input, onlyCached }: Pick<Taking, "deps" | "input" | "onlyCached">,
): Promise<void> {
  try {
    await deps.cache().sessions.store(key, session);
  } catch (error) {
    if (onlyCached) throw error;
    const message = `The session is not cached: ${messageOf(error)}`;
    input.terminal.watch({ kind: "warning", message });
  }
}

/**
 * The way to the console for a session, or the warning that it failed: the credentials are delivered by
 * then.
 *
 * @throws UserError when the console is what the command is for
 */
async function consoleOf(
  taken: TakenSession,
  { console: asked, input }: Taking,
): Promise<{ readonly console?: Secret; readonly warning?: string }> {
  if (asked === undefined) return {};
  try {
    return { console: await asked.console.login(taken) };
  } catch (error) {
    if (asked.required || !(error instanceof UserError)) throw error;
    const warning = `The console did not open: ${error.message}`;
    input.terminal.watch({ kind: "warning", message: warning });
    return { warning };
  }
}

/** Brings a browser to the console of a session; one that never comes costs the credentials nothing. */
async function openConsole(taken: TakenSession, taking: Taking): Promise<void> {
  const { console: login } = await consoleOf(taken, taking);
  if (login === undefined || taking.console === undefined) return;
  const { console: target, required } = taking.console;
  try {
    await target.open(login);
  } catch (error) {
    if (required || !(error instanceof UserError) || taking.deps.signal.aborted) throw error;
    const message = `The console did not open: ${error.message}`;
    taking.input.terminal.watch({ kind: "warning", message });
  }
}

/** The console for `--console`; loaded only then. */
export async function consoleAsked(
  input: CommandInput,
  request: SignInRequest,
  deps: Deps,
): Promise<Taking["console"]> {
  if (input.values.console !== true) return undefined;
  const { Console } = await import("./console.ts");
  return { console: new Console(input, request, deps), required: false };
}

function titleOf({ role, accounts, filters }: SignInRequest): string {
  if (role !== undefined) return role.text;
  return accounts.length + filters.length > 0 ? "one of the roles asked for" : "a role to choose";
}

/**
 * Whether the cache folder can be used; where it cannot, the person signs in without it.
 *
 * @throws UserError exit code 8 when only the cache was asked for
 */
function isCacheUsable(taking: Taking): boolean {
  try {
    taking.deps.cache();
    return true;
  } catch (error) {
    const needed = taking.onlyCached || taking.input.values["no-interactive"];
    if (needed || !(error instanceof UserError)) throw error;
    warnUncached(error, taking);
    return false;
  }
}

function warnUncached({ message }: UserError, { input }: Taking): void {
  input.terminal.watch({ kind: "warning", message: `The session is not cached: ${message}` });
}

/** Signing in again would end the same way. */
function unreadable(miss: string): UserError {
  return new UserError(
    "session-unreadable",
    `Signed in, but the session cannot be read back from the cache: ${miss}`,
    {
      exitCode: ExitCode.FILE,
      hint: "Try again with --no-cache.",
    },
  );
}

/** The result of looking for a cached session. */
type Outcome = { readonly delivered: true } | { readonly miss: string };

/**
 * Delivers a cached session.
 *
 * @param fresh whether it was just made by a sign-in, whose outcome the person wants to read
 */
async function deliverCached(
  taking: Taking,
  memory: ChoiceMemory,
  fresh = false,
): Promise<Outcome> {
  const { input, deps, request, deliver } = taking;
  const detail = (message: string) => input.terminal.watch({ kind: "detail", message });
  const missed = (miss: string): Outcome => {
    detail(`Not from the cache: ${miss}`);
    return { miss };
  };
  const pair = await knownPair(request, memory);
  if (pair === undefined) return missed("no role was chosen with these settings yet");
  const key = sessionKey(request, pair);
  const look = deps.cache().sessions.look(key);
  if ("miss" in look) return missed(look.miss);
  const taken = { session: look.session, region: regionFor(request, pair), key };
  const ignored = fresh ? undefined : regionsSentence(request, [pair]);
  if (ignored !== undefined) input.terminal.watch({ kind: "notice", message: ignored });
  await deliver(taken);
  await openConsole(taken, taking);
  if (fresh || taking.onlyCached) {
    sayWho(look.session, pair, taking, fresh ? "Signed in" : "Already signed in");
  } else {
    const { expiration } = look.session.credentials;
    detail(`From the cache, valid until ${localTimeWithSpan(expiration, deps.now())}`);
  }
  return { delivered: true };
}

/** Delivers a session of a shared sign-in that could not be cached. */
async function deliverHanded(
  handed: Extract<Shared, { readonly kind: "handed" }>,
  taking: Taking,
): Promise<void> {
  const { request, deliver } = taking;
  const pair = chosenPair(handed);
  const key = pair && sessionKey(request, pair);
  const session = key && parseSession(handed.session, canonical(key));
  if (pair === undefined || key === undefined || session === undefined) throw handed.error;
  await deliver({ session, region: regionFor(request, pair), key });
  sayWho(session, pair, taking, "Signed in");
}

function sayWho(
  { credentials, person }: Session,
  { role }: OfferedRole,
  { deps, input }: Taking,
  how: string,
): void {
  const message = signedInSentence({ credentials, role, person }, deps.now(), how);
  input.terminal.watch({ kind: "success", message });
}

/** The pair that is asked for: by both flags, else the last choice with the same settings. */
async function knownPair(
  { role, provider }: SignInRequest,
  memory: ChoiceMemory,
): Promise<OfferedRole | undefined> {
  if (role !== undefined && provider !== undefined) return { role, provider };
  return chosenPair(await memory.last());
}
