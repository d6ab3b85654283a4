/**
 * `stssamldriver [login]`: sign in, and print what the SDKs read from a credential_process.
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
  name: "login",
  brief: "sign in; prints JSON for programs (the default command)",
  description:
    "Opens your browser to sign in, takes the assertion that your identity provider posts to " +
    "http://localhost:8090/saml and exchanges it with AWS STS. On a terminal the session is cached " +
    "and the next commands are shown; anywhere else, and with --print, the credentials are printed " +
    "as credential_process JSON.",
  usage: "[flags]",
  aliases: ["credentials", "signin", "sign-in", "creds", "get"],
  options: [
    ...SIGN_IN_OPTIONS,
    "print",
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
      does: "sign in and choose a role in the browser",
      line: ["stssamldriver login --start-url https://idp.example/start"],
    },
    {
      does: "print the credentials of one role",
      line: [
        `stssamldriver ${ROLE} \\`,
        `  ${PROVIDER} \\`,
        "  --start-url https://idp.example/start --print",
      ],
    },
    {
      does: "in a profile in ~/.aws/config (stssamldriver setup writes it)",
      line: ["credential_process = /opt/stssamldriver --role-arn … --saml-provider-arn …"],
    },
  ],
  // Loaded with it: it is what most calls run, and loading it apart takes longer than the code itself.
  load: () => Promise.resolve(runCredentials),
};
