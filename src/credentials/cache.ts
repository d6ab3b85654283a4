/**
 * Sessions on disk, so that a sign-in lasts as long as its session: one file each, mode 0600, in plain text.
 *
 * An entry contains everything that shaped its session, and is compared with the request; anything that is
 * not exactly an entry of ours is a miss, never an error.
 *
 * @module
 */

import { ExitCode, ifPossible, messageOf, systemReason, UserError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { inFolder } from "../system/paths.ts";
import { privateFields, readTextFile } from "../system/text_file.ts";
import { fieldsOf } from "../text.ts";
import type { Credentials } from "./credentials.ts";

/**
 * Everything that shapes a session, by name. Two requests that differ in any of it never share a session.
 * Flat and printable: it is written into the entry.
 */
export type SessionKey = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A session, with the person and the time of issue. */
export interface Session {
  readonly credentials: Credentials;
  readonly roleArn: string;
  /** The person's RoleSessionName, if known. */
  readonly person: string | undefined;
  /** When STS issued it, milliseconds since 1970; its lifetime counts from there. */
  readonly issued: number;
}

/** A cached session, with its file and its key. */
export interface CachedSession {
  readonly id: string;
  /** Its key in the cache, as JSON. */
  readonly key: string;
  readonly session: Session;
}

/** The result of looking into the cache. */
export type CacheLook =
  | { readonly session: Session }
  /** The reason for a miss, for `--verbose`. */
  | { readonly miss: string };

/** The last instant that a `Date` can hold, milliseconds since 1970. */
const MAX_TIME = 8.64e15;

/** The format of an entry; another number is a miss. */
const FORMAT = 1;

/** The cache in one folder. */
export class SessionCache {
  readonly #folder: string;
  readonly #now: () => number;

  /**
   * @param folder the program's cache folder, created with mode 0700 when something is stored
   * @param now milliseconds since 1970
   */
  constructor(folder: string, now: () => number) {
    this.#folder = inFolder(folder, "sessions");
    this.#now = now;
  }

  /** Looks for a session that does not expire soon. Never throws. */
  look(key: SessionKey): CacheLook {
    try {
      const path = this.#path(key);
      const file = readTextFile(path);
      if (file === undefined) return { miss: "there is no entry" };
      if (file.foreign) return { miss: `${path} belongs to another user` };
      if (file.wide) return { miss: `other users can read or write ${path}` };
      const session = parseSession(file.text, canonical(key));
      if (session === undefined) return { miss: `${path} is not an entry for this request` };
      const { credentials, issued } = session;
      if (!isFresh(credentials.expiration, issued, this.#now())) {
        return { miss: "the session expires soon" };
      }
      return { session };
    } catch (error) {
      return { miss: messageOf(error) };
    }
  }

  /**
   * Stores a session, replacing an older one with the same key.
   *
   * @throws UserError exit code 8 when it cannot be written, or others could read it
   */
  async store(key: SessionKey, session: Session): Promise<void> {
    const path = this.#path(key);
    // Loaded late: an answer from the cache writes nothing.
    const { writePrivate } = await import("./private_file.ts");
    await writePrivate(path, sessionText(key, session));
  }

  /**
   * Lists every session that has not expired, ignoring files that are not entries of ours.
   *
   * @throws UserError exit code 8 when the folder cannot be read
   */
  list(): readonly CachedSession[] {
    return this.#entries().flatMap((id) => {
      const cached = this.#readAny(id);
      return cached !== undefined && cached.session.credentials.expiration > this.#now()
        ? [cached]
        : [];
    });
  }

  /**
   * Removes sessions, and with them all entries that are expired or unreadable, or that a process which was
   * killed had not finished.
   *
   * @returns how many of the selected sessions were removed, expired ones included
   * @throws UserError exit code 8 when the folder cannot be read, or one cannot be removed
   */
  forget(which: (cached: CachedSession) => boolean): number {
    let gone = 0;
    for (const id of this.#entries()) {
      const cached = this.#readAny(id);
      const meant = cached !== undefined && which(cached);
      // An entry that cannot be read or has expired is useless.
      const over = cached === undefined || cached.session.credentials.expiration <= this.#now();
      if (!over && !meant) continue;
      this.#remove(id);
      if (meant) gone++;
    }
    // Such a file is found by the next one who writes the same entry, and perhaps nobody does.
    for (const name of this.#names(/^\.[0-9a-f]{32}\.json\.stssamldriver-new/)) this.#remove(name);
    return gone;
  }

  /**
   * The paths of the entries that are not used because others could have read or written them.
   *
   * @throws UserError exit code 8 when the folder cannot be read
   */
  exposed(): readonly string[] {
    return this.#entries().map((id) => inFolder(this.#folder, id)).filter((path) => {
      // What cannot be read is no entry of ours.
      const file = ifPossible(() => readTextFile(path));
      return file !== undefined && (file.foreign || file.wide);
    });
  }

  #remove(name: string): void {
    const path = inFolder(this.#folder, name);
    try {
      Deno.removeSync(path);
    } catch (error) {
      // Two may forget at once.
      if (error instanceof Deno.errors.NotFound) return;
      throw new UserError("cache-undeletable", `Cannot remove ${path}: ${systemReason(error)}`, {
        exitCode: ExitCode.FILE,
        hint: "Delete it yourself: it contains a session in plain text.",
      });
    }
  }

  #entries(): readonly string[] {
    return this.#names(/^[0-9a-f]{32}\.json$/);
  }

  #names(pattern: RegExp): readonly string[] {
    try {
      return [...Deno.readDirSync(this.#folder)].map(({ name }) => name)
        .filter((name) => pattern.test(name)).toSorted();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw new UserError(
        "cache-unreadable",
        `Cannot look into ${this.#folder}: ${systemReason(error)}`,
        {
          exitCode: ExitCode.FILE,
          hint:
            "Check its owner and mode with ls -ld: after a run with sudo it may belong to root.",
        },
      );
    }
  }

  #readAny(id: string): CachedSession | undefined {
    const fields = privateFields(inFolder(this.#folder, id));
    const key = fields.get("key");
    if (typeof key !== "string") return undefined;
    const session = sessionOf(fields, key);
    return session && { id, key, session };
  }

  #path(key: SessionKey): string {
    return inFolder(this.#folder, entryName(key));
  }
}

/** The name of the file for a key. */
export function entryName(key: SessionKey): string {
  return `${digest(canonical(key))}.json`;
}

/**
 * Tells if a session can still be served. Python SDKs come straight back for a session with less than 15
 * minutes left, so such a session is only served when its whole lifetime is short.
 *
 * @param expiration, issued, now milliseconds since 1970
 */
export function isFresh(expiration: number, issued: number, now: number): boolean {
  const reserve = Math.min(15 * 60_000, (expiration - issued) / 4);
  return expiration - now > reserve && issued <= now + 60_000;
}

/** Makes the same text for equal keys: names in order, absent ones left out. */
export function canonical(key: SessionKey): string {
  return JSON.stringify(
    Object.entries(key).filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The text of an entry: a session and its key, its secrets in the clear. */
export function sessionText(
  key: SessionKey,
  { credentials, roleArn, person, issued }: Session,
): string {
  return JSON.stringify(
    {
      format: FORMAT,
      key: canonical(key),
      roleArn,
      person,
      issued,
      expiration: credentials.expiration,
      accountId: credentials.accountId,
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey.reveal(),
      sessionToken: credentials.sessionToken.reveal(),
    },
    undefined,
    1,
  ) + "\n";
}

/** Reads an entry's session; `undefined` unless it is complete and has this key, as {@linkcode canonical} makes it. */
export function parseSession(text: string, key: string): Session | undefined {
  return sessionOf(fieldsOf(ifPossible(() => JSON.parse(text))), key);
}

function sessionOf(fields: ReadonlyMap<string, unknown>, key: string): Session | undefined {
  const string = (name: string) => {
    const value = fields.get(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const number = (name: string) => {
    const value = fields.get(name);
    return typeof value === "number" && Math.abs(value) <= MAX_TIME ? value : undefined;
  };
  const accessKeyId = string("accessKeyId");
  const secretAccessKey = string("secretAccessKey");
  const sessionToken = string("sessionToken");
  const expiration = number("expiration");
  const issued = number("issued");
  const accountId = string("accountId");
  const roleArn = string("roleArn");
  if (
    fields.get("format") !== FORMAT || string("key") !== key ||
    accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined ||
    expiration === undefined || issued === undefined || accountId === undefined ||
    roleArn === undefined
  ) return undefined;
  return {
    credentials: {
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey, "secret access key"),
      sessionToken: new Secret(sessionToken, "session token"),
      expiration,
      accountId,
    },
    roleArn,
    person: string("person"),
    issued,
  };
}

/**
 * Hashes a text to 128 bits, as 32 hexadecimal digits: the name of the file that belongs to it.
 *
 * Not cryptographic: the texts are one person's settings, and a collision does no harm, since an entry
 * contains its text and is compared with it. Computed here, because the runtime's SHA-256 is asynchronous
 * and makes an answer from the cache a tenth slower.
 */
export function digest(text: string): string {
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  for (let index = 0; index < text.length; index++) {
    // Each lane depends on the one before it, so no two of them are ever the same.
    a = Math.imul(a ^ text.charCodeAt(index), 0x01000193);
    b = Math.imul(b ^ a ^ (a >>> 15), 0x85ebca6b);
    c = Math.imul(c ^ b ^ (b >>> 13), 0xc2b2ae35);
    d = Math.imul(d ^ c ^ (c >>> 16), 0x27d4eb2f);
  }
  return hex(a ^ d) + hex(b) + hex(c) + hex(d);
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
