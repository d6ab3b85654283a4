/**
 * The shared AWS files of a test's home, and what the driver leaves in them.
 *
 * @module
 */

import type { HandedOut } from "./sts.ts";
import { isKeptLock } from "./windows.ts";

/** Texts by their paths below a home. */
export type Files = Readonly<Record<string, string>>;

/** Writes files into a home as `aws configure` would: 0600, their folders 0700. */
export function putFiles(home: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    const whole = `${home}/${path}`;
    Deno.mkdirSync(whole.replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(whole, text, { mode: 0o600 });
  }
}

/**
 * Every regular file of a home by its path, but for what the driver keeps in its cache, and for the lock files
 * that stay on Windows.
 */
export function filesOf(home: string): Files {
  const found: Record<string, string> = {};
  const walk = (below: string) => {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(home + below)) {
      const path = `${below}/${name}`;
      if (isDirectory && path !== "/.cache") walk(path);
      if (isFile && !isKeptLock(name)) found[path.slice(1)] = Deno.readTextFileSync(home + path);
    }
  };
  walk("");
  return found;
}

/** What stands for a session's values in {@linkcode masked} texts. */
export const KEYS = [
  "aws_access_key_id = ID",
  "aws_secret_access_key = SECRET",
  "aws_session_token = TOKEN",
  "x_security_token_expires = EXPIRY",
  "",
].join("\n");

/** Texts with words for the values of a session, so that a failing test prints none of them. */
export function masked(files: Files, it: HandedOut | undefined): Files {
  if (it === undefined) throw new Error("STS handed nothing out");
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      text.replaceAll(it.accessKeyId, "ID").replaceAll(it.secretAccessKey, "SECRET")
        .replaceAll(it.sessionToken, "TOKEN").replaceAll(expiryOf(it), "EXPIRY"),
    ]),
  );
}

/** A session as credential_process JSON has it. */
export function productOf(it: HandedOut | undefined): Readonly<Record<string, unknown>> {
  if (it === undefined) throw new Error("STS handed nothing out");
  return {
    Version: 1,
    AccessKeyId: it.accessKeyId,
    SecretAccessKey: it.secretAccessKey,
    SessionToken: it.sessionToken,
    Expiration: expiryOf(it),
    AccountId: it.account,
  };
}

function expiryOf({ expiration }: HandedOut): string {
  return new Date(expiration).toISOString().replace(".000Z", "Z");
}

/** A program that notes that it was run, and with what; for `--browser`, and for lines that nobody may run. */
export function recordingProgram(
  home: string,
  name = "recorder",
): { readonly path: string; readonly runs: () => string } {
  const path = `${home}/${name}`;
  const record = `${home}/.cache/${name}.ran`;
  Deno.mkdirSync(`${home}/.cache`, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(path, `#!/bin/sh\necho "$@" >> '${record}'\n`);
  Deno.chmodSync(path, 0o755);
  const runs = () => {
    try {
      return Deno.readTextFileSync(record);
    } catch {
      return "";
    }
  };
  return { path, runs };
}
