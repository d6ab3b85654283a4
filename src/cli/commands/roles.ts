/**
 * `stssamldriver roles`: what the assertion offers.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { WITHOUT_STS_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const rolesCommand: CommandSpec = {
  name: "roles",
  brief: "list the roles you can use",
  description:
    "Signs in and lists the roles you can use, as a table or as JSON. Does not contact AWS.",
  usage: "[flags]",
  aliases: ["list-roles", "list"],
  options: [...WITHOUT_STS_OPTIONS, "profile", "json"],
  examples: [
    { does: "every role", line: ["stssamldriver roles --start-url https://idp.example/start"] },
    {
      does: "the role ARNs of one account, for a script",
      line: [
        "stssamldriver roles --account 111122223333 --json | jq -r '.roles[].roleArn'",
      ],
    },
  ],
  load: async () => (await import("./roles_run.ts")).runRoles,
};
