/**
 * Values that a quoting bug would change.
 *
 * @module
 */

import fc from "fast-check";
import { type Shell, shellCode } from "../../src/delivery/shell.ts";
import { UserError } from "../../src/errors.ts";

/** Values that shells are known to trip over; what is delivered must be these, byte for byte. */
export const HOSTILE: readonly string[] = [
  "plain",
  "IQoJb3JpZ2luX2VjE+/abc==",
  "2026-01-02T03:04:05Z",
  " leading and trailing ",
  "two  blanks\tand a tab",
  "it's",
  "'",
  "''",
  "'''''",
  'say "hi"',
  `both ' and "`,
  "$HOME ${HOME} $(id) $((1+1))",
  "`id`",
  "\\",
  "\\\\",
  "\\'",
  "ends with a backslash\\",
  "\\n is no line break",
  "two\nlines",
  "ends with line breaks\n\n",
  "\nbegins with one",
  "carriage\rreturn\r\nand both",
  "%PATH% %% %s",
  "!! !ls !$",
  "-n",
  "--export=all",
  "a;b & c | d > e < f",
  "*.ts ? [a-z] {a,b} ~ ~root",
  "#comment",
  "a # b",
  "=x",
  "a=b=c",
  "^caret^",
  "(parens)",
  "@at:colon,comma",
  "ÁÂÈ \u0081\u0082\u0088 zsh's own bytes",
  "日本語 🔑 e\u0301",
  "\u2018curly\u2019 \u201aquotes\u201b \u201cand\u201d",
  "\u00a0no-break\u2028separator\ufeff",
  "\x01\x07\x1b[31m\x7f",
  "null",
  "true",
  "0x10",
  // Seeded, so that a failure can be seen again.
  ...fc.sample(
    fc.string({ unit: fc.constantFrom(..."'\"\\$`!%\n\r\t ;&|#~*-a1é🔑\u2019"), maxLength: 12 }),
    { numRuns: 150, seed: 5 },
  ).filter((value) => value !== ""),
];

/** Variables to unset: the first is there before, the second is not. */
export const UNSET = ["AWS_PROFILE", "AWS_NOT_THERE"];
/** Values with a variable each. */
export const named = (values: readonly string[]) =>
  values.map((value, index): readonly [string, string] => [`V_${index}`, value]);
/** Sets a variable for each value, and unsets {@linkcode UNSET}. */
export const changesOf = (values: readonly string[]) => ({ set: named(values), unset: UNSET });

/** Those of the hostile values that a printer does not refuse. */
export function printable(shell: Shell): readonly string[] {
  return HOSTILE.filter((value) => {
    try {
      return shellCode(shell, { set: [["X", value]], unset: [] }) !== "";
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  });
}
