/**
 * Exchanges against the stand-in for STS, as the tests of this folder make them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Exchanged, type ExchangeRequest, stsExchange } from "../../src/aws/sts.ts";
import { StsHandler } from "../../src/aws/sts_handler.ts";
import type { UserError } from "../../src/errors.ts";
import { checked } from "../support/checks.ts";
import { sdkEnvironment } from "../support/exchange.ts";
import { idpKey } from "../support/keys.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE, ISSUER } from "../support/saml_response.ts";
import { accountsFor, startSts, type Sts } from "../support/sts.ts";

/** A stand-in whose one role allows sessions of so many seconds, and the environment that leads to it. */
export function standIn(maxSessionDuration = 43_200): Sts {
  const accounts = accountsFor([{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }], {
    issuer: ISSUER,
    keys: [idpKey().certificatePem],
    maxSessionDuration,
  });
  const sts = startSts(accounts);
  const environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: sts.url });
  return {
    ...sts,
    [Symbol.asyncDispose]: () => {
      environment[Symbol.dispose]();
      return sts.close();
    },
  };
}

/** Deadlines, milliseconds, and the caller's own way to end it. */
export interface Times {
  readonly tryMs?: number;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** An exchange as the driver makes it. */
export function exchanged(request: ExchangeRequest, times: Times = {}): Promise<Exchanged> {
  const handler = new StsHandler(undefined, times.tryMs ?? 5000);
  const exchange = stsExchange({ handler, deadlineMs: times.deadlineMs ?? 20_000 });
  return exchange(request, times.signal ?? new AbortController().signal);
}

/** The error that an exchange ends with; it tells nothing of the assertion. */
export async function refused(request: ExchangeRequest, times: Times = {}): Promise<UserError> {
  try {
    await exchanged(request, times);
  } catch (error) {
    return checked(error, [request.assertion.reveal()]);
  }
  assert.fail("STS was expected to refuse");
}
