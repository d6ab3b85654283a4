/**
 * Every page that a person can come to, with what it may say in practice: long names, hostile ones too.
 *
 * @module
 */

import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { explainRefusal } from "../../src/aws/refusal.ts";
import { explainTransport, TransportError } from "../../src/aws/unreachable.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { readAssertion } from "../../src/saml/reader.ts";
import { explainWithAssertion } from "../../src/saml/explain.ts";
import type { Expectation } from "../../src/saml/verdict.ts";
import type { SignedIn } from "../../src/sign_in/outcome.ts";
import { confirmPage, gonePage } from "../../src/sign_in/pages/question.ts";
import type { Page } from "../../src/sign_in/pages/page.ts";
import {
  consolePage,
  donePage,
  nobodyPage,
  overPage,
  strayPage,
  successPage,
  troublePage,
  waitingPage,
} from "../../src/sign_in/pages/pages.ts";
import { pickerPage } from "../../src/sign_in/pages/picker.ts";
import { exchangedFake, NOON } from "./fakes.ts";
import { offered, offeredAtMany, pickerModel } from "./picker.ts";
import { buildResponse, manyRoles, type ResponseOptions } from "./saml_response.ts";

const ROLE = parseRoleArn("arn:aws:iam::111122223333:role/Developer");
const PROVIDER = parseProviderArn("arn:aws:iam::111122223333:saml-provider/CompanyIdp");
const START = "/start/11111111-2222-4333-8444-555555555555";

/** A sign-in of an hour from noon on. */
export const SIGNED_IN: SignedIn = {
  credentials: exchangedFake().credentials,
  role: ROLE,
  provider: PROVIDER,
  person: "alice@example.com",
  region: { name: "us-east-1", named: false },
  askedSeconds: 3600,
  shortenedTo: undefined,
};

