/**
 * Reading and judging in one step. It brings the XML parser along, so it is loaded while the person signs
 * in.
 *
 * @module
 */

import { decodePostedResponse, type PostedResponse } from "./encoding.ts";
import { readSamlResponse, type SamlResponse } from "./response.ts";
import { sessionName } from "./roles.ts";
import { clockRemark, endOf, type Expectation, judge, redeemableUntil } from "./verdict.ts";

/** An assertion that may be sent to STS. */
export interface ReadAssertion {
  readonly posted: PostedResponse;
  readonly response: SamlResponse;
  /** The person's RoleSessionName; `undefined` when the assertion is encrypted. */
  readonly person: string | undefined;
  /** Until when STS may accept it, whichever of the two clocks is right, milliseconds since 1970. */
  readonly redeemableUntil: number;
  /** Until when STS accepts it if both clocks are right, milliseconds since 1970. */
  readonly expires: number;
  /** A sentence without a final period, when the assertion shows that this machine's clock is off. */
  readonly clock?: string | undefined;
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
  const objection = judge(response, expected, now);
  if (objection !== undefined) throw objection.with({ person });
  return {
    posted,
    response,
    person,
    redeemableUntil: redeemableUntil(assertion, now),
    expires: readable === undefined ? redeemableUntil(assertion, now) : endOf(readable),
    clock: clockRemark(assertion, now),
  };
}

const REHEARSAL =
  `<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ` +
  `ID="_1"><Issuer>rehearsal</Issuer><p:Status><p:StatusCode Value="rehearsal"/></p:Status>` +
  `<Assertion ID="_2" IssueInstant="2000-01-01T00:00:00Z"><Issuer>rehearsal</Issuer>` +
  `<Conditions NotOnOrAfter="2000-01-01T00:00:00Z"/></Assertion></p:Response>`;

/** Reads a made-up Response, so that the parser is warm when the real one arrives. */
export function rehearseReading(): void {
  readSamlResponse(decodePostedResponse(btoa(REHEARSAL)).xml.reveal());
}
