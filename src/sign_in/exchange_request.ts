/**
 * What STS is asked for one role of an assertion; pure.
 *
 * @module
 */

import type { ExchangeRequest } from "../aws/sts.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { regionFor } from "./region.ts";
import type { SignInRequest } from "./request.ts";

/**
 * The request for one role.
 *
 * @throws UserError exit code 2 when the named region is of another partition
 */
export function exchangeRequest(
  request: SignInRequest,
  pair: OfferedRole,
  { posted }: Pick<ReadAssertion, "posted">,
): ExchangeRequest {
  return {
    ...pair,
    assertion: posted.base64,
    region: regionFor(request, pair).name,
    durationSeconds: request.durationSeconds,
    strictDuration: request.strictDuration,
    policyArns: request.policyArns,
    policy: request.policy,
  };
}
