/**
 * What `setup` does.
 *
 * @module
 */

import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import { askerOf, signInRequest } from "../settings/sign_in_request.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { beforeSignIn } from "../session/before_sign_in.ts";
import { cacheSession } from "../session/take_session.ts";
import { signInOrAsk } from "./setup_admin.ts";
import { ANY_ROLE } from "../settings/process_profile.ts";
import { roleFlags, SetupProfile } from "./setup_profile.ts";
import { openQuestions } from "./setup_questions.ts";

/** Writes the profile, or shows it; signs in first when the role is still to be picked. */
export const runSetup: CommandRun = async (given, deps) => {
  using questions = await openQuestions(given, deps);
  // What is wrong with the flags is said before anything is asked.
  await signInRequest(given, deps);
  const input = await questions?.complete() ?? given;
  const request = await signInRequest(input, deps, askerOf(input));
  const profile = new SetupProfile(input, deps);
  const signsIn = request.role === undefined || request.provider === undefined;
  // Whatever role it will be: what can fail is tried before the person signs in.
  await profile.tryBefore(signsIn ? ANY_ROLE : {});
  await questions?.confirm(profile, request);
  const dryRun = input.values["dry-run"] ?? false;
  if (signsIn) return await (dryRun ? showPicked : signInFor)(profile, { input, request, deps });
  await profile.write({});
  if (!dryRun) input.terminal.watch({ kind: "notice", message: readySentence(profile) });
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
