/**
 * The error of a `sync` some of whose roles STS refused.
 *
 * @module
 */

import { ExitCode, UserError } from "../../errors.ts";
import { table } from "../../text.ts";

/** A profile that is not written since STS refused its role. */
export interface Refused {
  readonly name: string;
  readonly role: string;
  readonly error: UserError;
}

/** Makes the error; `written` is how many others are written. */
export function refusedError(refused: readonly Refused[], written: number): UserError {
  const rows = refused.map(({ name, error }) => [name, error.message]);
  // Most often it is one cause for many roles: it is said once, its trust policy with it.
  const causes = Map.groupBy(refused, ({ role, error }) => error.hint?.replaceAll(role, ""));
  const hints = [...causes.values()].flatMap(([first]) => first?.error.hint ?? []);
  return new UserError(
    "sync-refused",
    written === 0
      ? `STS refused every role (${refused.length}); nothing was written`
      : `STS refused ${refused.length} of the roles; the others were written`,
    {
      exitCode: ExitCode.REFUSED,
      hint: [table(["PROFILE", "WHY"], rows).trimEnd(), ...hints.slice(0, 3)].join("\n"),
    },
  );
}
