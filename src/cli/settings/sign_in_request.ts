/**
 * Options → what a sign-in is asked for, who asks, and which endpoint of STS is meant.
 *
 * @module
 */

import { type IamArn, mismatchOf } from "../../aws/arn.ts";
import {
  insecureEndpoint,
  isGuarded,
  malformedEndpoint,
  parseRegion,
  regionMismatch,
} from "../../aws/partition.ts";
import { ExitCode, messageOf, recovered, UserError } from "../../errors.ts";
import { chooseFile, type KnownFile, type SharedFiles, sharedFiles } from "../../profiles/files.ts";
import { REGION_FLAG, type SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import { type OptionValues, variableOf } from "../options.ts";
import type { CommandInput } from "../command.ts";
import { readTextFile } from "../../system/text_file.ts";
import type { NamedFiles } from "./named_files.ts";

/** The port of AWS's own driver, which IdPs are set up for. */
export const DEFAULT_PORT = 8090;
/** The entity ID of AWS in most partitions, and at every IdP that was set up by AWS's guides. */
const SP_ENTITY_ID = "urn:amazon:webservices";
/** How long to wait for the assertion when nobody said, milliseconds. */
const DEFAULT_TIMEOUT = 5 * 60_000;
/** Options, and where they came from if that was not a flag. */
export type GivenOptions = Pick<CommandInput, "values"> & Partial<Pick<CommandInput, "from">>;

/**
 * Puts a request together and reads the files that it names.
 *
 * @throws UserError exit code 2 when options are missing or do not fit together
 */
export async function signInRequest(
  given: GivenOptions,
  deps: Deps,
): Promise<SignInRequest> {
  const { values } = given;
  const role = values["role-arn"];
  const provider = values["saml-provider-arn"];
  refuseMismatch(role, provider);
  const endpoint = await stsEndpoint(deps);
  const region = await regionOf(given, deps);
  const partition = role?.partition ?? provider?.partition;
  const mismatch = region && partition && regionMismatch(region.name, partition);
  // Another program's region gives way to the role's partition.
  if (mismatch !== undefined && region?.from === REGION_FLAG) {
    throw usageError(
      "region-mismatch",
      `Cannot use ${region.from}: ${mismatch}`,
      "Use --region with a region of the role's partition",
    );
  }
  const timeout = values.timeout;
  return {
    role,
    provider,
    accounts: values.account ?? [],
    filters: values["role-filter"] ?? [],
    region,
    endpoint: endpoint?.url,
    endpointFrom: endpoint?.from,
    durationSeconds: values["duration-seconds"],
    strictDuration: values["strict-duration"] ?? false,
    policyArns: values["policy-arn"] ?? [],
    startUrl: values["start-url"],
    idp: values.idp,
    sso: ssoOf(values, deps),
    browser: values.browser,
    port: values.port ?? DEFAULT_PORT,
    paste: values.paste ?? false,
    timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT : timeout.ms,
    ...await namedFilesOf(values, deps),
  };
}

/** The flags that name a file. */
const FILES = ["account-names", "policy-file", "tls-cert", "tls-key"] as const;

/** What the files say that flags name; without one, what reads them is not loaded. */
async function namedFilesOf(values: OptionValues, deps: Deps): Promise<NamedFiles> {
  if (FILES.every((name) => values[name] === undefined)) {
    return { accountNames: new Map(), policy: undefined, tls: undefined };
  }
  return await (await import("./named_files.ts")).readNamedFiles(values, deps);
}

/** The flags that say what a request says, and are of no use without one. */
const OF_REQUESTS = ["sso-binding", "sp-entity-id", "acs-index", "force-authn"] as const;

/** The flags of a sign-in that starts with a request; `undefined` where it starts at the IdP. */
function ssoOf(values: OptionValues, deps: Deps): SignInRequest["sso"] {
  const url = values["sso-url"];
  const metadata = values["idp-metadata"];
  if (url === undefined && metadata === undefined) {
    const useless = OF_REQUESTS.find((name) =>
      values[name] !== undefined && values[name] !== false
    );
    if (useless === undefined) return undefined;
    throw usageError("sso-half", `--${useless} needs --sso-url or --idp-metadata`);
  }
  return {
    url,
    // In the shared key, too, it must not depend on the folder of work.
    metadata: metadata === undefined ? undefined : deps.absolute(metadata),
    binding: values["sso-binding"],
    spEntityId: values["sp-entity-id"] ?? SP_ENTITY_ID,
    acsIndex: values["acs-index"],
    forceAuthn: values["force-authn"] ?? false,
  };
}

function refuseMismatch(role: IamArn | undefined, provider: IamArn | undefined): void {
  const mismatch = role && provider && mismatchOf(role, provider);
  if (mismatch === undefined) return;
  throw usageError(
    "arn-mismatch",
    `--role-arn and --saml-provider-arn do not match: ${mismatch}`,
    "Both must be in the same account",
  );
}

/** The first of the flag, AWS's variables, the profile and the machine's defaults that names a region. */
async function regionOf(
  { values, from }: GivenOptions,
  deps: Deps,
): Promise<SignInRequest["region"]> {
  const { region } = values;
  const source = from?.region;
  if (region === undefined) return await unaskedRegion(values, deps);
  if (source?.machine === undefined) {
    const variable = variableOf("region");
    return { name: region, from: deps.env(variable) === region ? variable : REGION_FLAG };
  }
  const ofMachine = { name: region, from: source.describe("region", region) };
  if (source.machine === "required") return ofMachine;
  // Delivered, it would stand above the region of the default profile.
  return await unaskedRegion(values, deps) ?? { ...ofMachine, onlyForSts: true };
}

/** The region that AWS's variables, else the profile, name. */
async function unaskedRegion(values: OptionValues, deps: Deps): Promise<SignInRequest["region"]> {
  for (const variable of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    const name = deps.env(variable);
    if (name) return { name: checkedRegion(name, variable), from: variable };
  }
  const updated = values.profile === undefined ? values["profile-to-update"] : undefined;
  const profile = values.profile ?? updated ?? deps.env("AWS_PROFILE");
  if (!profile) return undefined;
  const file = updated === undefined ? undefined : otherFile(values, deps);
  const region = await profileRegion(profile, deps, file);
  return region ?? (updated === undefined ? undefined : await activeRegion(values, deps));
}

/**
 * The region of the profile in use (AWS_PROFILE, else `default`), where SDKs ask STS when nobody named another;
 * `undefined` where `--profile` or the request's own region took its place.
 */
export async function activeRegion(
  values: OptionValues,
  deps: Deps,
): Promise<SignInRequest["region"]> {
  if (values.profile !== undefined) return undefined;
  const found = await deps.configured("region");
  if (found === undefined) return undefined;
  const from = `region of profile "${found.profile}"`;
  return { name: checkedRegion(found.value, from), from, onlyForSts: true };
}

async function profileRegion(
  profile: string,
  deps: Deps,
  file?: KnownFile,
): Promise<SignInRequest["region"]> {
  const { profileProperties } = await import("./profile_source.ts");
  const name = profileProperties(profile, deps, file)?.get("region")?.value;
  const from = `region of profile "${profile}"`;
  return name ? { name: checkedRegion(name, from), from } : undefined;
}

/** The file of `--path`, when it is none of the shared ones: a namesake there is another profile. */
function otherFile(values: OptionValues, deps: Deps): KnownFile | undefined {
  if (values.path === undefined) return undefined;
  const target = targetFile(values, deps);
  return isSharedFile(target, deps) ? undefined : target.file;
}

/** The file that is written, and both files that the SDKs read. */
export interface TargetFile {
  readonly file: KnownFile;
  readonly files: SharedFiles;
}

/** The file that `--path` and `--file-type` mean, and both files in use. */
export function targetFile(values: OptionValues, deps: Deps): TargetFile {
  const files = sharedFiles(deps.env, deps.expand);
  const file = chooseFile(files, {
    path: values.path === undefined ? undefined : deps.expand(values.path),
    kind: values["file-type"],
    real: deps.realPath,
  });
  return { file, files };
}

/** Whether the file is one of those that the SDKs read. */
export function isSharedFile(
  { file, files }: TargetFile,
  { realPath }: Pick<Deps, "realPath">,
): boolean {
  return [files.config, files.credentials].map(realPath).includes(realPath(file.path));
}

function checkedRegion(name: string, from: string): string {
  try {
    return parseRegion(name);
  } catch (error) {
    throw new UserError(
      "region-malformed",
      `Cannot use ${from}, "${name}": ${messageOf(error)}`,
      // A profile's setting has blanks in its name.
      { exitCode: ExitCode.USAGE, variable: from.includes(" ") ? undefined : from },
    );
  }
}

type EndpointDeps = Pick<Deps, "env" | "expand" | "configuredEndpoint">;

/**
 * The endpoint and the setting that names it, or `undefined` for AWS's own: what the SDK will ask, since it
 * reads the same places.
 *
 * @throws UserError exit code 2 for one that could never be asked: found before the person signs in
 */
export async function stsEndpoint(
  deps: EndpointDeps,
): Promise<{ readonly url: string; readonly from: string } | undefined> {
  const { env } = deps;
  if (/^true$/i.test(env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? "")) return undefined;
  const variable = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].find((each) => env(each));
  // Nearly no profile has one, and what reads it is slow to load.
  const ofProfile = async () => isMentioned(deps) ? await deps.configuredEndpoint() : undefined;
  const endpoint = variable === undefined ? await ofProfile() : env(variable);
  if (endpoint === undefined) return undefined;
  if (!URL.canParse(endpoint)) {
    const what = variable ?? "endpoint_url of the profile";
    throw malformedEndpoint(new Error(`${what} is not a URL`), variable);
  }
  const url = new URL(endpoint);
  const from = variable ?? `endpoint_url of profile "${env("AWS_PROFILE") || "default"}"`;
  if (!isGuarded(url)) {
    throw insecureEndpoint(url.origin === "null" ? url.protocol : url.origin, from);
  }
  return { url: endpoint, from };
}

function isMentioned({ env, expand }: EndpointDeps): boolean {
  const { config, credentials } = sharedFiles(env, expand);
  // A file that cannot be read names nothing; who needs it says what is wrong with it.
  return [config, credentials].some((path) =>
    recovered(() => readTextFile(path), () => undefined)?.text.includes("endpoint_url")
  );
}
