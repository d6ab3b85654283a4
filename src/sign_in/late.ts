/**
 * The errors of a wait in vain, by what it waited for; pure.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { ACS_PATH } from "./listener/acs.ts";
import { span } from "../time.ts";
import type { ConversationRequest } from "./request.ts";

/** Returns the origin that people and IdPs use. */
export function originOf({ port, tls }: Pick<ConversationRequest, "port" | "tls">): URL {
  return new URL(`${tls === undefined ? "http" : "https"}://localhost:${port}`);
}

/** Says that nothing was posted. */
export function noAssertion(
  request: Pick<ConversationRequest, "port" | "tls" | "timeoutMs">,
): UserError {
  const acs = `${originOf(request).origin}${ACS_PATH}`;
  return new UserError(
    "no-assertion",
    `No assertion came to ${acs} within ${span(request.timeoutMs ?? 0)}`,
    {
      exitCode: ExitCode.NO_ASSERTION,
      hint:
        "Run the command again, with a longer --timeout if necessary. If the browser showed an error,\n" +
        "the IdP's application for AWS must post to that address.",
    },
  );
}

/** Says that the person was asked something, and did not answer. */
export function noAnswer(): UserError {
  return new UserError("no-answer", "The page in the browser was not answered in time", {
    exitCode: ExitCode.NO_ASSERTION,
    hint: "Run the command again, and answer before the time shown on the page is up.",
  });
}

/** Says that another driver of ours kept the port. */
export function portBusy(port: number, holder: string | undefined): UserError {
  return new UserError(
    "port-busy",
    `Port ${port} is still taken by another sign-in${holder ? ` (${holder})` : ""}`,
    {
      exitCode: ExitCode.PORT,
      hint: "Finish or cancel that one first, or use a longer --timeout or another --port.",
    },
  );
}
