/**
 * Waiting for a session that one process signs in for, together with everybody who wants one of the same
 * IdP: an IDE that resolves 75 profiles opens one tab.
 *
 * The process is detached and owns listener and browser; this one owns the terminal and stdout. So a
 * caller that an SDK kills loses nothing: the sign-in goes on and fills the cache.
 *
 * @module
 */

import { entryName } from "../credentials/cache.ts";
import type { Wish } from "../credentials/wish.ts";
import { ExitCode, UserError } from "../errors.ts";
import { settingsKey, type SignInRequest } from "../sign_in/request.ts";
import type { Deps } from "../system/deps.ts";
import type { CommandInput } from "./command.ts";
import { SIGN_IN_OPTIONS } from "./commands/sign_in_options.ts";
import { Waiting } from "./waiting.ts";

/** What is waited for, and how. */
export interface Joining {
  readonly input: CommandInput;
  readonly deps: Deps;
  readonly request: SignInRequest;
  /** Delivers the session when it is in the cache; else says why there is none. */
  readonly deliverKept: () => Promise<string | undefined>;
}

/**
 * Waits for the session, and starts the sign-in where nobody does.
 *
 * @returns why this caller cannot wait with others, where it cannot: then nothing was done
 * @throws UserError the sign-in's own, shared by all who wait
 */
export async function joinFlight(joining: Joining): Promise<UserError | undefined> {
  const { deps, request, input } = joining;
  const { signal } = deps;
  const flight = await deps.flight(idpSettings(request));
  const wish = wishOf(joining);
  const shared = flight.failureOf(wish);
  if (shared !== undefined) throw shared;
  const { timeoutMs } = request;
  const waiting = new Waiting(flight, wish, { deps, watch: input.terminal.watch, timeoutMs });
  // At once, and not where the wait goes on: a second signal ends this process as soon as it comes.
  const leave = () => {
    // The last one who waits takes the sign-in with them; others' goes on.
    if (flight.leave(wish)) waiting.stopSignIn();
  };
  signal.addEventListener("abort", leave);
  try {
    signal.throwIfAborted();
    const unmet = await waiting.join();
    if (unmet !== undefined) return unmet;
    while (true) {
      // Asked before the look: who has ended its sign-in has filled the cache by then.
      using free = await waiting.turn();
      // Interrupted before the first turn, it could not tell yet who signs in.
      if (signal.aborted) leave();
      signal.throwIfAborted();
      const waits = flight.isWaiting(wish);
      const miss = await joining.deliverKept();
      if (miss === undefined) return undefined;
      const failure = flight.failureOf(wish);
      if (failure !== undefined) throw failure;
      signal.throwIfAborted();
      if (!waits) throw unreadable(miss);
      waiting.refuseLate();
      if (free === undefined) waiting.show();
      else await waiting.start(free);
    }
  } finally {
    signal.removeEventListener("abort", leave);
    flight.withdraw(wish);
    waiting.end();
  }
}

/** Signing in again would end the same way. */
function unreadable(miss: string): UserError {
  return new UserError(
    "session-unreadable",
    `The session was made but cannot be read back: ${miss}`,
    {
      exitCode: ExitCode.FILE,
      hint: "Try again with --no-cache, which keeps nothing",
    },
  );
}

/** What the sign-ins of all who wait together have in common: the IdP, and how it is asked. */
function idpSettings(request: SignInRequest) {
  return {
    startUrl: request.startUrl?.href,
    idp: request.idp,
    port: request.port,
    secure: String(request.tls !== undefined),
    endpoint: request.endpoint,
  };
}

function titleOf({ role }: SignInRequest): string {
  return role?.text ?? "a role to pick";
}

/** How this caller talks is its own, and its policy is passed on by its text. */
const NOT_PASSED: readonly string[] = ["verbose", "log-format", "log-to", "policy-file"];

/** What this caller leaves for whoever signs in. */
function wishOf(joining: Joining): Wish {
  const { request, deps } = joining;
  return {
    id: crypto.randomUUID(),
    since: deps.now(),
    title: titleOf(request),
    settings: entryName(settingsKey(request)),
    flags: flagsOf(joining),
    policy: request.policy,
    asker: request.asker,
  };
}

/** The flags by which another process makes the same request, whatever its environment. */
function flagsOf({ input, request, deps }: Joining): Wish["flags"] {
  const flags: Record<string, readonly string[]> = {};
  for (const name of SIGN_IN_OPTIONS) {
    const texts = input.texts[name];
    if (texts === undefined || NOT_PASSED.includes(name)) continue;
    const isPath = /^tls-|^account-names$/.test(name);
    flags[name] = isPath ? texts.map((text) => deps.absolute(text)) : texts;
  }
  return request.region === undefined ? flags : { ...flags, region: [request.region.name] };
}
