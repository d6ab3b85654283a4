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
  "issuer",
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
];

/** The flags of the console. */
export const CONSOLE_OPTIONS: readonly OptionName[] = [
  "console-destination",
  "console-duration",
  "signin-url",
  "console-url",
];
