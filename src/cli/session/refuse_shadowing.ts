/**
 * Credentials that SDKs would use instead of an endpoint's.
 *
 * @module
 */

import { ExitCode, UserError } from "../../errors.ts";
import {
  FIGHTS_WITH_KEYS,
  findProperties,
  sayPlaces,
  STATIC_KEYS,
} from "../../profiles/conflicts.ts";
import { parseDocument } from "../../profiles/document.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { readTextFile } from "../../system/text_file.ts";
import type { Deps } from "../../deps.ts";

const CREDENTIALS = new RegExp(`${STATIC_KEYS.source}|${FIGHTS_WITH_KEYS.source}`);

/**
 * Refuses to serve credentials beside a profile `default` that has some: every SDK asks an endpoint last, so that the
 * command would run in another account and nobody would know.
 *
 * @throws UserError exit code 2
 */
export function refuseShadowing(deps: Pick<Deps, "env" | "expand">): void {
  const { config, credentials } = sharedFiles(deps.env, deps.expand);
  const files = [
    { path: credentials, kind: "credentials", variable: "AWS_SHARED_CREDENTIALS_FILE" },
    { path: config, kind: "config", variable: "AWS_CONFIG_FILE" },
  ] as const;
  for (const { path, kind, variable } of files) {
    const text = readTextFile(path)?.text ?? "";
    const found = findProperties(parseDocument(text, { file: path }), {
      kind,
      name: "default",
      keys: CREDENTIALS,
    });
    if (found.length === 0) continue;
    throw new UserError(
      "default-shadows",
      `Cannot use --serve: AWS tools would use the credentials of profile "default" instead ` +
        `(${sayPlaces(found)} of ${path})`,
      {
        exitCode: ExitCode.USAGE,
        hint: `Rename that profile, or set ${variable} to a file without it for this command.`,
      },
    );
  }
}
