/**
 * `stssamldriver setup [NAME]`: a profile whose credential_process is this driver.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const setupCommand: CommandSpec = {
  name: "setup",
  brief: "add an AWS profile that signs in on demand",
  description:
    "Adds a profile to the AWS config file that starts this program as its credential_process, so " +
    "that the AWS CLI and every SDK sign in on demand. Signs in once, to let you pick a role, and caches " +
    "that session; with both --role-arn and --saml-provider-arn it only writes the profile. Without NAME " +
    "it asks for what it needs.",
  usage: "[NAME] [flags]",
  aliases: ["configure", "init"],
  positional: { placeholder: "NAME", minimum: 0, maximum: 1 },
  options: [...SIGN_IN_OPTIONS, "cache", "path", "file-type", "replace", "dry-run"],
  examples: [
    {
      does: "asks for a name and the start URL; then: aws s3 ls --profile dev",
      line: ["stssamldriver setup"],
    },
    {
      does: "asks for nothing, and lets you pick the role in the browser",
      line: ["stssamldriver setup dev --start-url https://idp.example/start"],
    },
    {
      does: "does not sign in",
      line: [
        "stssamldriver setup dev \\",
        "  --role-arn arn:aws:iam::111122223333:role/Dev \\",
        "  --saml-provider-arn arn:aws:iam::111122223333:saml-provider/Idp \\",
        "  --start-url https://idp.example/start",
      ],
    },
  ],
  load: async () => (await import("./setup_run.ts")).runSetup,
};
