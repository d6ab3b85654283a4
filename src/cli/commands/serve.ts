/**
 * `stssamldriver __serve FILE`: the process that signs in for all callers who find that meeting file. A
 * caller starts it, detached; nobody types it.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";

/** The command's declaration. */
export const serveCommand: CommandSpec = {
  name: "__serve",
  hidden: true,
  brief: "sign in for the callers who wait",
  description: "Signs in for all callers who find a meeting file.",
  usage: "FILE",
  aliases: [],
  positional: { placeholder: "FILE", minimum: 1, maximum: 1 },
  options: [],
  examples: [],
  load: async () => (await import("./serve_run.ts")).runServe,
};
