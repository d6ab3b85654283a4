/**
 * The findings of `doctor`, for people and for programs; pure.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { noun, plural, printableJson, UNPRINTABLE } from "../../text.ts";
import { type Finding, firstProblem } from "./finding.ts";

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

/** What `doctor` ends with where there is a problem. */
export function verdict(findings: readonly Finding[]): UserError | undefined {
  const first = firstProblem(findings);
  if (first === undefined) return undefined;
  const others = findings.filter(({ status }) => status === "problem").length - 1;
  const more = others === 0 ? "" : ` (and ${others} more ${noun(others, "problem")})`;
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
