/**
 * The files that flags name, read for a request: names for account numbers, a session policy, a certificate.
 *
 * @module
 */

import { messageOf, type UserError } from "../../errors.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import type { OptionValues } from "../options.ts";

/** Characters of a session policy, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_POLICY = 2048;

/** What a request has from files. */
export type NamedFiles = Pick<SignInRequest, "accountNames" | "policy" | "tls">;

/** Reads them; throws a UserError, exit code 2, for one that cannot be read or used. */
export async function readNamedFiles(
  values: OptionValues,
  deps: Pick<Deps, "readTextFile">,
): Promise<NamedFiles> {
  return {
    accountNames: await accountNamesOf(values, deps),
    policy: await policyOf(values, deps),
    // Files that are of no use need not be there.
    tls: values.paste ? undefined : await tlsOf(values, deps),
  };
}

async function accountNamesOf(
  values: OptionValues,
  deps: Pick<Deps, "readTextFile">,
): Promise<AccountNames> {
  const path = values["account-names"];
  if (path === undefined) return new Map();
  const text = await readNamedFile("--account-names", path, deps);
  try {
    return parseAccountNames(text);
  } catch (error) {
    throw usageError("names-malformed", `Cannot use --account-names ${path}: ${messageOf(error)}`);
  }
}

async function policyOf(
  values: OptionValues,
  deps: Pick<Deps, "readTextFile">,
): Promise<string | undefined> {
  const path = values["policy-file"];
  if (path === undefined) return undefined;
  // Editors of Windows begin a file with a byte order mark.
  const text = (await readNamedFile("--policy-file", path, deps)).replace(/^\ufeff/, "");
  const fail = (reason: string) =>
    usageError("policy-malformed", `Cannot use --policy-file ${path}: ${reason}`);
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (error) {
    throw fail(messageOf(error));
  }
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) {
    throw fail("it must be a JSON object");
  }
  const compact = JSON.stringify(policy);
  if (compact.length > MAX_POLICY) {
    throw fail(`it has ${compact.length} characters without whitespace; STS takes ${MAX_POLICY}`);
  }
  return text.length > MAX_POLICY ? compact : text;
}

/** Reads the certificate and its key; `undefined` for plain http. Throws a UserError, exit code 2. */
export async function tlsOf(
  values: Pick<OptionValues, "tls-cert" | "tls-key">,
  deps: Pick<Deps, "readTextFile">,
): Promise<SignInRequest["tls"]> {
  const cert = values["tls-cert"];
  const key = values["tls-key"];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw usageError("tls-half", "--tls-cert and --tls-key must be used together");
  }
  return {
    cert: await readNamedFile("--tls-cert", cert, deps),
    key: await readNamedFile("--tls-key", key, deps),
  };
}

async function readNamedFile(
  flag: string,
  path: string,
  deps: Pick<Deps, "readTextFile">,
): Promise<string> {
  const fail = (reason: string): UserError =>
    usageError("file-unreadable", `Cannot read ${flag} ${path}: ${reason}`);
  try {
    const text = await deps.readTextFile(path);
    if (text !== undefined) return text;
  } catch (error) {
    throw fail(messageOf(error));
  }
  throw fail("no such file");
}

/** Account number → name. */
export type AccountNames = ReadonlyMap<string, string>;

/**
 * Reads names for account numbers, which are all that an assertion has: a JSON object
 * (`{"111122223333": "prod"}`) or lines of a number and a name with a blank, comma, tab, colon or equals sign
 * between; empty lines and those that begin with `#` are passed over.
 *
 * @throws an `Error` that names the line and what is wrong with it
 */
export function parseAccountNames(text: string): AccountNames {
  const names = new Map<string, string>();
  const body = text.replace(/^\uFEFF/, "");
  if (body.trimStart().startsWith("{")) {
    const value: unknown = JSON.parse(body);
    for (const [account, name] of Object.entries(value ?? {})) {
      if (!/^\d{12}$/.test(account) || typeof name !== "string" || name.trim() === "") {
        throw new Error(`"${account}" must be a 12-digit account number with a name`);
      }
      names.set(account, name.trim());
    }
    return names;
  }
  for (const [index, line] of body.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    // Piece by piece, since one pattern for all takes the square of a run of blanks.
    const [, account, rest = ""] = /^"?(\d{12})"?(?=[\s,:=])(.*)$/s.exec(line.trim()) ?? [];
    const [, name = ""] = /^"?(.*)$/s.exec(rest.trimStart().replace(/^[,:=]\s*/, "")) ?? [];
    if (account === undefined || !/^[^\s",:=].*$/.test(name)) {
      throw new Error(`line ${index + 1} is not a 12-digit account number with a name`);
    }
    names.set(account, name.length > 1 && name.endsWith('"') ? name.slice(0, -1) : name);
  }
  return names;
}
