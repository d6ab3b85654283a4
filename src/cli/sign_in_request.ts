/**
 * Options → what a sign-in is asked for.
 *
 * @module
 */

import { type IamArn, mismatchOf } from "../aws/arn.ts";
import { parseRegion, type Region, regionMismatch } from "../aws/region.ts";
import { messageOf, type UserError } from "../errors.ts";
import type { SignInRequest } from "../sign_in/request.ts";
import type { Deps } from "../system/deps.ts";
import { usageError } from "./arguments.ts";
import type { OptionValues } from "./options.ts";

/** How long a session is when nobody said, seconds. */
const DEFAULT_DURATION = 3600;
/** The port of AWS' own driver, which IdPs are set up for. */
const DEFAULT_PORT = 8090;
/** How long to wait for the assertion when nobody said, milliseconds. */
const DEFAULT_TIMEOUT = 5 * 60_000;

/**
 * Puts a request together and reads the files that it names.
 *
 * @throws UserError exit code 2 when options are missing or do not fit together
 */
export async function signInRequest(values: OptionValues, deps: Deps): Promise<SignInRequest> {
  const { role, provider } = pair(values);
  const region = await regionOf(values, role, deps);
  const mismatch = regionMismatch(region.name, role.partition);
  if (mismatch !== undefined) {
    throw usageError(
      "region-mismatch",
      `Cannot use the region: ${mismatch}`,
      values.region === undefined ? "Give another one with --region" : "Correct --region",
    );
  }
  const timeout = values.timeout;
  return {
    role,
    provider,
    region,
    durationSeconds: values["duration-seconds"] ?? DEFAULT_DURATION,
    strictDuration: values["strict-duration"] ?? false,
    policyArns: values["policy-arn"] ?? [],
    policy: await policyOf(values, deps),
    issuer: values.issuer,
    idp: values.idp,
    browser: values.browser,
    port: values.port ?? DEFAULT_PORT,
    tls: await tlsOf(values, deps),
    timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT : timeout.ms,
  };
}

function pair(values: OptionValues): { readonly role: IamArn; readonly provider: IamArn } {
  const role = values["role-arn"];
  const provider = values["saml-provider-arn"];
  if (role === undefined || provider === undefined) {
    const missing = [
      ...(role === undefined ? ["--role-arn"] : []),
      ...(provider === undefined ? ["--saml-provider-arn"] : []),
    ];
    throw usageError(
      "arn-missing",
      `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing`,
      "Give the role to take and the IAM SAML provider of your IdP; see stssamldriver --help",
    );
  }
  const mismatch = mismatchOf(role, provider);
  if (mismatch !== undefined) {
    throw usageError(
      "arn-mismatch",
      `--role-arn and --saml-provider-arn do not fit: ${mismatch}`,
      "STS takes only a SAML provider of the role's own account",
    );
  }
  return { role, provider };
}

/** Flag, AWS' variables, the profile, the partition's default: the first that names a region. */
async function regionOf(values: OptionValues, role: IamArn, deps: Deps): Promise<Region> {
  const named = values.region ?? variableRegion("AWS_REGION", deps) ??
    variableRegion("AWS_DEFAULT_REGION", deps);
  return await Promise.resolve(
    named ? { name: named, named: true } : { name: role.partition.defaultRegion, named: false },
  );
}

/** The region of AWS' own variable; an empty one counts as unset. */
function variableRegion(variable: string, deps: Deps): string | undefined {
  const text = deps.env(variable);
  if (!text) return undefined;
  try {
    return parseRegion(text);
  } catch (error) {
    throw usageError(
      "region-malformed",
      `Cannot use ${variable}=${text}: ${messageOf(error)}`,
      "Correct or unset it, or give --region",
    );
  }
}

async function policyOf(values: OptionValues, deps: Deps): Promise<string | undefined> {
  const path = values["policy-file"];
  if (path === undefined) return undefined;
  const text = await readNamedFile("--policy-file", path, deps);
  try {
    JSON.parse(text);
  } catch (error) {
    throw usageError("policy-malformed", `Cannot use --policy-file ${path}: ${messageOf(error)}`);
  }
  return text;
}

async function tlsOf(values: OptionValues, deps: Deps): Promise<SignInRequest["tls"]> {
  const cert = values["tls-cert"];
  const key = values["tls-key"];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw usageError("tls-half", "--tls-cert and --tls-key go together: one of them is missing");
  }
  return {
    cert: await readNamedFile("--tls-cert", cert, deps),
    key: await readNamedFile("--tls-key", key, deps),
  };
}

async function readNamedFile(flag: string, path: string, deps: Deps): Promise<string> {
  const fail = (reason: string): UserError =>
    usageError("file-unreadable", `Cannot read ${flag} ${path}: ${reason}`);
  try {
    const text = await deps.readTextFile(path);
    if (text !== undefined) return text;
  } catch (error) {
    throw fail(messageOf(error));
  }
  throw fail("there is no such file");
}
