/**
 * The outcomes of the jobs of an assertion, for the page and for those who wait; pure.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { plural } from "../plural.ts";
import type { SignedIn } from "../sign_in/outcome.ts";
import type { Page } from "../sign_in/pages/page.ts";
import { donePage, nobodyPage, successPage, troublePage } from "../sign_in/pages/pages.ts";
import type { Job } from "./jobs.ts";

/** A job and what STS made of it. */
export interface JobOutcome {
  readonly job: Job;
  readonly outcome: SignedIn | UserError;
}

/**
 * Makes the page once an assertion was used.
 *
 * @param before outcomes that came before the person picked a role
 */
export function outcomePage(
  outcomes: readonly JobOutcome[],
  { before, now }: { readonly before: readonly JobOutcome[]; readonly now: number },
): Page {
  const errors = errorsOf([...before, ...outcomes]);
  const given = before.length + outcomes.length - errors.length;
  const [first, ...others] = outcomes;
  if (first !== undefined && others.length === 0 && !(first.outcome instanceof UserError)) {
    return successPage(first.outcome, now);
  }
  const [error] = errors;
  if (given === 0 && error !== undefined) {
    return troublePage(error, { status: 502, waiting: false });
  }
  // Whoever waited has gone meanwhile.
  if (given === 0) return nobodyPage();
  const sentence = `${plural(given, "session")} went to the commands that asked`;
  const more = errors.map((error) => `Failed: ${error.message}`);
  return donePage({ sentence, more });
}

/** Makes a failure the error that callers get. */
export function asUserError(error: unknown): UserError {
  return error instanceof UserError
    ? error
    : new UserError("fault", `The process that signs in failed: ${messageOf(error)}`, {
      exitCode: ExitCode.FAULT,
    });
}

function errorsOf(outcomes: readonly JobOutcome[]): readonly UserError[] {
  return outcomes.map(({ outcome }) => outcome).filter((each) => each instanceof UserError);
}
