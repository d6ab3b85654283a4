/**
 * Sessions on disk, so that a sign-in lasts as long as its session: one file each, 0600, in plain text.
 *
 * An entry repeats everything that shaped its session and is compared with what is asked; whatever is
 * not exactly an entry of ours is a miss, never an error.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { readTextFile } from "../system/text_file.ts";
import type { Credentials } from "./credentials.ts";
import { digest } from "./digest.ts";

/**
 * Everything that shapes a session, by name. Two requests that differ in any of it never share one.
 * Flat and printable: it is written into the entry.
 */
export type SessionKey = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A session as it is kept. */
export interface Session {
  readonly credentials: Credentials;
  readonly roleArn: string;
  /** Who signed in, where it was told. */
  readonly person: string | undefined;
  /** When STS gave it, milliseconds since 1970; its life is counted from there. */
  readonly issued: number;
}

/** A session with where it lies and what it was asked for. */
export interface KeptSession {
  readonly id: string;
  /** The key it is kept under, as JSON. */
  readonly key: string;
  readonly session: Session;
}

/** What a look into the cache brought. */
export type CacheLook =
  | { readonly session: Session }
  /** Why there is none, for `--verbose`. */
  | { readonly miss: string };

/** The last instant that a `Date` knows, milliseconds since 1970. */
const MAX_TIME = 8.64e15;

/** The format of an entry; another number is a miss. */
const FORMAT = 1;

/** The cache in one folder. */
export class SessionCache {
  readonly #folder: string;
  readonly #now: () => number;

  /**
   * @param folder the program's cache folder, made 0700 when something is stored
   * @param now milliseconds since 1970
   */
  constructor(folder: string, now: () => number) {
    this.#folder = `${folder}/sessions`;
    this.#now = now;
  }

  /** Looks for a session that is not near its end. Never throws. */
  look(key: SessionKey): CacheLook {
    try {
      const path = this.#path(key);
      const file = readTextFile(path);
      if (file === undefined) return { miss: "there is no entry" };
      if (file.foreign) return { miss: `${path} belongs to another user` };
      if (file.wide) return { miss: `${path} can be read or written by others than you` };
      const session = parseEntry(file.text, canonical(key));
      if (session === undefined) return { miss: `${path} is not an entry for this` };
      const { credentials, issued } = session;
      if (!isFresh(credentials.expiration, issued, this.#now())) {
        return { miss: "the session is near its end" };
      }
      return { session };
    } catch (error) {
      return { miss: messageOf(error) };
    }
  }

  /**
   * Keeps a session in the place of an older one of the same key.
   *
   * @throws UserError exit code 8 when it cannot be written for this user alone
   */
  async store(key: SessionKey, session: Session): Promise<void> {
    const path = this.#path(key);
    // Loaded late: an answer from the cache writes nothing.
    const { writePrivate } = await import("./private_file.ts");
    await writePrivate(path, entryText(key, session));
  }

  /** Every session that has not ended; what is no entry of ours is passed over. */
  list(): readonly KeptSession[] {
    return this.#entries().flatMap((id) => {
      const kept = this.#readAny(id);
      return kept !== undefined && kept.session.credentials.expiration > this.#now() ? [kept] : [];
    });
  }

  /**
   * Forgets sessions, and along with them whatever is of no use to anybody.
   *
   * @returns how many of those that were meant are gone, those that had ended included
   * @throws UserError exit code 8 when one cannot be removed
   */
  forget(which: (kept: KeptSession) => boolean): number {
    let gone = 0;
    for (const id of this.#entries()) {
      const kept = this.#readAny(id);
      const meant = kept !== undefined && which(kept);
      // What cannot be read or has ended is of no use to anybody.
      const over = kept === undefined || kept.session.credentials.expiration <= this.#now();
      if (!over && !meant) continue;
      const path = `${this.#folder}/${id}`;
      try {
        Deno.removeSync(path);
        if (meant) gone++;
      } catch (error) {
        throw new UserError("cache-undeletable", `Cannot remove ${path}: ${messageOf(error)}`, {
          exitCode: ExitCode.FILE,
          hint: "It holds a session in plain text: remove it by hand.",
        });
      }
    }
    return gone;
  }

  #entries(): readonly string[] {
    try {
      return [...Deno.readDirSync(this.#folder)].map(({ name }) => name)
        .filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).toSorted();
    } catch {
      return [];
    }
  }

  #readAny(id: string): KeptSession | undefined {
    try {
      const file = readTextFile(`${this.#folder}/${id}`);
      if (file === undefined || file.foreign || file.wide) return undefined;
      const entry: unknown = JSON.parse(file.text);
      if (typeof entry !== "object" || entry === null || !("key" in entry)) return undefined;
      if (typeof entry.key !== "string") return undefined;
      const session = parseEntry(file.text, entry.key);
      return session && { id, key: entry.key, session };
    } catch {
      return undefined;
    }
  }

  #path(key: SessionKey): string {
    return `${this.#folder}/${entryName(key)}`;
  }
}

/** The file name of what is kept for a key. */
export function entryName(key: SessionKey): string {
  return `${digest(canonical(key))}.json`;
}

/**
 * Whether a session may still be served: python SDKs come straight back for one with less than 15
 * minutes left, so such a one is served only when its whole life is short.
 *
 * @param expiration, issued, now milliseconds since 1970
 */
export function isFresh(expiration: number, issued: number, now: number): boolean {
  const reserve = Math.min(15 * 60_000, (expiration - issued) / 4);
  return expiration - now > reserve && issued <= now + 60_000;
}

/** One text for equal keys: names in order, absent ones left out. */
export function canonical(key: SessionKey): string {
  return JSON.stringify(
    Object.entries(key).filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function entryText(key: SessionKey, { credentials, roleArn, person, issued }: Session): string {
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

/** An entry's session when it is whole and of this key. */
function parseEntry(text: string, key: string): Session | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof entry !== "object" || entry === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(entry));
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
