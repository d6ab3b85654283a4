/**
 * `stssamldriver status`: the cached sessions.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";

/** The command's declaration. */
export const statusCommand: CommandSpec = {
  name: "status",
  brief: "list cached sessions",
  description: "Lists the cached sessions: whose they are, which profiles use them and until when.",
  usage: "[flags]",
  aliases: ["whoami", "ls"],
  options: ["json", "verbose", "log-format", "log-to"],
  examples: [
    { does: "as a table", line: ["stssamldriver status"] },
    {
      does: "for a script",
      line: ["stssamldriver status --json | jq -r '.sessions[].expiration'"],
    },
  ],
  load: async () => (await import("./status_run.ts")).runStatus,
};
