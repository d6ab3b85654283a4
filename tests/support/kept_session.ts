/**
 * A session in a cache that no sign-in made.
 *
 * @module
 */

import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { SessionCache } from "../../src/credentials/cache.ts";
import { sessionKey } from "../../src/sign_in/request.ts";
import { exchangedFake, requestFake } from "./fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "./saml_attributes.ts";

/** How the driver finds a session that is kept. */
export interface KeptRole {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Keeps a session of the usual role in a home, or in a new one below the system's temporary folder. */
export function roleKept(
  home: string = Deno.makeTempDirSync({ prefix: "stssamldriver-kept-" }),
): KeptRole & { readonly stored: Promise<void> } {
  const now = Date.now();
  const role = parseRoleArn(DEFAULT_ROLE);
  const request = requestFake({ startUrl: undefined, durationSeconds: undefined });
  const key = sessionKey(request, { role, provider: parseProviderArn(DEFAULT_PROVIDER) });
  const session = {
    credentials: exchangedFake(now).credentials,
    roleArn: role.text,
    person: undefined,
    issued: now,
  };
  return {
    args: ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER],
    env: { HOME: home, XDG_CACHE_HOME: `${home}/cache` },
    stored: new SessionCache(`${home}/cache/stssamldriver`, Date.now).store(key, session),
  };
}
