/**
 * Where the credentials of a sign-in go: stdout, or a profile.
 *
 * @module
 */

import type { Region } from "../aws/region.ts";
import type { Session, SessionKey } from "../credentials/cache.ts";
import { isoSeconds } from "../credentials/credentials.ts";
import { processJson } from "../delivery/process_json.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { Deps } from "../system/deps.ts";
import type { CommandInput } from "./command.ts";
import { SIGN_IN_OPTIONS } from "./commands/sign_in_options.ts";
import { shellLine } from "./command_line.ts";

/** Hands a session to whoever asked; says in a sentence what was done. */
export type Delivery = (taken: TakenSession) => Promise<string>;

/** A session, and what else a delivery needs to know of it. */
export interface TakenSession {
  readonly session: Session;
  readonly region: Region;
  /** Under which it is kept. */
  readonly key: SessionKey;
}

/** What a delivery is prepared from. */
export interface DeliveryPlan {
  readonly input: CommandInput;
  readonly deps: Deps;
}

/**
 * Prepares the delivery that the flags ask for. All that can fail is tried now, before anybody signs in.
 *
 * @throws UserError exit code 2 or 8
 */
export async function prepareDelivery(plan: DeliveryPlan): Promise<Delivery> {
  const { values } = plan.input;
  if (values["profile-to-update"] !== undefined) {
    return await profileDelivery(values["profile-to-update"], plan);
  }
  return async ({ session }) => {
    await plan.deps.stdout.write(processJson(session.credentials));
    return "The credentials went to the program that asked for them";
  };
}

async function profileDelivery(name: string, plan: DeliveryPlan): Promise<Delivery> {
  const { input, deps } = plan;
  const [{ prepareProfile }, { targetFile }] = await Promise.all([
    import("../delivery/profile.ts"),
    import("./target_file.ts"),
  ]);
  const { file, files } = targetFile(input.values, deps);
  const replace = input.values.replace ?? false;
  const writer = await prepareProfile({ name, file, files, replace });
  for (const { warning, text } of writer.remarks) {
    input.terminal.watch({ kind: warning ? "warning" : "notice", message: text });
  }
  return async (taken) => {
    try {
      return await writer.write(taken.session.credentials, taken.region);
    } catch (error) {
      throw await saved(error, taken, plan);
    }
  };
}

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
    await deps.stdout.write(processJson(session.credentials));
    return fail("The credentials were printed on stdout instead, as --on-write-failure asks.");
  }
  try {
    await deps.cache().sessions.store(key, session);
  } catch (second) {
    return fail(`The session could not be kept either: ${messageOf(second)}`);
  }
  const until = isoSeconds(session.credentials.expiration);
  return fail(
    `The session is kept until ${until}; this prints it:\n  ${printCommand(plan, taken)}`,
  );
}

/** The flags of a sign-in that shape no session, and those whose values its key has. */
const NOT_SHAPING: readonly string[] = [
  "role-arn",
  "saml-provider-arn",
  "region",
  "account",
  "role-filter",
  "account-names",
  "port",
  "tls-cert",
  "tls-key",
  "timeout",
  "browser",
  "verbose",
  "log-format",
];

/** Variables that would lead the printing command elsewhere than its flags. */
const MISLEADING = ["STSSAMLDRIVER_PROFILE_TO_UPDATE", "STSSAMLDRIVER_PROFILE", "AWS_PROFILE"];

/**
 * The command that prints a kept session. It says everything by flags: what was picked in the browser,
 * and what came from a profile, whose file may be the very one that is in trouble.
 */
function printCommand({ input, deps }: DeliveryPlan, { key, region }: TakenSession): string {
  const flags = SIGN_IN_OPTIONS.filter((name) => !NOT_SHAPING.includes(name)).flatMap((name) =>
    (input.texts[name] ?? []).map((text) =>
      `--${name}=${name === "policy-file" ? deps.absolute(text) : text}`
    )
  );
  const line = shellLine([
    ...[...deps.self, "credentials", "--cache", "--no-interactive"],
    ...[`--role-arn=${key["role"]}`, `--saml-provider-arn=${key["provider"]}`],
    ...region.named ? [`--region=${region.name}`] : [],
    ...flags,
  ]);
  // An empty variable counts as unset.
  const unset = MISLEADING.filter((name) => deps.os !== "windows" && deps.env(name));
  return [...unset.map((name) => `${name}=`), line].join(" ");
}
