/**
 * The file in which whoever manages this machine has put settings for all its users: read only where nobody
 * else can have written it.
 *
 * @module
 */

import { systemFileRisk } from "./folder_trust.ts";
import { realPath } from "./paths.ts";
import { readTextFile } from "./text_file.ts";
import { securityDescriptor } from "./windows.ts";
import { descriptorRisk } from "./windows_acl.ts";

/** The file, with its text, or with the reason why it is not believed, as the end of a sentence. */
export type MachineFile =
  & { readonly path: string }
  & ({ readonly text: string } | { readonly risk: string });

/**
 * Reads the file that is there.
 *
 * @throws UserError exit code 8 when it cannot be read
 */
export function readMachineFile(path: string): MachineFile {
  const risk = Deno.build.os === "windows" ? windowsRisk(path) : posixRisk(path);
  if (risk !== undefined) return { path, risk };
  const file = readTextFile(path);
  return file === undefined ? { path, risk: `${path} cannot be found` } : { path, text: file.text };
}

function posixRisk(path: string): string | undefined {
  return systemFileRisk(path, {
    os: Deno.build.os,
    stat: Deno.statSync,
    realPath: Deno.realPathSync,
  });
}

function windowsRisk(path: string): string | undefined {
  const [drive = "", ...names] = realPath(path).split("\\");
  if (!/^[a-z]:$/i.test(drive)) return `${path} is not on a disk of this machine`;
  const places = names.map((_, index) => [drive, ...names.slice(0, index + 1)].join("\\"));
  for (const place of [`${drive}\\`, ...places]) {
    const descriptor = securityDescriptor(place);
    const risk = descriptor === undefined
      ? "has permissions that cannot be read"
      : descriptorRisk(descriptor, place === places.at(-1) ? "file" : "folder");
    if (risk !== undefined) return `${place} ${risk}`;
  }
  return undefined;
}
