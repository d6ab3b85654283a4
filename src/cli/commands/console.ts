/**
 * `stssamldriver console`: the AWS console, in the tab of the sign-in or from a kept session.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { CONSOLE_OPTIONS, SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const consoleCommand: CommandSpec = {
  name: "console",
  brief: "sign in and turn the tab into the AWS console",
  description:
    "Opens the AWS console: from a session that is kept on this machine, else by a sign-in whose tab " +
    "becomes the console. Nothing is printed but with --print-url.",
  usage: "[flags]",
  aliases: ["open", "web"],
  options: [
    ...SIGN_IN_OPTIONS,
    ...CONSOLE_OPTIONS,
    "print-url",
    "container",
    "profile",
    "cache",
    "no-interactive",
  ],
  examples: [
    { does: "the console's home", line: ["stssamldriver console --profile dev"] },
    {
      does: "a service, in a region",
      line: ["stssamldriver console --profile dev --console-destination s3 --region eu-west-1"],
    },
  ],
  load: async () => (await import("./console_run.ts")).runConsole,
};