/** What reading a Response that cannot be used throws. */
export function refusalOf(
  response: ResponseOptions,
  expected: Partial<Expectation> = {},
  now = NOON,
): UserError {
  try {
    readAssertion(buildResponse({ now: NOON, ...response }).base64, {
      idp: undefined,
      ...expected,
    }, now);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it can be used");
}

/** What STS refuses with this code, as it is shown. */
export function stsRefusal(code: string, message: string): UserError {
  const base64 = buildResponse({ now: NOON, recipient: "http://localhost:8090/saml" }).base64;
  const { response } = readAssertion(base64, { idp: undefined }, NOON);
  const region = "eu-central-1";
  const answer = { code, message, role: ROLE, provider: PROVIDER, region, cause: undefined };
  const explained = explainWithAssertion(explainRefusal(answer), response, PROVIDER);
  if (!(explained instanceof UserError)) throw explained;
  return explained;
}

function offers(...roles: readonly string[]): NonNullable<ResponseOptions["roles"]> {
  return roles.map((each) => {
    const [account, name] = each.split(" ");
    return {
      role: `arn:aws:iam::${account}:role/${name}`,
      provider: `arn:aws:iam::${account}:saml-provider/CompanyIdp`,
    };
  });
}

const UNREACHABLE = await explainTransport(
  new TransportError("network", "https://sts.eu-central-1.amazonaws.com", {
    detail:
      "error sending request for url (https://sts.eu-central-1.amazonaws.com/): client error " +
      "(Connect): tcp connect error: Connection refused (os error 111)",
  }),
  { code: "sts", name: "STS", settings: "AWS_ENDPOINT_URL_STS", again: "sign in again" },
);

const UNWRITTEN = new UserError(
  "profile-not-ours",
  'Cannot write profile "dev" in /home/alice/.aws/config: its credential_process on line 12 starts another program',
  {
    exitCode: ExitCode.FILE,
    hint: "Use another profile name, or --replace to write over what is there",
  },
);

const trouble = (error: UserError) =>
  troublePage(error, { status: 400, waiting: true, startPath: START });
const over = (error: UserError) => troublePage(error, { status: 502, waiting: false });
const five = { ...pickerModel(5), asker: "profile `dev`" };

/** Every page by a name. */
export const ALL_PAGES: Readonly<Record<string, Page>> = {
  "waiting": waitingPage(START),
  "waiting-at-idp": waitingPage(undefined),
  "success": successPage(SIGNED_IN, NOON),
  "success-more": successPage({ ...SIGNED_IN, askedSeconds: 43_200, shortenedTo: 3600 }, NOON, {
    sentence: 'Profile "dev" of /home/alice/.aws/config has the credentials',
    more: ["The console did not open: https://signin.aws.amazon.com did not answer in time."],
  }),
  "setup": donePage({
    title: "Profile dev is ready",
    sentence: "The profile is in /home/alice/.aws/config",
    run: "aws s3 ls --profile dev",
  }),
  "roles": donePage({ title: "Signed in", sentence: "The list of 5 roles is in the terminal" }),
  "sync": donePage({
    sentence: "3 profiles written to /home/alice/.aws/config",
    more: [
      "Not written: 444455556666-Admin. STS refused the sign-in: Not authorized to perform " +
      "sts:AssumeRoleWithSAML (AccessDenied)",
    ],
  }),
  "nobody": nobodyPage(),
  "console": consolePage("about:blank"),
  "over": overPage(),
  "stray": strayPage(404, "This sign-in link has expired", "Run the command again."),
  "stray-redirect": strayPage(
    405,
    "Your IdP used HTTP-Redirect",
    "AWS only accepts HTTP-POST: set the AWS application at your IdP to it.",
  ),
  "trouble-role": trouble(refusalOf({
    roles: offers("111122223333 Developper", "111122223333 ReadOnly", "444455556666 team/Admin"),
  }, { role: ROLE })),
  "trouble-many": trouble(refusalOf({ roles: manyRoles(40) }, { role: ROLE })),
  "trouble-no-role": trouble(refusalOf({ roles: [] })),
  "trouble-filter": trouble(
    refusalOf({ roles: offers("111122223333 Dev") }, { filters: ["Ops*"] }),
  ),
  "trouble-idp": trouble(refusalOf({}, { idp: "https://idp.example.com/metadata" })),
  "trouble-expired": trouble(refusalOf({}, {}, NOON + 72 * 60_000)),
  "trouble-status": trouble(refusalOf({ status: "Responder", statusMessage: "Locked" })),
  "trouble-hostile": trouble(refusalOf({
    roles: offers(`111122223333 ${"x/".repeat(120)}${"R".repeat(64)}`),
    roleSessionName: `<b>${"p".repeat(300)}</b>`,
  }, { role: ROLE })),
  "trouble-denied": over(
    stsRefusal("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"),
  ),
  "trouble-unreachable": over(UNREACHABLE),
  "trouble-file": over(UNWRITTEN),
  "picker-1": pickerPage({ ...pickerModel(1), asker: "`env` in your terminal" }),
  "picker-5": pickerPage(five),
  "picker-40": pickerPage({ ...pickerModel(40), asker: "3 commands" }),
  "picker-long": pickerPage({
    ...five,
    roles: [
      ...offered("111122223333", "a".repeat(200), ["x/".repeat(120) + "R".repeat(64)]),
      ...offeredAtMany("444455556666", "Two providers", "Admin", ["Okta", "EntraID"]),
      ...offered("777788889999", `<b>"&'</b>`, ["Dev+test@example.com", "Ops=1,2"]),
    ],
    person: `${"p".repeat(60)}@example.com`,
    idp: `https://idp.example.com/${"long/".repeat(30)}`,
    remainingMs: 42_000,
    narrowed: "limited by --account 111122223333 --role-filter Dev*",
  }),
  "confirm": confirmPage({
    ...five,
    asker: "`sync` in your terminal",
    question: "Write 5 profiles?",
    yes: "Write 5 profiles, remove 2",
    removes: '2 profiles no longer in your sign-in: "111122223333-Old", "444455556666-Gone"',
    facts: [
      ["Accounts", "111122223333, 444455556666 (Production), 777788889999"],
      ["File", "/home/alice/.aws/config"],
    ],
    remarks: ['A Role value cannot be read, "arn:aws:iam::1:role/x": it is no ARN'],
    person: "alice@example.com",
    idp: "https://idp.example.com/metadata",
  }),
  "gone-replaced": gonePage("replaced", START),
  "gone-expired": gonePage("expired", START),
  "gone-taken": gonePage("taken", START),
  "gone-cancelled": gonePage("cancelled", START),
};
