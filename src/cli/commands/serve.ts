/**
 * `stssamldriver __serve FOLDER`: the process that signs in for all callers who wait in a folder. Started
 * by a caller, detached; nobody types it.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";

/** The command's first word. */
export const SERVE = "__serve";

/** The command's declaration. */
export const serveCommand: CommandSpec = {
  name: SERVE,
  hidden: true,
  brief: "sign in for the callers who wait",
  description: "Signs in for all callers who wait in a folder.",
  usage: "FOLDER",
  aliases: [],
  positional: { placeholder: "FOLDER", minimum: 1, maximum: 1 },
  options: [],
  examples: [],
  load: async () => (await import("./serve_run.ts")).runServe,
};
