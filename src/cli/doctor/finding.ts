/**
 * What a check of `doctor` is, what it finds, and the report of all that for people and for programs; pure.
 *
 * @module
 */

import { type ExitCode, UserError } from "../../errors.ts";
import { type LineDeps, withoutVariable } from "../shell_line.ts";
import type { Deps } from "../../deps.ts";
import type { CommandInput } from "../command.ts";
import type { OptionValues } from "../options.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import { noun, plural, printableJson, UNPRINTABLE } from "../../text.ts";

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

/** The settings, and what is wrong with them. */
export interface Settings {
  readonly findings: readonly Finding[];
  /** Those that can be used. */
  readonly values: OptionValues;
  /** What a sign-in would be asked for; `undefined` where it would end before that. */
  readonly request: SignInRequest | undefined;
}

/** What a check looks at. */
export interface CheckWorld {
  readonly input: CommandInput;
  readonly deps: Deps;
  readonly settings: Settings;
}

/** Looks at one thing. */
export type Check = (world: CheckWorld) => Promise<readonly Finding[]>;

/** The findings in the order of the checks, and a line that counts them. */
export function textReport(findings: readonly Finding[]): string {
  const lines = [...findings.flatMap(linesOf), "", summary(findings)];
  // File names and other programs' names must not write lines of ours, or drive the terminal.
  return lines.map((line) => `${line.replace(UNPRINTABLE, "\ufffd")}\n`).join("");
}

/** As wide as the longest status. */
const WIDTH = "problem".length + 2;

function linesOf({ status, message, details = [], why, fix, advice }: Finding): readonly string[] {
  const below = (text: string) => text.split("\n").map((line) => " ".repeat(WIDTH) + line);
  return [
    `${status.padEnd(WIDTH)}${message.replace(/\s*\n\s*/g, " ")}`,
    ...details.flatMap((each) => below(`  ${each}`)),
    ...why === undefined ? [] : below(`Why: ${why}`),
    ...fix === undefined ? [] : below(`Run: ${fix}`),
    ...advice === undefined ? [] : below(fix === undefined ? `Do: ${advice}` : `Or: ${advice}`),
  ];
}

function summary(findings: readonly Finding[]): string {
  const [problems = 0, warnings = 0] = (["problem", "warning"] as const)
    .map((status) => findings.filter((each) => each.status === status).length);
  const counts = [[problems, "problem"], [warnings, "warning"]] as const;
  const found = counts.filter(([count]) => count > 0).map(([count, what]) => plural(count, what));
  return found.length === 0 ? "Everything is in order" : `${found.join(" and ")} found`;
}

/** What `--json` says beside the findings. */
export interface Program {
  readonly version: string;
  readonly os: string;
  /** The person's home folder, which names the person. */
  readonly home: string | undefined;
}

/** JSON that can be passed on: it has no home folder, and of URLs neither user and password nor query. */
export function jsonReport(
  findings: readonly Finding[],
  { version, os, home }: Program,
): string {
  const shared = (text: string | undefined) =>
    text === undefined ? undefined : withoutHome(withoutSecrets(text), home);
  const checks = findings.map(({ check, status, message, details, why, fix, advice }) => ({
    check,
    status,
    message: shared(message),
    details: details?.map(shared),
    why: shared(why),
    fix: shared(fix),
    advice: shared(advice),
  }));
  return `${printableJson({ version, os, checks }, 2)}\n`;
}

/**
 * What `doctor` ends with where there is a problem: the one that a sign-in meets first, which is the one with the
 * lowest exit code: its settings, the port, STS, files.
 */
export function verdict(findings: readonly Finding[]): UserError | undefined {
  const problems = findings.flatMap(({ exitCode, message }) =>
    exitCode === undefined ? [] : [{ exitCode, message }]
  );
  const [first, ...others] = problems.toSorted((a, b) => a.exitCode - b.exitCode);
  if (first === undefined) return undefined;
  const { length } = others;
  const more = length === 0 ? "" : ` (and ${length} more ${noun(length, "problem")})`;
  const { message, exitCode } = first;
  return new UserError("machine-faulty", `This machine is not in order: ${message}${more}`, {
    exitCode,
  });
}

/** Leaves out what of URLs may be a secret: user, password, query and fragment. */
export function withoutSecrets(text: string): string {
  return text.replace(
    /\b([a-z][a-z\d+.-]*:\/\/)(?:[^\s/?#'"@]*@)?([^\s?#'"]*)([?#][^\s'"]*)?/gi,
    (_, scheme, place, rest) => `${scheme}${place}${rest === undefined ? "" : "?…"}`,
  );
}

function withoutHome(text: string, home: string | undefined): string {
  if (home === undefined || home.length < 2) return text;
  // Not in the middle of another path, nor before more of a name.
  const path = new RegExp(`(?<![\\w./\\\\-])${RegExp.escape(home)}(?![\\w.-])`, "g");
  return text.replace(path, "~");
}
