/**
 * `stssamldriver logout`: forget sessions that are kept on this machine.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";

/** The command's declaration. */
export const logoutCommand: CommandSpec = {
  name: "logout",
  brief: "forget cached sessions",
  description:
    "Forgets the sessions of one role (--role-arn, or the role of --profile), or all. Nothing else is " +
    "touched: profiles stay as they are, and AWS ends a session only at its time.",
  usage: "[--all] [flags]",
  aliases: ["forget"],
  options: ["all", "role-arn", "profile", "verbose", "log-format"],
  examples: [
    { does: "one role's", line: ["stssamldriver logout --profile dev"] },
    { does: "every session", line: ["stssamldriver logout --all"] },
  ],
  load: async () => (await import("./logout_run.ts")).runLogout,
};
