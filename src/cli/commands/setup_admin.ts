/**
 * What to ask an administrator for, where a sign-in ends in the AWS console instead of at this program.
 *
 * @module
 */

import { trustStatement } from "../../aws/trust_policy.ts";
import { UserError } from "../../errors.ts";
import type { SignInEvent, Watch } from "../../sign_in/events.ts";
import { type SignInRequest, startsHere } from "../../sign_in/request.ts";
import { doNotFinish } from "../../sign_in/timeout.ts";

/** What comes only once something was posted. */
const OF_A_POST: readonly SignInEvent["kind"][] = ["refused", "asking", "exchanging"];

/** The ends of a wait in which nothing came: the time is up, Ctrl-C. */
const OF_NOTHING: readonly string[] = ["no-assertion", "interrupted"];

const IF_CONSOLE = "press Ctrl-C: setup then shows what to ask your administrator for";

/**
 * Signs in; when that ends without the IdP having posted anything, the error says what to ask the
 * administrator for.
 */
export async function signInOrAsk(
  request: SignInRequest,
  watch: Watch,
  signIn: (watch: Watch) => Promise<void>,
): Promise<void> {
  let waits = false;
  try {
    await signIn((event) => {
      if (event.kind === "listening") waits = true;
      if (OF_A_POST.includes(event.kind)) waits = false;
      watch(event.kind === "listening" ? { ...event, ifConsole: IF_CONSOLE } : event);
    });
  } catch (error) {
    if (!waits || !(error instanceof UserError) || !OF_NOTHING.includes(error.code)) throw error;
    const asking = requestToAdministrator(request);
    // Apart from the text that is sent to somebody else.
    throw error.with({}, !startsHere(request) ? asking : `${asking}\n\n${doNotFinish()}`);
  }
}

/** A text to be sent as it is; what is not known yet is in capitals. */
export function requestToAdministrator(
  { role, provider, port, tls }: Pick<SignInRequest, "role" | "provider" | "port" | "tls">,
): string {
  const acs = `${tls === undefined ? "http" : "https"}://localhost:${port}/saml`;
  const { partition = { id: "aws" }, account = "ACCOUNT" } = role ?? provider ?? {};
  const statement = trustStatement({
    provider: provider ?? { text: `arn:${partition.id}:iam::${account}:saml-provider/PROVIDER` },
    recipients: [acs],
    tags: false,
    sourceIdentity: false,
  });
  return [
    "Did the AWS console open in your browser instead? Then your identity provider only knows",
    "the console: use --paste until that is changed. Send this to your administrator:",
    "",
    "I would like to sign in to AWS from the command line (stssamldriver). This takes two changes;",
    "the console keeps working:",
    "1. Identity provider: add this URL as another ACS (reply) URL of the AWS application:",
    `   ${acs}`,
    "   and send me its sign-on URL and the application's entity ID (--sso-url, --sp-entity-id).",
    `2. AWS: add this statement to the trust policy of ${
      role === undefined ? "the IAM role that I use" : role.text
    }:`,
    JSON.stringify(statement, undefined, 2),
  ].join("\n");
}
