/**
 * The meeting file: where the server of some IdP settings listens, and the key by which it and its callers
 * know each other. It lies in a folder of its own below the cache.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { attempt } from "../system/file_trouble.ts";
import { folderOf } from "../system/real_path.ts";
import { removeQuietly, writeTemp } from "../system/temp_file.ts";
import { readTextFile, report } from "../system/text_file.ts";
import { fieldsOf, Lines, parsed } from "./lines.ts";
import { proveAsCaller } from "./proof.ts";

/** What a server writes for its callers. */
export interface Meeting {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Proves each side to the other. */
  readonly key: string;
  /** Names this server among all that ever wrote the file. */
  readonly instance: string;
}

/** How long the other end may take to connect and to prove itself, milliseconds. */
export const PROOF_MS = 1000;

/**
 * Makes the folder of a meeting file, for this user alone.
 *
 * @throws UserError exit code 8 when there can be no such folder
 */
export function makeFolder(path: string): void {
  const folder = folderOf(path);
  const { foreign, wide } = attempt(path, () => {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return report(folder, Deno.lstatSync(folder));
  });
  if (foreign) {
    throw new UserError("folder-foreign", `Cannot use "${folder}": it belongs to another user`, {
      exitCode: ExitCode.FILE,
      hint: "Remove it, or have XDG_CACHE_HOME name a folder of your own",
    });
  }
  if (!wide) return;
  attempt(path, () => Deno.chmodSync(folder, 0o700));
  // Until now others may have put one there.
  removeQuietly(path);
}

/** Reads a meeting file; `undefined` for none, and for one that others could have written. */
export function readMeeting(path: string): Meeting | undefined {
  try {
    const folder = folderOf(path);
    const around = report(folder, Deno.lstatSync(folder));
    if (around.foreign || ((around.mode ?? 0) & 0o022) !== 0) return undefined;
    const file = readTextFile(path);
    if (file === undefined || file.foreign || file.wide) return undefined;
    const fields = fieldsOf(parsed(file.text));
    const [port, key, instance] = ["port", "key", "instance"].map((name) => fields.get(name));
    if (typeof key !== "string" || key === "" || typeof instance !== "string") return undefined;
    return typeof port === "number" ? { port, key, instance } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes a meeting file in the place of an older one, so that no reader sees half of it.
 *
 * @throws UserError exit code 8
 */
export function writeMeeting(path: string, meeting: Meeting): void {
  const temp = `${path}.${meeting.instance}.new`;
  attempt(path, () => {
    writeTemp(temp, new TextEncoder().encode(JSON.stringify(meeting)), {
      like: undefined,
      step: () => {},
    });
    try {
      Deno.renameSync(temp, path);
    } catch (error) {
      removeQuietly(temp);
      throw error;
    }
  });
}

/** Removes a meeting file, unless another server has written it since. */
export function removeMeeting(path: string, { instance }: Meeting): void {
  if (readMeeting(path)?.instance === instance) removeQuietly(path);
}

/** Connects to the server of a meeting; `undefined` when none answers in time, or one without the key. */
export async function connect({ port, key }: Meeting): Promise<Lines | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), PROOF_MS);
  const meet = async (): Promise<Lines | undefined> => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    const lines = new Lines(connection);
    late.promise.then(() => lines.close());
    if (await proveAsCaller(lines, key)) return lines;
    lines.close();
    return undefined;
  };
  try {
    return await Promise.race([meet().catch(() => undefined), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
