/**
 * The file in which whoever manages this machine has put settings for all its users: read only where nobody
 * else can have written it. On Windows its security descriptor, in the self-relative form, tells who can.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d
 *
 * @module
 */

import { systemFileRisk } from "./folder_trust.ts";
import { realPath } from "./paths.ts";
import { readTextFile } from "./text_file.ts";
import { securityDescriptor } from "./windows.ts";

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

/** SYSTEM, the group Administrators, and TrustedInstaller, who owns what belongs to Windows. */
const ADMINISTRATORS: readonly string[] = [
  "S-1-5-18",
  "S-1-5-32-544",
  "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];

const DACL_PRESENT = 0x0004;

/** The types of entries that allow something (for callbacks under a condition), and those that deny it. */
const ALLOW: readonly number[] = [0, 9];
const DENY: readonly number[] = [1, 10];
/** An entry that is for what will be made in the folder. */
const INHERIT_ONLY = 0x08;

/** The rights to delete it, to change its list or owner, and all of them: the generic ones. */
const CONTROL = 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | 0x1000_0000 | 0x4000_0000;
/** The rights that change a file: to write and to append. */
const WRITES_FILE = CONTROL | 0x0002 | 0x0004;
/**
 * The right that changes what is in a folder: to delete anything in it. New files and folders do no harm, and
 * every user may make some in ProgramData and below.
 */
const WRITES_FOLDER = CONTROL | 0x0040;

/**
 * Says why a file or folder is not the administrators' alone.
 *
 * @returns a reason, as the end of a sentence; `undefined` when only they can change it
 */
export function descriptorRisk(
  descriptor: Uint8Array,
  kind: "file" | "folder",
): string | undefined {
  try {
    const view = new DataView(descriptor.buffer, descriptor.byteOffset, descriptor.byteLength);
    const control = view.getUint16(2, true);
    const owner = view.getUint32(4, true);
    const dacl = view.getUint32(16, true);
    if (owner === 0 || !ADMINISTRATORS.includes(sidAt(view, owner))) {
      return "does not belong to the group Administrators";
    }
    // Without a list everybody may do everything.
    if ((control & DACL_PRESENT) === 0 || dacl === 0) return "can be written by every user";
    const writers = writersIn(view, dacl, kind === "file" ? WRITES_FILE : WRITES_FOLDER);
    const [first] = writers.filter((sid) => !ADMINISTRATORS.includes(sid));
    return first === undefined ? undefined : `can be changed by ${NAMES[first] ?? first}`;
  } catch (error) {
    if (error instanceof RangeError) return "has permissions that cannot be read";
    throw error;
  }
}

/** The names of those that are found most often. */
const NAMES: Readonly<Record<string, string>> = {
  "S-1-1-0": "everyone",
  "S-1-5-11": "every user",
  "S-1-5-32-545": "every user",
};

/** Those whom an access control list allows something of a mask. */
function writersIn(view: DataView, list: number, mask: number): readonly string[] {
  const writers: string[] = [];
  const count = view.getUint16(list + 4, true);
  for (let index = 0, at = list + 8; index < count; index++) {
    const type = view.getUint8(at);
    const flags = view.getUint8(at + 1);
    const allowed = view.getUint32(at + 4, true);
    const counts = (flags & INHERIT_ONLY) === 0 && (allowed & mask) !== 0;
    if (counts && ALLOW.includes(type)) writers.push(sidAt(view, at + 8));
    else if (counts && !DENY.includes(type)) throw new RangeError(`An entry of type ${type}`);
    at += view.getUint16(at + 2, true);
  }
  return writers;
}

/** A security identifier in its written form. */
function sidAt(view: DataView, at: number): string {
  const parts = Array.from(
    { length: view.getUint8(at + 1) },
    (_, index) => view.getUint32(at + 8 + 4 * index, true),
  );
  const authority = view.getUint16(at + 2) * 2 ** 32 + view.getUint32(at + 4);
  return ["S", view.getUint8(at), authority, ...parts].join("-");
}
