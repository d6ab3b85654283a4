/**
 * One sign-in for many callers: a folder in which callers leave wishes and one process serves them.
 *
 * - `sign-in.lock` is held by the process that signs in, for its life. Every waiting caller queues for it,
 *   so whoever gets it knows that nobody signs in any more.
 * - `start.lock` is held by the caller that starts such a process, until it holds the other one: so
 *   exactly one is started.
 * - `wish-*.json` is what a caller waits for; `failure-*.json` what became of it instead of a session,
 *   `failure.json` what became of all.
 * - `events.jsonl` is what happens, for the caller that owns the terminal.
 *
 * Nothing in it is a secret; the sessions themselves go through the cache. The folder is 0700.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { type FileLock, type LockRequest, readLockNote, requestLock } from "../system/file_lock.ts";
import { readTextFile } from "../system/text_file.ts";
import { entryName, type SessionKey } from "./cache.ts";

/** What a caller waits for, as another process can take it up. */
export interface Wish {
  readonly id: string;
  /** In words, for others who wait. */
  readonly title: string;
  /** The flags of the sign-in by name, from wherever they came. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
}

/** How long a failure is shared with those who come after it, milliseconds. */
const SHARED_MS = 5000;

/** How long a free lock may take, milliseconds. */
const AT_ONCE_MS = 60;

/** How long who starts a process is believed to be at it, milliseconds: then its lock is asked. */
const STARTING_MS = 2000;

/** How old a wish may be that an earlier process did not serve, milliseconds: nobody waits for it any more. */
const STALE_MS = 10 * 60_000;

/** The meeting place of callers with the same IdP settings. */
export class Flight {
  readonly #folder: string;
  readonly #now: () => number;

  /**
   * @param folder its own folder; made when something is left in it
   * @param now milliseconds since 1970
   */
  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** The folder for IdP settings, below the program's cache folder. */
  static folderFor(cache: string, settings: SessionKey): string {
    return `${cache}/flights/${entryName(settings).replace(".json", "")}`;
  }

  /** Where it is, for the process that is started to serve it. */
  get folder(): string {
    return this.#folder;
  }

  /** Leaves a wish. */
  add(wish: Wish): void {
    Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#write(`wish-${wish.id}.json`, JSON.stringify(wish));
  }

  /** Takes a wish back, served or not. */
  withdraw(id: string): void {
    this.#remove(`wish-${id}.json`);
  }

