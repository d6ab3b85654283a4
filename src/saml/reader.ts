/**
 * Reading and judging in one step. It brings the XML parser along, so it is loaded while the person signs
 * in.
 *
 * @module
 */

import { foreign } from "../text.ts";
import { decodePostedResponse, type PostedResponse } from "./encoding.ts";
import { readSamlResponse, type SamlResponse } from "./response.ts";
import { offeredRoles, type RoleOffer, sessionName } from "./roles.ts";
import {
  assertionWarnings,
  clockRemark,
  endOf,
  type Expectation,
  judge,
  redeemableUntil,
} from "./verdict.ts";

/** An assertion that may be sent to STS. */
export interface ReadAssertion {
  readonly posted: PostedResponse;
  readonly response: SamlResponse;
  /** What its Role attribute offers: nothing that we can read, when the assertion is encrypted. */
  readonly offer: RoleOffer;
  /** Set for the answer to a request of ours; no other web page could have had it posted. */
  readonly solicited: boolean;
  /** The person's RoleSessionName; `undefined` when the assertion is encrypted. */
  readonly person: string | undefined;
  /** Until when STS may accept it, whichever of the two clocks is right, milliseconds since 1970. */
  readonly redeemableUntil: number;
  /** Until when STS accepts it if both clocks are right, milliseconds since 1970. */
  readonly expires: number;
  /** A sentence without a final period, when the assertion shows that this machine's clock is off. */
  readonly clock?: string | undefined;
  /** Sentences without final periods on what it has and AWS will not take as it was meant. */
  readonly warnings?: readonly string[];
}

/**
 * Reads the form field SAMLResponse and judges what it says.
 *
 * @param now this machine's clock, milliseconds since 1970
 * @throws UserError (exit code 5) when it cannot be used
 */
export function readAssertion(field: string, expected: Expectation, now: number): ReadAssertion {
  const posted = decodePostedResponse(field);
  const response = readSamlResponse(posted.xml.reveal());
  const { assertion } = response;
  const readable = typeof assertion === "string" ? undefined : assertion;
  const person = readable && sessionName(readable);
  const offer = readable ? offeredRoles(readable) : { roles: [], malformed: [] };
  const objection = judge({ response, offer }, expected, now);
  if (objection !== undefined) throw objection.with({ person });
  const until = redeemableUntil(assertion, now);
  return {
    posted,
    response,
    offer,
    solicited: expected.requests !== undefined,
    person,
    redeemableUntil: until,
    expires: Math.min(until, readable === undefined ? until : endOf(readable)),
    clock: clockRemark(assertion, now),
    warnings: [...encodingWarning(posted), ...assertionWarnings(assertion, now)],
  };
}

function encodingWarning({ unknownEncoding }: PostedResponse): readonly string[] {
  if (unknownEncoding === undefined) return [];
  const name = foreign(unknownEncoding, 40);
  return [
    `The SAML Response declares the encoding "${name}", which is not known; it was read as ASCII`,
  ];
}
