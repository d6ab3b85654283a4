/**
 * Delivery into a profile, with what becomes of the session when the file cannot be written after all.
 *
 * @module
 */

import { processJson } from "../../delivery/process_json.ts";
import { prepareProfile } from "../../delivery/profile.ts";
import { ExitCode, messageOf, UserError } from "../../errors.ts";
import { localTimeWithSpan } from "../../text.ts";
import { optionOf, optionsOf, requiredBy } from "../options.ts";
import type { Delivery, DeliveryPlan, TakenSession } from "./taking.ts";
import { targetFile } from "../settings/sign_in_request.ts";

/**
 * Prepares the writing of a profile.
 *
 * @param name of the profile
 * @throws UserError exit code 2 or 8
 */
export async function profileDelivery(name: string, plan: DeliveryPlan): Promise<Delivery> {
  const { input, deps } = plan;
  const { file, files } = targetFile(input.values, deps);
  const replace = input.values.replace ?? false;
  const writer = await prepareProfile({ name, file, files, replace });
  for (const { warning, text } of writer.remarks) {
    input.terminal.say(warning ? "warning" : "notice", text);
  }
  return async (taken) => {
    try {
      const { sentence, warnings } = await writer.write(taken.session.credentials, taken.region);
      for (const message of warnings) input.terminal.say("warning", message);
      // An SDK that runs this as a credential_process only says that there was no JSON.
      if (deps.stdout.isPipe) input.terminal.say("notice", NOTHING_PRINTED);
      return sentence;
    } catch (error) {
      throw await saved(error, taken, plan);
    }
  };
}

const NOTHING_PRINTED =
  "With --profile-to-update nothing is printed: a credential_process line must not have it";

/** STS has answered and the file cannot be written after all: the session must not be lost. */
async function saved(
  error: unknown,
  taken: TakenSession,
  plan: DeliveryPlan,
): Promise<UserError> {
  const { deps, input } = plan;
  const { session, key } = taken;
  const failure = error instanceof UserError ? error : undefined;
  const message = failure?.message ?? `Cannot write the profile: ${messageOf(error)}`;
  const fail = (hint: string) =>
    new UserError(failure?.code ?? "profile-unwritten", message, {
      exitCode: ExitCode.FILE,
      hint: [failure?.hint, hint].filter(Boolean).join("\n"),
      cause: error,
    });
  if (input.values["on-write-failure"] === "print") {
    await input.print(processJson(session.credentials));
    return fail("The credentials were printed instead, because of --on-write-failure print");
  }
  const forbidden = requiredBy(input, "cache");
  if (forbidden !== undefined && input.values.cache === false) {
    return fail(`The session could not be cached either: ${forbidden} is required`);
  }
  try {
    await deps.cache().sessions.store(key, session);
  } catch (second) {
    return fail(`The session could not be cached either: ${messageOf(second)}`);
  }
  const until = localTimeWithSpan(session.credentials.expiration, deps.now());
  return fail(
    `The session is cached until ${until}. To print it:\n  ${await printCommand(plan, taken)}`,
  );
}

/** What shapes a session and is not in its key by itself. */
const SHAPING = optionsOf("session", "idp");

/** Variables that would lead the printing command elsewhere than its flags. */
const MISLEADING = ["STSSAMLDRIVER_PROFILE_TO_UPDATE", "STSSAMLDRIVER_PROFILE", "AWS_PROFILE"];

/**
 * The command that prints a cached session. It says everything by flags: what was picked in the browser,
 * and what came from a profile, whose file may be the very one that cannot be written.
 */
async function printCommand(
  { input, deps }: DeliveryPlan,
  { key, region }: TakenSession,
): Promise<string> {
  const { programWords, shellLine, withVariable } = await import("../shell_line.ts");
  const flags = SHAPING.flatMap((name) =>
    (input.texts[name] ?? []).map((text) =>
      `--${name}=${optionOf(name).isFile ? deps.absolute(text) : text}`
    )
  );
  const line = shellLine([
    ...[...programWords(deps), "credentials", "--cache", "--no-interactive", "--print"],
    ...[`--role-arn=${key["role"]}`, `--saml-provider-arn=${key["provider"]}`],
    ...region.named ? [`--region=${region.name}`] : [],
    ...flags,
  ], deps);
  // An empty variable counts as unset.
  return MISLEADING.filter((name) => deps.env(name))
    .reduceRight((command, name) => withVariable(name, "", command, deps), line);
}
