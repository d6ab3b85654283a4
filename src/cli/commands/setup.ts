/**
 * `stssamldriver setup NAME`: a profile whose credential_process is this driver.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const setupCommand: CommandSpec = {
  name: "setup",
  brief: "write a profile whose credential_process is this driver",
  description:
    "Writes a profile to the shared config file whose credential_process is this executable with the " +
    "flags given, so that the AWS CLI and every SDK sign in by themselves. The lines are shown first.",
  usage: "NAME [flags]",
  aliases: ["configure", "init"],
  positional: { placeholder: "NAME", minimum: 1, maximum: 1 },
  options: [...SIGN_IN_OPTIONS, "cache", "path", "file-type", "replace", "dry-run"],
  examples: [
    {
      does: "then: aws s3 ls --profile dev",
      line: [
        "stssamldriver setup dev \\",
        "  --role-arn arn:aws:iam::111122223333:role/Dev \\",
        "  --saml-provider-arn arn:aws:iam::111122223333:saml-provider/Idp \\",
        "  --issuer https://idp.example/start",
      ],
    },
  ],
  load: async () => (await import("./setup_run.ts")).runSetup,
};
