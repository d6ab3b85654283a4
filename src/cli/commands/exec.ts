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
  brief: "run a command, or a shell, with AWS credentials",
  description:
    "Uses the cached session, or signs in, and runs a command with the AWS variables set. Exits with " +
    "its exit code. Without a command it starts your shell.",
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
