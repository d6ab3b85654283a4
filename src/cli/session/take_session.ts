/**
 * A session for a command: from the cache where it has one, else by a sign-in.
 *
 * @module
 */

import type { Session, SessionKey } from "../../credentials/cache.ts";
import type { Choice } from "../../credentials/remembered.ts";
import { ExitCode, messageOf, UserError } from "../../errors.ts";
import type { OfferedRole } from "../../saml/roles.ts";
import {
  type ChoiceMemory,
  chosenPair,
  regionFor,
  regionsSentence,
  sessionKey,
  settingsKey,
} from "../../sign_in/request.ts";
import { signedInSentence } from "../../sign_in/outcome.ts";
import { localTimeWithSpan } from "../../text.ts";
import type { DeliveryPlan, TakenSession, Taking } from "./taking.ts";

/** A session that is there, for a role that is known. */
export interface Found {
  readonly session: Session;
  readonly pair: OfferedRole;
}

/** Takes a session and delivers it; throws a UserError with the exit code of what went wrong. */
export async function takeSession(given: Taking): Promise<TakenSession> {
  const taking = { ...given, console: given.console ?? await consoleAsked(given) };
  const trouble = taking.cached ? cacheTrouble(taking) : undefined;
  const cached = taking.cached && trouble === undefined;
  const memory = choiceMemory(settingsKey(taking.request), taking);
  if (cached) {
    const found = await look(taking, memory);
    if ("session" in found) return await deliverFound(found, taking, false);
  }
  const { newSession } = await import("./new_session.ts");
  const made = await newSession(taking, { cached, memory, trouble });
  if (made !== "cached") {
    return "taken" in made ? made.taken : await deliverFound(made, taking, true);
  }
  const found = await look(taking, memory);
  if ("miss" in found) throw unreadable(found.miss);
  return await deliverFound(found, taking, true);
}

/** The console for `--console`; loaded only then. */
async function consoleAsked({ input, request, deps }: Taking): Promise<Taking["console"]> {
  if (input.values.console !== true) return undefined;
  const { Console } = await import("./console.ts");
  return new Console(input, request, deps);
}

/**
 * Why the cache folder cannot be used; the person signs in without it then.
 *
 * @throws UserError exit code 8 when only the cache was asked for
 */
function cacheTrouble({ deps, input, onlyCached }: Taking): UserError | undefined {
  try {
    deps.cache();
    return undefined;
  } catch (error) {
    const needed = onlyCached || input.values["no-interactive"];
    if (needed || !(error instanceof UserError)) throw error;
    return error;
  }
}

/** Looks for a cached session of the pair that is asked for: by flags, else the last choice with these settings. */
async function look(
  { input, deps, request }: Taking,
  memory: ChoiceMemory,
): Promise<Found | { readonly miss: string }> {
  const missed = (miss: string) => {
    input.terminal.say("detail", `Not from the cache: ${miss}`);
    return { miss };
  };
  const { role, provider } = request;
  const pair = role !== undefined && provider !== undefined
    ? { role, provider }
    : chosenPair(await memory.last());
  if (pair === undefined) return missed("no role was chosen with these settings yet");
  const kept = deps.cache().sessions.look(sessionKey(request, pair));
  return "miss" in kept ? missed(kept.miss) : { session: kept.session, pair };
}

/**
 * Delivers a session that is there.
 *
 * @param fresh whether it was just made by a sign-in, whose outcome the person wants to read
 */
async function deliverFound(
  { session, pair }: Found,
  { input, deps, request, deliver, onlyCached, console: target }: Taking,
  fresh: boolean,
): Promise<TakenSession> {
  const { say } = input.terminal;
  const taken = { session, region: regionFor(request, pair), key: sessionKey(request, pair) };
  const ignored = fresh ? undefined : regionsSentence(request, [pair]);
  if (ignored !== undefined) say("notice", ignored);
  await deliver(taken);
  await target?.openFor(taken);
  const { credentials, person } = session;
  if (fresh || onlyCached) {
    const begin = fresh ? "Signed in" : "Already signed in";
    const signedIn = { credentials, role: pair.role, person };
    say("success", signedInSentence(signedIn, deps.now(), begin));
  } else if (input.values.verbose) {
    const until = localTimeWithSpan(credentials.expiration, deps.now());
    say("detail", `From the cache, valid until ${until}`);
  }
  return taken;
}

/** Signing in again would end the same way. */
function unreadable(miss: string): UserError {
  return new UserError(
    "session-unreadable",
    `Signed in, but the session cannot be read back from the cache: ${miss}`,
    { exitCode: ExitCode.FILE, hint: "Try again with --no-cache." },
  );
}

/**
 * The role that was chosen last with the same settings, and who signed in, kept beside the sessions; where nothing
 * can be cached there is none.
 */
export function choiceMemory(
  settings: SessionKey,
  { input, deps }: DeliveryPlan,
): Pick<ChoiceMemory, "remember"> & { readonly last: () => Choice | undefined } {
  return {
    last: () => {
      try {
        return deps.cache().choices.last(settings);
      } catch {
        return undefined;
      }
    },
    remember: async (choice) => {
      try {
        await deps.cache().choices.remember(settings, choice);
      } catch (error) {
        input.terminal.say("detail", `The choice of role is not remembered: ${messageOf(error)}`);
      }
    },
  };
}
