/**
 * The exchange of an assertion for sessions of its roles, and what the outcomes mean for the wait.
 *
 * @module
 */

import { isFalseAssertion } from "../aws/refusal.ts";
import type { Exchange } from "../aws/sts.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { explainWithAssertion } from "../saml/explain.ts";
import { shortenedByIdp } from "../saml/remarks.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { DEFAULT_SECONDS, sessionDuration } from "../saml/session_duration.ts";
import { regionFor, regionsSentence, type SignInRequest, withEndpoint } from "./request.ts";
import type { ConversationWorld, Next } from "./next.ts";
import type { SignedIn } from "./outcome.ts";
import type { GrantedDurations } from "../credentials/remembered.ts";

/** The number of exchanges that run at once: many at STS' own limit for an account would be throttled. */
export const AT_ONCE = 8;

/**
 * Exchanges an assertion for a session of one role.
 *
 * @returns the session, or why there is none
 * @throws the reason of an interruption, and any fault
 */
export async function redeem(
  pair: OfferedRole,
  { read, request, world: { loadExchange, watch, signal }, quiet = false }: {
    readonly read: ReadAssertion;
    readonly request: SignInRequest;
    readonly world: Pick<ConversationWorld, "watch" | "signal"> & {
      readonly loadExchange: () => Promise<Exchange>;
    };
    /** Keeps the exchange from who watches. */
    readonly quiet?: boolean | undefined;
  },
): Promise<SignedIn | UserError> {
  const { strictDuration, policyArns, policy } = request;
  const named = sessionDuration(read.response.assertion);
  const durationSeconds = request.durationSeconds ?? named ?? DEFAULT_SECONDS;
  try {
    const region = regionFor(request, pair);
    if (!quiet) {
      const ignored = regionsSentence(request, [pair]);
      if (ignored !== undefined) watch({ kind: "notice", message: ignored });
      watch({ kind: "exchanging", role: pair.role.text, region: region.name });
    }
    const exchange = await loadExchange();
    const { credentials, shortenedTo } = await exchange({
      ...pair,
      assertion: read.posted.base64,
      region: region.name,
      durationSeconds,
      strictDuration,
      policyArns,
      policy,
    }, signal);
    const { person } = read;
    const askedByIdp = request.durationSeconds === undefined && named !== undefined;
    const { expiration } = credentials;
    const shortenedBy = shortenedByIdp(read.response.assertion, {
      expiration,
      seconds: shortenedTo ?? durationSeconds,
    });
    return {
      ...{ credentials, ...pair, region, person },
      ...{ askedSeconds: durationSeconds, askedByIdp, shortenedTo, shortenedBy },
    };
  } catch (error) {
    // What is interrupted has not failed.
    signal.throwIfAborted();
    const explained = explainWithAssertion(error, read.response, pair.provider);
    if (explained instanceof UserError) return withEndpoint(explained, request);
    throw explained;
  }
}

/**
 * Decides for outcomes that are all the same: the wait goes on when STS calls an assertion false that answers no
 * request of ours, and ends when STS cannot be reached. Returns `undefined` for any others.
 */
export function sharedError(
  outcomes: readonly (SignedIn | UserError)[],
  { solicited }: Pick<ReadAssertion, "solicited">,
): Next | undefined {
  const errors = outcomes.filter((each) => each instanceof UserError);
  const [error] = errors;
  if (error === undefined || errors.length < outcomes.length) return undefined;
  if (errors.every(isFalseAssertion)) {
    // Any page on the web may have posted it; a true one may still come. But who answers our request answers once.
    return { kind: solicited ? "failed" : "refused", error };
  }
  const isUnreachable = ({ exitCode }: UserError) => exitCode === ExitCode.UNREACHABLE;
  return errors.every(isUnreachable) ? { kind: "failed", error } : undefined;
}

/** Makes an exchange that asks for what the role granted lately when more is wanted, and remembers when it
 * grants less. */
export function grantedExchange(
  exchange: Exchange,
  granted: Pick<GrantedDurations, "last" | "remember">,
): Exchange {
  return async (request, signal) => {
    const asked = request.durationSeconds;
    const last = request.strictDuration || asked <= 3600
      ? undefined
      : await granted.last(request.role.text);
    const known = last !== undefined && last < asked ? last : undefined;
    const exchanged = await exchange({ ...request, durationSeconds: known ?? asked }, signal);
    if (exchanged.shortenedTo !== undefined) {
      await granted.remember(request.role.text, exchanged.shortenedTo);
    }
    return { ...exchanged, shortenedTo: exchanged.shortenedTo ?? known };
  };
}
