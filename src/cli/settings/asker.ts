/**
 * What a sign-in is for, as the pages say it: a tab that opens by itself should tell which command wants it.
 *
 * @module
 */

import { foreign } from "../../foreign.ts";
import type { CommandInput } from "../command.ts";

/** The profile, or else the command: "profile `dev`", "`env` in your terminal". */
export function askerOf(
  { name, values, words }: Pick<CommandInput, "name" | "values" | "words">,
): string {
  const [word] = words;
  const profile = values.profile ?? values["profile-to-update"] ??
    (name === "setup" ? word : undefined);
  if (profile !== undefined) return `profile ${code(profile)}`;
  // Only the first word of what is run: another one may be a password.
  const command = name === "login" ? "stssamldriver" : [name, word].filter(Boolean).join(" ");
  return `${code(command)} in your terminal`;
}

function code(text: string): string {
  return `\`${foreign(text, 80).replaceAll("`", "'")}\``;
}
