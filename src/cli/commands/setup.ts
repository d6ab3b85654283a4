/**
 * What `setup` does.
 *
 * @module
 */

import { type SignInRequest, startsHere } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { askerOf, beforeSignIn, cacheSession } from "../session/new_session.ts";
import { ANY_ROLE, roleFlags } from "../settings/process_profile.ts";
import { SetupProfile } from "./setup_profile.ts";
import { openQuestions } from "./setup_questions.ts";
import { trustStatement } from "../../aws/trust_policy.ts";
import { UserError } from "../../errors.ts";
import type { SignInEvent, Watch } from "../../sign_in/events.ts";
import { doNotFinish } from "../../sign_in/timeout.ts";

/** Writes the profile, or shows it; signs in first when the role is still to be picked. */
export const runSetup: CommandRun = async (given, deps) => {
  using questions = await openQuestions(given, deps);
  // What is wrong with the flags is said before anything is asked.
  await signInRequest(given, deps);
  const input = await questions?.complete() ?? given;
  const request = { ...await signInRequest(input, deps), asker: askerOf(input) };
  const profile = new SetupProfile(input, deps);
  const signsIn = request.role === undefined || request.provider === undefined;
  // Whatever role it will be: what can fail is tried before the person signs in.
  await profile.tryBefore(signsIn ? ANY_ROLE : {});
  await questions?.confirm(profile, request);
  const dryRun = input.values["dry-run"] ?? false;
  if (signsIn) return await (dryRun ? showPicked : signInFor)(profile, { input, request, deps });
  await profile.write({});
  if (!dryRun) input.terminal.say("notice", readySentence(profile));
};

/** What a sign-in of setup is made of. */
interface SetupSignIn {
  readonly input: CommandInput;
  readonly request: SignInRequest;
  readonly deps: Deps;
}

/** What other commands took last is no answer here. */
const NO_MEMORY = {
  last: () => Promise.resolve(undefined),
  remember: () => Promise.resolve(),
};

/** Signs in, writes the profile of the role that STS gave, and keeps the session for its first use. */
async function signInFor(
  profile: SetupProfile,
  { input, request: asked, deps }: SetupSignIn,
): Promise<void> {
  const { signIn } = await import("../../sign_in/sign_in.ts");
  const request = await beforeSignIn(asked, input.values, deps);
  await signInOrAsk(request, input.terminal.watch, (watch) =>
    signIn(request, { ...deps, watch }, {
      memory: NO_MEMORY,
      deliver: async (signedIn) => {
        await profile.write(roleFlags(signedIn));
        if (input.values.cache ?? true) {
          const { credentials, role, person } = signedIn;
          const session = { credentials, roleArn: role.text, person, issued: deps.now() };
          await cacheSession({ key: await profile.sessionKey(signedIn), session }, { deps, input });
        }
        return {
          sentence: readySentence(profile),
          page: {
            title: `Profile ${profile.name} is ready`,
            sentence: `It is in ${profile.path}`,
            run: profile.command,
          },
        };
      },
    }));
}

/** Signs in and shows the profile of the role that is picked; STS is not asked. */
async function showPicked(
  profile: SetupProfile,
  { input, request, deps }: SetupSignIn,
): Promise<void> {
  const { pickRole } = await import("../../sign_in/use_offer.ts");
  await signInOrAsk(
    request,
    input.terminal.watch,
    (watch) =>
      pickRole(request, { ...deps, watch }, {
        memory: NO_MEMORY,
        deliver: async (pair) => {
          await profile.write(roleFlags(pair));
          return { sentence: "Nothing was written (--dry-run)" };
        },
      }),
  );
}

function readySentence({ name, command }: SetupProfile): string {
  return `Profile "${name}" is ready. Try: ${command}`;
}

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
