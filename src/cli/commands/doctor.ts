/**
 * What `doctor` does: every check of this machine, side by side; or it explains a recorded SAML Response.
 *
 * @module
 */

import type { CommandInput, CommandRun } from "../command.ts";
import { homeFolder } from "../../system/paths.ts";
import { span } from "../../text.ts";
import { VERSION } from "../../version.ts";
import { pause, unlessAborted } from "../../wait.ts";
import type { Deps } from "../../deps.ts";
import { checkBrowser } from "../doctor/browser.ts";
import { checkCache } from "../doctor/cache.ts";
import {
  type Check,
  type CheckName,
  type Finding,
  jsonReport,
  textReport,
  verdict,
  warning,
} from "../doctor/finding.ts";
import { checkFiles } from "../doctor/files.ts";
import { checkLines } from "../doctor/lines.ts";
import { checkPort } from "../doctor/port.ts";
import { readSettings } from "../doctor/settings.ts";
import { checkSts } from "../doctor/sts.ts";

/** With `--assertion` it is the recording alone that is looked at. */
export const runDoctor: CommandRun = async (input, deps) => {
  const { assertion } = input.values;
  if (assertion === undefined) return await examineMachine(input, deps);
  const { explainAssertion } = await import("../doctor/assertion.ts");
  return await explainAssertion(assertion, { input, deps });
};

/** The checks in the order of the report; each is independent of the others. */
const CHECKS: readonly (readonly [CheckName, Check])[] = [
  ["settings", ({ settings }) => Promise.resolve(settings.findings)],
  ["port", checkPort],
  ["browser", checkBrowser],
  ["sts", checkSts],
  ["files", checkFiles],
  ["lines", checkLines],
  ["cache", checkCache],
];

/** The longest that a check may take, milliseconds: the slowest one has deadlines of its own before that. */
const LIMIT_MS = 10_000;

/** Looks at this machine and prints what is found; throws a UserError with the exit code of the problems. */
async function examineMachine(input: CommandInput, deps: Deps): Promise<void> {
  const { values, print } = input;
  const findings = await unlessAborted(examine(input, deps), deps.signal);
  const program = { version: VERSION, os: deps.os, home: homeFolder(deps.env) };
  await print(values.json ? jsonReport(findings, program) : textReport(findings));
  const problem = verdict(findings);
  if (problem !== undefined) throw problem;
}

async function examine(input: CommandInput, deps: Deps): Promise<readonly Finding[]> {
  const world = { input, deps, settings: await readSettings(input, deps) };
  const found = await Promise.all(
    CHECKS.map(([name, check]) => limited(check(world), { name, ms: LIMIT_MS })),
  );
  return found.flat();
}

/** A check, or after its time that it hangs. */
export async function limited(
  findings: Promise<readonly Finding[]>,
  { name, ms }: { readonly name: CheckName; readonly ms: number },
): Promise<readonly Finding[]> {
  const done = new AbortController();
  const late = pause(ms, done.signal).then(() => [
    warning(name, `The check of "${name}" has not ended within ${span(ms)}`, {
      why: "A sign-in may hang there, too",
      advice: "Look for a file system or a network of this machine that does not respond.",
    }),
  ]);
  try {
    return await Promise.race([findings, late]);
  } finally {
    done.abort();
  }
}
