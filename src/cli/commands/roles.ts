/**
 * `stssamldriver roles`: what the assertion offers.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const rolesCommand: CommandSpec = {
  name: "roles",
  brief: "list the roles that the assertion offers",
  description:
    "Signs in and lists the roles that you may take, as a table or as JSON. AWS is not asked.",
  usage: "[flags]",
  aliases: ["list-roles", "list"],
  options: [...SIGN_IN_OPTIONS, "profile", "json"],
  examples: [
    { does: "every role", line: ["stssamldriver roles --issuer https://idp.example/start"] },
    {
      does: "the ARNs of one account's, for a script",
      line: [
        "stssamldriver roles --account 111122223333 --json | jq -r '.roles[].roleArn'",
      ],
    },
  ],
  load: async () => (await import("./roles_run.ts")).runRoles,
};