  /** What is waited for now, the oldest first. */
  wishes(): readonly Wish[] {
    return this.#wishFiles().toSorted((a, b) => a.time - b.time).flatMap(({ name }) => {
      const wish = this.#read(name);
      return isWish(wish) && name === `wish-${wish.id}.json` ? [wish] : [];
    });
  }

  /** Says what became of one wish, or of all, instead of a session. */
  fail(error: UserError, id?: string): void {
    const { code, message, hint, exitCode } = error;
    const name = id === undefined ? "failure.json" : `failure-${id}.json`;
    this.#write(name, JSON.stringify({ code, message, hint, exitCode, time: this.#now() }));
  }

  /**
   * The failure that a wish shares: its own, or everybody's since shortly before it was made.
   *
   * @param since when the caller came, milliseconds since 1970
   */
  failureOf(id: string, since: number): UserError | undefined {
    const own = failureIn(this.#read(`failure-${id}.json`));
    if (own !== undefined) {
      this.#remove(`failure-${id}.json`);
      return own.error;
    }
    const shared = failureIn(this.#read("failure.json"));
    return shared !== undefined && shared.time >= since - SHARED_MS ? shared.error : undefined;
  }

  /** Queues for the lock of the process that signs in: it comes when there is none. */
  queue(): LockRequest {
    Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return requestLock(`${this.#folder}/sign-in.lock`);
  }

  /** Takes the right to start a process, or `undefined` when another caller is starting one. */
  async startTurn(): Promise<FileLock | undefined> {
    const path = `${this.#folder}/start.lock`;
    // With a hundred callers, each one's waiting for this lock would be in the way of the process started.
    const started = numberIn(readLockNote(path), "time");
    if (started !== undefined && Math.abs(this.#now() - started) < STARTING_MS) return undefined;
    const request = requestLock(path);
    const lock = await request.within(AT_ONCE_MS);
    if (lock === undefined) request.abandon();
    else lock.writeNote({ time: this.#now() });
    return lock;
  }

  /** Begins the sign-in of the process that holds the lock: what was left by an earlier one goes. */
  begin(lock: FileLock): void {
    const now = this.#now();
    for (const name of this.#names().filter((each) => each.startsWith("failure"))) {
      const failure = failureIn(this.#read(name));
      if (failure === undefined || failure.time < now - SHARED_MS) this.#remove(name);
    }
    for (const { name, time } of this.#wishFiles()) {
      if (time < now - STALE_MS) this.#remove(name);
    }
    this.#write("events.jsonl", "");
    lock.writeNote({ pid: Deno.pid });
  }

  /** The process that signs in, while there is one. */
  signingIn(): number | undefined {
    return numberIn(readLockNote(`${this.#folder}/sign-in.lock`), "pid");
  }

  /** Tells those who watch. */
  tell(event: unknown): void {
    Deno.writeTextFileSync(`${this.#folder}/events.jsonl`, JSON.stringify(event) + "\n", {
      append: true,
      mode: 0o600,
    });
  }

  /** What was told so far; a line that is still being written is left out. */
  told(): readonly unknown[] {
    try {
      const text = Deno.readTextFileSync(`${this.#folder}/events.jsonl`);
      return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter(Boolean).map(parsed);
    } catch {
      return [];
    }
  }

  #names(): readonly string[] {
    try {
      return [...Deno.readDirSync(this.#folder)].map(({ name }) => name);
    } catch {
      return [];
    }
  }

  #wishFiles(): readonly { readonly name: string; readonly time: number }[] {
    return this.#names().filter((name) => /^wish-.*\.json$/.test(name)).flatMap((name) => {
      try {
        const { mtime } = Deno.lstatSync(`${this.#folder}/${name}`);
        return [{ name, time: mtime?.getTime() ?? 0 }];
      } catch {
        // Withdrawn meanwhile.
        return [];
      }
    });
  }

  /** What others may have written is not read: a wish names the browser that is started. */
  #read(name: string): unknown {
    try {
      const file = readTextFile(`${this.#folder}/${name}`);
      return file === undefined || file.foreign || file.wide ? undefined : parsed(file.text);
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all, so that no reader sees half of it. Nothing here must survive a power cut. */
  #write(name: string, text: string): void {
    const path = `${this.#folder}/${name}`;
    const beside = `${path}.${crypto.randomUUID()}.new`;
    Deno.writeTextFileSync(beside, text, { mode: 0o600, createNew: true });
    Deno.renameSync(beside, path);
  }

  #remove(name: string): void {
    try {
      Deno.removeSync(`${this.#folder}/${name}`);
    } catch {
      // Gone already.
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numberIn(value: unknown, name: string): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const number = new Map<string, unknown>(Object.entries(value)).get(name);
  return typeof number === "number" ? number : undefined;
}

function isWish(value: unknown): value is Wish {
  return typeof value === "object" && value !== null &&
    "id" in value && typeof value.id === "string" &&
    "title" in value && typeof value.title === "string" &&
    "flags" in value && typeof value.flags === "object" && value.flags !== null &&
    Object.values(value.flags).every((texts: unknown) =>
      Array.isArray(texts) && texts.every((text) => typeof text === "string")
    );
}

function failureIn(
  value: unknown,
): { readonly error: UserError; readonly time: number } | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [code, message, hint] = ["code", "message", "hint"].map((name) => fields.get(name));
  const time = fields.get("time");
  const exitCode = Object.values(ExitCode).find((each) => each === fields.get("exitCode"));
  if (typeof code !== "string" || typeof message !== "string" || typeof time !== "number") {
    return undefined;
  }
  const error = new UserError(code, message, {
    exitCode: exitCode ?? ExitCode.FAULT,
    hint: typeof hint === "string" ? hint : undefined,
  });
  return { error, time };
}
