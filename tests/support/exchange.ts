/**
 * Exchanges for tests: a request with everything in it, and the environment in which the SDK runs.
 *
 * @module
 */

import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import type { ExchangeRequest } from "../../src/aws/sts.ts";
import { Secret } from "../../src/secret.ts";
import { buildResponse, DEFAULT_PROVIDER, DEFAULT_ROLE } from "./saml_response.ts";

/** A request for the default role with a fresh assertion. */
export function exchangeRequest(options: Partial<ExchangeRequest> = {}): ExchangeRequest {
  return {
    role: parseRoleArn(DEFAULT_ROLE),
    provider: parseProviderArn(DEFAULT_PROVIDER),
    assertion: new Secret(buildResponse().base64, "assertion"),
    region: "us-east-1",
    durationSeconds: 3600,
    strictDuration: false,
    policyArns: [],
    policy: undefined,
    ...options,
  };
}

/** What steers the SDK and fetch on this machine; a test's own values only. */
const STEERING = /^(AWS_.*|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_FILE|DENO_CERT)$/i;

/**
 * Sets variables of this process, removes all others that steer the SDK, and puts everything back when
 * disposed of. The SDK reads the process' own environment, so tests that use this cannot run beside each
 * other within a file; Deno gives each file a turn of its own.
 */
export function sdkEnvironment(variables: Readonly<Record<string, string>>): Disposable {
  const before = Deno.env.toObject();
  const clear = () => {
    for (const name of Object.keys(Deno.env.toObject())) {
      if (STEERING.test(name)) Deno.env.delete(name);
    }
  };
  clear();
  // Nobody's own profile may decide what a test does.
  const all = { AWS_CONFIG_FILE: NOWHERE, AWS_SHARED_CREDENTIALS_FILE: NOWHERE, ...variables };
  for (const [name, value] of Object.entries(all)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]: () => {
      clear();
      for (const [name, value] of Object.entries(before)) {
        if (STEERING.test(name)) Deno.env.set(name, value);
      }
    },
  };
}

const NOWHERE = "/nonexistent/aws";

/** The environment of a child process without anything that steers the SDK, and `variables`. */
export function childEnvironment(
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !STEERING.test(name));
  return {
    ...Object.fromEntries(inherited),
    AWS_CONFIG_FILE: NOWHERE,
    AWS_SHARED_CREDENTIALS_FILE: NOWHERE,
    // Deno would ask for its own new version through the test's proxy.
    DENO_NO_UPDATE_CHECK: "1",
    ...variables,
  };
}
