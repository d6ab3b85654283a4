/**
 * `stssamldriver console`: the AWS console, in the tab of the sign-in or from a cached session.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { CONSOLE_OPTIONS, SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const consoleCommand: CommandSpec = {
  name: "console",
  brief: "open the AWS console",
  description:
    "Opens the AWS console from the cached session, or signs in and turns that tab into the console. " +
    "Prints nothing except with --print-url.",
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
    { does: "home", line: ["stssamldriver console --profile dev"] },
    {
      does: "a service",
      line: ["stssamldriver console --profile dev --console-destination s3"],
    },
  ],
  load: async () => (await import("./console_run.ts")).runConsole,
};
