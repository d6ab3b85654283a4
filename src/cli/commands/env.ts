/**
 * `stssamldriver env`: shell code that sets the AWS variables.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { CONSOLE_OPTIONS, SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const envCommand: CommandSpec = {
  name: "env",
  brief: "print shell code that sets the AWS variables",
  description:
    "Uses the cached session, or signs in, and prints code for your shell that sets the AWS " +
    "variables. Prints nothing on failure, so that eval changes nothing.",
  usage: "[flags]",
  aliases: ["export", "environment"],
  options: [
    ...SIGN_IN_OPTIONS,
    "console",
    ...CONSOLE_OPTIONS,
    "profile",
    "shell",
    "cache",
    "no-interactive",
  ],
  examples: [
    {
      does: "bash, zsh, sh; the second line fails if the sign-in fails",
      line: [
        'eval "$(stssamldriver env --profile dev)"',
        'code="$(stssamldriver env --profile dev)" && eval "$code"',
      ],
    },
    { does: "fish", line: ["stssamldriver env --profile dev --shell fish | source"] },
    {
      does: "PowerShell",
      line: ["stssamldriver env --profile dev --shell powershell | Invoke-Expression"],
    },
  ],
  load: async () => (await import("./env_run.ts")).runEnv,
};
