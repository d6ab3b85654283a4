/**
 * What the relay reads of a Response: whether the driver and AWS could use it, and what it offers. Pure.
 *
 * @module
 */

import { decodePostedResponse } from "../saml/encoding.ts";
import { readSamlResponse, type SamlResponse } from "../saml/response.ts";
import { offeredRoles, type RoleOffer } from "../saml/roles.ts";
import { judge } from "../saml/verdict.ts";

/** A Response that can be used, as far as can be told without AWS. */
export interface ReadResponse {
  readonly response: SamlResponse;
  readonly offer: RoleOffer;
}

/** Any IdP, any role; an encrypted assertion is AWS's own to read. */
const EXPECTED = { role: undefined, provider: undefined, idp: undefined, encrypted: true };

/**
 * Reads the form field SAMLResponse, without what only the driver says of it.
 *
 * @throws UserError when it cannot be used
 */
export function readResponse(field: string, now: number): ReadResponse {
  const response = readSamlResponse(decodePostedResponse(field).xml.reveal());
  const { assertion } = response;
  const offer = typeof assertion === "string"
    ? { roles: [], malformed: [] }
    : offeredRoles(assertion);
  const objection = judge({ response, offer }, EXPECTED, now);
  if (objection !== undefined) throw objection;
  return { response, offer };
}
