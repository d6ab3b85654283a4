/**
 * A session for a command that the cache does not have: by a sign-in, shared with everybody who wants a session of
 * the same IdP where that can be: an IDE that resolves 75 profiles opens one tab.
 *
 * @module
 */

import { partitionOfRegion, regionMismatch } from "../../aws/partition.ts";
import { canonical, parseSession } from "../../credentials/cache.ts";
import type { Deps } from "../../deps.ts";
import { ExitCode, messageOf, UserError } from "../../errors.ts";
import type { OfferedRole } from "../../saml/roles.ts";
import type { Shared } from "../../sharing/caller.ts";
import type { Order } from "../../sharing/messages.ts";
import type { SignInEvent } from "../../sign_in/events.ts";
import {
  type ChoiceMemory,
  chosenPair,
  idpKey,
  sessionKey,
  type SignInRequest,
} from "../../sign_in/request.ts";
import {
  optionOf,
  type OptionValues,
  requiredBy,
  SIGN_IN_OPTIONS,
  variableOf,
} from "../options.ts";
import { activeRegion } from "../settings/sign_in_request.ts";
import type { CommandInput } from "../command.ts";
import { foreign } from "../../text.ts";
import type { DeliveryPlan, TakenSession, Taking } from "./taking.ts";

/** The commands that start a program after the sign-in: what was asked for, or what tells the caller's shell. */
const STARTS_LATER = ["exec", "env", "login"];

/** How a session was made: it is delivered; or it is still to be delivered, from the cache or as it is. */
export type Made =
  | { readonly taken: TakenSession }
  | "cached"
  | { readonly session: TakenSession["session"]; readonly pair: OfferedRole };

/** What is known of the cache by then. */
interface Missed {
  /** Whether a session can be cached, and if it was to be and cannot, why. */
  readonly cached: boolean;
  readonly trouble: UserError | undefined;
  readonly memory: ChoiceMemory;
}

/** Signs in, or has a session brought into the cache; throws a UserError with the exit code of what went wrong. */
export async function newSession(
  taking: Taking,
  { cached, trouble, memory }: Missed,
): Promise<Made> {
  const { input, deps } = taking;
  if (trouble !== undefined) warnUncached(trouble, taking);
  if (input.values["no-interactive"]) throw await signInNeeded(taking);
  const asked = { asker: askerOf(input), ...taking.request };
  const request = await beforeSignIn(asked, input.values, deps);
  // With the console this sign-in's own tab goes on to it, so nobody else's can do; and what is pasted here
  // is read by this process.
  const shared = cached && taking.console === undefined && !request.paste
    ? await share(request, taking)
    : undefined;
  if (shared === undefined) return await signInFor({ ...taking, request, cached }, memory);
  if (shared.kind === "kept") return "cached";
  if (taking.onlyCached) throw shared.error;
  warnUncached(shared.error, taking);
  // Where nothing can be cached, one signs in for oneself.
  if (shared.kind === "unshared") {
    return await signInFor({ ...taking, request, cached: false }, memory);
  }
  const pair = chosenPair(shared);
  const session = pair && parseSession(shared.session, canonical(sessionKey(taking.request, pair)));
  if (pair === undefined || session === undefined) throw shared.error;
  return { session, pair };
}

/** Signs in and delivers the session. */
async function signInFor(taking: Taking, memory: ChoiceMemory): Promise<Made> {
  const { input, deps, request, deliver, console: target } = taking;
  const { signIn } = await import("../../sign_in/sign_in.ts");
  const { watch } = input.terminal;
  const world = {
    ...deps,
    startNothingMore: STARTS_LATER.includes(input.name) ? undefined : deps.startNothingMore,
    watch: (event: SignInEvent) =>
      watch(event.kind === "listening" && target ? { ...event, console: true } : event),
  };
  let taken: TakenSession | undefined;
  await signIn(request, world, {
    memory,
    deliver: async (signedIn) => {
      const { credentials, role, person, region } = signedIn;
      const session = { credentials, roleArn: role.text, person, issued: deps.now() };
      taken = { session, region, key: sessionKey(request, signedIn) };
      if (taking.cached) await cacheSession(taken, taking);
      const sentence = await deliver(taken);
      if (request.paste) {
        // No tab of this sign-in's own could go on to it.
        await target?.openFor(taken);
        return sentence;
      }
      const { console: login, warning } = await target?.signIn(taken) ?? {};
      // All else is where the person is looking anyway.
      const isNamed = input.values["profile-to-update"] !== undefined || input.values["print-url"];
      const page = {
        sentence: isNamed ? sentence : undefined,
        more: warning === undefined ? [] : [`${warning}.`],
      };
      return { sentence, console: login, page };
    },
  });
  if (taken === undefined) throw new Error("a session was taken and not delivered");
  return { taken };
}

