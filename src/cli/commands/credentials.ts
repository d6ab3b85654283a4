/**
 * `stssamldriver [credentials]`: sign in, and print what the SDKs read from a credential_process.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { runCredentials } from "./credentials_run.ts";
import { CONSOLE_OPTIONS, SIGN_IN_OPTIONS } from "./sign_in_options.ts";

const ROLE = "--role-arn arn:aws:iam::111122223333:role/Dev";
const PROVIDER = "--saml-provider-arn arn:aws:iam::111122223333:saml-provider/Idp";

/** The command's declaration. */
export const credentialsCommand: CommandSpec = {
  name: "credentials",
  brief: "sign in and print credential_process JSON (runs without a name)",
  description:
    "Opens the sign-in in your browser, takes the assertion that your identity provider posts to " +
    "http://localhost:8090/saml, exchanges it at STS and prints the credentials as credential_process JSON.",
  usage: "[flags]",
  aliases: ["login", "signin", "sign-in", "creds", "get"],
  options: [
    ...SIGN_IN_OPTIONS,
    "console",
    ...CONSOLE_OPTIONS,
    "profile-to-update",
    "path",
    "file-type",
    "replace",
    "on-write-failure",
    "profile",
    "cache",
    "no-interactive",
  ],
  examples: [
    {
      does: "sign in, starting at the IdP's page for AWS",
      line: [
        `stssamldriver ${ROLE} \\`,
        `  ${PROVIDER} \\`,
        "  --issuer https://idp.example/start",
      ],
    },
    {
      does: "as the source of a profile's credentials, in ~/.aws/config",
      line: ["credential_process = /opt/stssamldriver --role-arn … --saml-provider-arn …"],
    },
  ],
  // Loaded with it: it is what most calls run, and loading it apart takes longer than the code itself.
  load: () => Promise.resolve(runCredentials),
};
