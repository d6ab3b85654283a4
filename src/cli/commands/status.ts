/**
 * `stssamldriver status`: the sessions that are kept on this machine.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";

/** The command's declaration. */
export const statusCommand: CommandSpec = {
  name: "status",
  brief: "cached sessions and their time left",
  description:
    "Lists the sessions that are kept on this machine, which profiles use them, and until when.",
  usage: "[flags]",
  aliases: ["whoami", "ls"],
  options: ["json", "verbose", "log-format"],
  examples: [{ does: "as a table", line: ["stssamldriver status"] }],
  load: async () => (await import("./status_run.ts")).runStatus,
};
