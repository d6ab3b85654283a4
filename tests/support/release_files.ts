/**
 * The files of a release, as far as the install script reads them, with a small program in the executable's
 * place.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { encode, tarGz } from "../../scripts/release/archives.ts";
import { inArchive, MAN_PAGE } from "../../scripts/release/manual.ts";
import { archiveName, TARGETS } from "../../scripts/release/targets.ts";

/** What a release has in it. */
export interface ReleaseFiles {
  readonly version: string;
  /** The executable, in sh; default: one that knows its version. */
  readonly script?: string;
  /** Makes the executable larger, bytes that do not compress. */
  readonly padding?: number;
}

const SCRIPT = fileURLToPath(new URL("../../scripts/install.sh", import.meta.url));

/** Writes the archives of Linux and macOS, their checksums, and the install script. */
export function writeReleaseFiles(
  folder: string,
  { version, script = `echo "stssamldriver ${version}"`, padding = 0 }: ReleaseFiles,
): void {
  Deno.mkdirSync(folder, { recursive: true });
  const noise = Uint8Array.from({ length: padding }, () => 33 + Math.random() * 90);
  const text = `#!/bin/sh\n${script}\nexit\n`;
  const bytes = new Uint8Array([...encode(text), ...noise]);
  const archive = tarGz([
    { path: "stssamldriver/stssamldriver", bytes, executable: true },
    { path: `stssamldriver/${inArchive(MAN_PAGE)}`, bytes: encode(MAN_PAGE.text) },
  ]);
  const names = TARGETS.map(archiveName).filter((name) => name.endsWith(".tar.gz"));
  const sum = createHash("sha256").update(archive).digest("hex");
  for (const name of names) Deno.writeFileSync(`${folder}/${name}`, archive);
  Deno.copyFileSync(SCRIPT, `${folder}/install.sh`);
  Deno.writeTextFileSync(
    `${folder}/SHA256SUMS`,
    names.map((name) => `${sum}  ${name}\n`).join(""),
  );
}
