/**
 * What a check of `doctor` finds; pure.
 *
 * @module
 */

import type { ExitCode, UserError } from "../../errors.ts";
import { type LineDeps, withoutVariable } from "../shell_line.ts";

/** What is looked at. */
export type CheckName =
  | "machine-file"
  | "settings"
  | "port"
  | "browser"
  | "sts"
  | "clock"
  | "files"
  | "lines"
  | "cache";

/** What to do about a finding. */
export interface Remedy {
  /** Why it matters, a sentence. */
  readonly why?: string | undefined;
  /** The command that mends it, for the person's shell. */
  readonly fix?: string | undefined;
  /** What to do where no command can mend it: sentences, one or more lines. */
  readonly advice?: string | undefined;
}

/** One finding: something in order, or something to mend. */
export interface Finding extends Remedy {
  readonly check: CheckName;
  readonly status: "ok" | "warning" | "problem";
  /** What is, in one sentence without a final period. */
  readonly message: string;
  /** What belongs to it, a line each. */
  readonly details?: readonly string[] | undefined;
  /** Of a problem: how a sign-in would end because of it. */
  readonly exitCode?: ExitCode | undefined;
}

/** Something is in order. */
export function ok(check: CheckName, message: string, details?: readonly string[]): Finding {
  return { check, status: "ok", message, details };
}

/** A sign-in works, but not as somebody may expect. */
export function warning(check: CheckName, message: string, remedy: Remedy): Finding {
  return { check, status: "warning", message, ...remedy };
}

/** Something does not work. */
export function problem(
  check: CheckName,
  message: string,
  remedy: Remedy & { readonly exitCode: ExitCode },
): Finding {
  return { check, status: "problem", message, ...remedy };
}

/** An error that a sign-in would end with. One that a variable causes is mended by unsetting that. */
export function problemOf(
  check: CheckName,
  { message, hint, exitCode, variable }: UserError,
  { deps, why }: { readonly deps: LineDeps; readonly why?: string },
): Finding {
  const fix = variable === undefined ? undefined : withoutVariable(variable, deps);
  return problem(check, message, { exitCode, why, fix, advice: hint });
}

/**
 * The problem that a sign-in meets first, which is the one with the lowest exit code: its settings, the port, STS,
 * files. `undefined` without a problem.
 */
export function firstProblem(
  findings: readonly Finding[],
): (Finding & { readonly exitCode: ExitCode }) | undefined {
  const problems = findings.flatMap(({ exitCode, ...finding }) =>
    exitCode === undefined ? [] : [{ ...finding, exitCode }]
  );
  return problems.toSorted((a, b) => a.exitCode - b.exitCode)[0];
}
