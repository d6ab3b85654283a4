/**
 * The flags that every command takes that signs in.
 *
 * @module
 */

import type { OptionName } from "../options.ts";

/** In the order of the help. */
export const SIGN_IN_OPTIONS: readonly OptionName[] = [
  "role-arn",
  "saml-provider-arn",
  "region",
  "duration-seconds",
  "strict-duration",
  "policy-arn",
  "policy-file",
  "start-url",
  "idp",
  "account",
  "role-filter",
  "account-names",
  "port",
  "tls-cert",
  "tls-key",
  "timeout",
  "browser",
  "verbose",
  "log-format",
  "log-to",
];

/** Those that say what STS is asked for. */
const STS_OPTIONS: readonly OptionName[] = [
  "region",
  "duration-seconds",
  "strict-duration",
  "policy-arn",
  "policy-file",
];

/** The flags of a sign-in that does not go on to STS. */
export const WITHOUT_STS_OPTIONS: readonly OptionName[] = SIGN_IN_OPTIONS.filter((name) =>
  !STS_OPTIONS.includes(name)
);

/** The flags of the console. */
export const CONSOLE_OPTIONS: readonly OptionName[] = [
  "console-destination",
  "console-duration",
  "signin-url",
  "console-url",
];