/** What a sign-in is for: the profile, or else the command: "profile `dev`", "`env` in your terminal". */
export function askerOf(
  { name, values, words }: Pick<CommandInput, "name" | "values" | "words">,
): string {
  const [word] = words;
  const profile = values.profile ?? values["profile-to-update"] ??
    (name === "setup" ? word : undefined);
  if (profile !== undefined) return `profile ${code(profile)}`;
  // Only the first word of what is run: another one may be a password.
  const command = name === "login" ? "stssamldriver" : [name, word].filter(Boolean).join(" ");
  return `${code(command)} in your terminal`;
}

function code(text: string): string {
  return `\`${foreign(text, 80).replaceAll("`", "'")}\``;
}

async function signInNeeded(taking: Taking): Promise<UserError> {
  const { role, accounts, filters } = taking.request;
  const one = accounts.length + filters.length > 0
    ? "one of the roles asked for"
    : "a role to choose";
  return new UserError("sign-in-needed", `A sign-in is needed for ${role?.text ?? one}`, {
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
  { deps, input, onlyCached }: DeliveryPlan & Pick<Taking, "onlyCached">,
): Promise<void> {
  try {
    await deps.cache().sessions.store(key, session);
  } catch (error) {
    if (onlyCached) throw error;
    warnUncached(error, { input });
  }
}

function warnUncached(error: unknown, { input }: Pick<Taking, "input">): void {
  input.terminal.say("warning", `The session is not cached: ${messageOf(error)}`);
}

/**
 * The last looks before a sign-in that goes on to STS: what would only fail once the person has signed in is found
 * here, and costs an answer from the cache nothing. Completes the request by the region of the profile in use, and
 * looks at the settings of the way to STS.
 *
 * @throws UserError exit code 2 for one that cannot be used
 */
export async function beforeSignIn(
  request: SignInRequest,
  values: OptionValues,
  deps: Deps,
): Promise<SignInRequest> {
  const named = request.region?.onlyForSts ? undefined : request.region;
  // A default of the machine gives way to the person's own profile.
  const region = named ?? await activeRegion(values, deps) ?? request.region;
  await deps.checkRoute(stsPlace({ ...request, region }).host);
  return { ...request, region };
}

/** The region and the host that will be asked, as far as they are known before the sign-in. */
export function stsPlace(
  { endpoint, region, role, provider }: Pick<
    SignInRequest,
    "endpoint" | "region" | "role" | "provider"
  >,
): { readonly region: string; readonly host: string } {
  const partition = (role ?? provider)?.partition ??
    partitionOfRegion(region?.name ?? "us-east-1");
  // Of a region that this program does not know nobody can tell yet.
  const fits = partition === undefined ||
    (region !== undefined && regionMismatch(region.name, partition) === undefined);
  const name = (fits ? region?.name : partition.defaultRegion) ?? "us-east-1";
  const host = `sts.${name}.${partition?.dnsSuffix ?? "amazonaws.com"}`;
  return { region: name, host: endpoint === undefined ? host : new URL(endpoint).hostname };
}

/**
 * Has the session brought into the cache. A process of its own signs in; this one owns the terminal and stdout. So
 * a caller that an SDK kills loses nothing: the sign-in goes on and fills the cache.
 *
 * @throws UserError what ended the sign-in, or this caller's wait
 */
async function share(request: SignInRequest, plan: DeliveryPlan): Promise<Shared> {
  const { deps, input } = plan;
  const { shareSignIn } = await import("../../sharing/caller.ts");
  return await shareSignIn({
    place: deps.meetingPlace(idpSettings(request)),
    order: {
      kind: "order",
      flags: flagsOf(plan),
      policy: request.policy,
      region: request.region,
      asker: request.asker,
    },
    request,
    watch: input.terminal.watch,
    signal: deps.signal,
    now: deps.now,
  });
}

/** What the sign-ins of all who wait together have in common: the IdP, and how it is asked. */
function idpSettings(request: SignInRequest) {
  return {
    ...idpKey(request),
    ssoBinding: request.sso?.binding,
    forceAuthn: request.sso?.forceAuthn ? "true" : undefined,
    port: request.port,
    secure: String(request.tls !== undefined),
    endpoint: request.endpoint,
  };
}

/** The flags by which another process makes the same request, whatever its environment. */
function flagsOf({ input, deps }: DeliveryPlan): Order["flags"] {
  const flags: Record<string, readonly string[]> = {};
  for (const name of SIGN_IN_OPTIONS) {
    const texts = input.texts[name];
    const { part, isFile } = optionOf(name);
    // A policy is passed on by its text, a region with where it was named.
    const apart = part === "messages" || part === "region" || name === "policy-file";
    if (texts === undefined || apart) continue;
    flags[name] = isFile ? texts.map((text) => deps.absolute(text)) : texts;
  }
  return flags;
}
