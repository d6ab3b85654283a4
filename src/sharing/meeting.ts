/**
 * The meeting file: where the server of some IdP settings listens, and the key by which it and its callers
 * prove to each other who they are. It lies in a folder of its own below the cache.
 *
 * @module
 */

import { ExitCode, ifPossible, UserError } from "../errors.ts";
import { attempt } from "../system/file_trouble.ts";
import { folderOf } from "../system/paths.ts";
import { removeQuietly, writeTemp } from "../system/replacement.ts";
import { privateFields, report } from "../system/text_file.ts";
import { base64, fieldsOf } from "../text.ts";
import { Lines } from "./messages.ts";
import { VERSION } from "../version.ts";
import { Deadline, unlessAborted } from "../wait.ts";

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
const PROOF_MS = 1000;

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
  const folder = folderOf(path);
  const around = ifPossible(() => report(folder, Deno.lstatSync(folder)));
  if (around === undefined || around.foreign || ((around.mode ?? 0) & 0o022) !== 0) {
    return undefined;
  }
  const fields = privateFields(path);
  const [port, key, instance] = ["port", "key", "instance"].map((name) => fields.get(name));
  if (typeof key !== "string" || key === "" || typeof instance !== "string") return undefined;
  return typeof port === "number" ? { port, key, instance } : undefined;
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
  using late = new Deadline(PROOF_MS);
  const meet = async (): Promise<Lines | undefined> => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    const lines = new Lines(connection);
    late.signal.addEventListener("abort", () => lines.close());
    if (!late.passed && await proveAsCaller(lines, key)) return lines;
    lines.close();
    return undefined;
  };
  return await unlessAborted(meet(), late.signal).catch(() => undefined);
}

/** The longest line before both are proven, in characters. */
const LONGEST = 1000;

/** A new key: text of 244 random bits. */
export function newKey(): string {
  return crypto.randomUUID() + crypto.randomUUID();
}

/** Proves this end as a caller; resolves to whether the other end is the server that has the key. */
export async function proveAsCaller(lines: Lines, key: string): Promise<boolean> {
  const mine = crypto.randomUUID();
  lines.write({ nonce: mine });
  const answer = fieldsOf(await lines.read(LONGEST));
  const theirs = answer.get("nonce");
  if (!await isSigned(key, ["server", mine, theirs], answer.get("proof"))) return false;
  await lines.write({ proof: await signed(key, ["caller", mine, theirs]) });
  return true;
}

/** Proves this end as the server; resolves to whether the other end is a caller that has the key. */
export async function proveAsServer(lines: Lines, key: string): Promise<boolean> {
  const theirs = fieldsOf(await lines.read(LONGEST)).get("nonce");
  if (typeof theirs !== "string") return false;
  const mine = crypto.randomUUID();
  lines.write({ nonce: mine, proof: await signed(key, ["server", theirs, mine]) });
  const proof = fieldsOf(await lines.read(LONGEST)).get("proof");
  return await isSigned(key, ["caller", theirs, mine], proof);
}

/** The end that signs, the caller's nonce and the server's. */
type Signed = readonly [end: "caller" | "server", callers: unknown, servers: unknown];

async function signed(key: string, what: Signed): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await imported(key), bytesOf(what));
  return base64(new Uint8Array(signature));
}

async function isSigned(key: string, what: Signed, proof: unknown): Promise<boolean> {
  // Not \w, which has an underscore: base64 of the web would throw below.
  if (typeof proof !== "string" || !/^[A-Za-z0-9+/]{43}=$/.test(proof)) return false;
  const signature = Uint8Array.from(atob(proof), (letter) => letter.charCodeAt(0));
  // In a time that does not depend on how much of it is right.
  return await crypto.subtle.verify("HMAC", await imported(key), signature, bytesOf(what));
}

function imported(key: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(key);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}

function bytesOf(what: Signed): BufferSource {
  return new TextEncoder().encode(JSON.stringify([VERSION, ...what]));
}
