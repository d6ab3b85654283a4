/**
 * `stssamldriver exec -- CMD …`: run a command with the AWS variables set.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { CONSOLE_OPTIONS, SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const execCommand: CommandSpec = {
  name: "exec",
  brief: "run a command (or $SHELL) with the AWS variables set",
  description:
    "Signs in, or takes the session from the cache, and runs a command with the AWS variables in its " +
    "environment. Its exit code becomes this one's; without a command it is your shell.",
  usage: "[flags] -- CMD …",
  aliases: ["run"],
  positional: { placeholder: "CMD", minimum: 0, maximum: 10_000 },
  dashes: true,
  options: [
    ...SIGN_IN_OPTIONS,
    "console",
    ...CONSOLE_OPTIONS,
    "profile",
    "cache",
    "no-interactive",
  ],
  examples: [
    { does: "one command", line: ["stssamldriver exec --profile dev -- aws s3 ls"] },
    { does: "a shell", line: ["stssamldriver exec --profile dev"] },
  ],
  load: async () => (await import("./exec_run.ts")).runExec,
};
