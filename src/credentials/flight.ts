/**
 * One sign-in for many callers: a folder in which callers leave wishes and one process serves them.
 *
 * - `sign-in.lock` is held by the process that signs in, for its life. Every waiting caller queues for it,
 *   so whoever gets it knows that nobody signs in any more. `signing-in.json` says which process that is:
 *   a file of its own, because Windows lets nobody read a locked one. One that is still there when the
 *   lock is free was left by a process that died, and goes into `dead.json`.
 * - `start.lock` is held by the caller that starts such a process, until it holds the other one: so
 *   exactly one is started.
 * - `wish-*.json` is what a caller waits for. It is touched as long as its caller lives: nobody can take
 *   back the wish of one that was killed, and the sign-in is not for it alone.
 * - `failure-*.json` is what became of some settings instead of a session, `failure.json` what became of
 *   all.
 * - `left` says that a caller was interrupted and that it did not know yet who of the others lives.
 * - `events.jsonl` is what happens, for the caller that owns the terminal.
 *
 * Nothing in it is a secret; the sessions themselves go through the cache. The folder is 0700.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import { type FileLock, type LockRequest, readLockNote, requestLock } from "../system/file_lock.ts";
import { entryName, type SessionKey } from "./cache.ts";
import { SharedFolder } from "./shared_folder.ts";
import {
  failureIn,
  failureText,
  numberIn,
  parsed,
  sinceOf,
  type ToldFailure,
  type Wish,
  wishFile,
  wishIn,
} from "./wish.ts";

/** How long a failure is shared with those who come after it, milliseconds. */
const SHARED_MS = 5000;

/** How long a free lock may take, milliseconds. */
const AT_ONCE_MS = 60;

/** How long who starts a process is believed to be at it, milliseconds: then its lock is asked. */
const STARTING_MS = 2000;

/** How long a caller may go without touching its wish and count as alive, milliseconds. */
export const ALIVE_MS = 5000;

/** How long a wish stays that nobody touches, before a sign-in that begins, milliseconds. */
const FORGOTTEN_MS = 60_000;

/** How long a sign-in goes on for callers who were killed and would have waited for ever, milliseconds. */
const FOR_EVER_MS = 3_600_000;

/** How many dead processes are remembered: callers only ask for those that they saw. */
const MOST_DEAD = 20;

/** The meeting place of callers with the same IdP settings. */
export class Flight {
  readonly #folder: SharedFolder;
  readonly #now: () => number;
  /** When this process began to sign in. */
  #begun: number | undefined;

  /**
   * @param folder its own folder; made when something is left in it
   * @param now milliseconds since 1970
   */
  constructor(folder: string, now: () => number) {
    this.#folder = new SharedFolder(folder);
    this.#now = now;
  }

  /** The folder for IdP settings, below the program's cache folder. */
  static folderFor(cache: string, settings: SessionKey): string {
    return `${cache}/flights/${entryName(settings).replace(".json", "")}`;
  }

  /** Where it is, for the process that is started to serve it. */
  get folder(): string {
    return this.#folder.path;
  }

  /**
   * Leaves a wish.
   *
   * @throws UserError exit code 8 when it cannot be left
   */
  add(wish: Wish): void {
    this.#folder.write(wishFile(wish), JSON.stringify(wish));
    this.touch(wish);
    this.#folder.remove("left");
  }

  /**
   * Takes a wish back because its caller was interrupted, and with it the sign-in when nobody else waits.
   *
   * @returns whether nobody does. Where one was just killed that is not known yet: see {@linkcode isLeft}
   */
  leave(wish: Wish): boolean {
    this.withdraw(wish);
    if (this.oldest() === undefined) return true;
    try {
      this.#folder.write("left", "");
    } catch {
      // Then the sign-in goes on until its time is up.
    }
    return false;
  }

  /** Whether the last caller who lived was interrupted, and nobody came since. */
  isLeft(): boolean {
    return this.#folder.touched("left") !== undefined && this.oldest() === undefined;
  }

  /**
   * Whether all who wait have been dead for an hour, and nothing would ever end the sign-in. Its port was
   * taken for good.
   *
   * @param waitsForEver whether a wish has no time-out of its own
   */
  isForgotten(waitsForEver: (wish: Wish) => boolean): boolean {
    const someWait = this.#wishNames().length > 0;
    if (!someWait || this.heardSince(this.#now() - FOR_EVER_MS)) return false;
    return this.wishes().every(waitsForEver);
  }

  /** Whether nobody took a wish back, or served it. It is left again when somebody removed the folder. */
  isWaiting(wish: Wish): boolean {
    if (this.#folder.touched(wishFile(wish)) !== undefined) return true;
    if (this.#folder.names() !== undefined) return false;
    this.add(wish);
    return true;
  }

  /** Says that the caller of a wish lives. */
  touch(wish: Wish): void {
    this.#folder.touch(wishFile(wish), this.#now());
  }

  /** Takes a wish back, served or not. */
  withdraw(wish: Wish): void {
    this.#folder.remove(wishFile(wish));
  }

  /** What is waited for, the oldest first; also by callers who were killed since this sign-in began. */
  wishes(): readonly Wish[] {
    const from = (this.#begun ?? this.#now()) - FORGOTTEN_MS;
    return this.#wishNames().flatMap((name) => {
      const touched = this.#folder.touched(name);
      const wish = touched !== undefined && touched >= from ? this.#wish(name) : undefined;
      return wish === undefined ? [] : [wish];
    });
  }

  /** Whether the caller of a wish lives, as far as can be told. */
  isAlive(wish: Wish): boolean {
    return this.#isFresh(wishFile(wish));
  }

  /** Whether the caller of any wish has said since then, milliseconds since 1970, that it lives. */
  heardSince(time: number): boolean {
    return this.#wishNames().some((name) => (this.#folder.touched(name) ?? 0) >= time);
  }

  /** The oldest wish whose caller lives. */
  oldest(): Wish | undefined {
    // Not all are read: with a hundred callers, each one asks this all the time.
    for (const name of this.#wishNames()) {
      const wish = this.#isFresh(name) ? this.#wish(name) : undefined;
      if (wish !== undefined) return wish;
    }
    return undefined;
  }

  /** Says what became of the wishes with some settings, or of all, instead of a session. */
  fail(error: UserError, settings?: string): void {
    this.#folder.write(failureFile(settings), failureText(error, this.#now()));
  }

  /** The failure that a wish shares: of its settings or everybody's, since shortly before its caller came. */
  failureOf({ settings, since }: Wish): UserError | undefined {
    return [settings, undefined]
      .map((each) => this.#failure(failureFile(each)))
      .find((failure) => failure !== undefined && failure.time >= since - SHARED_MS)?.error;
  }

  /**
   * Queues for the lock of the process that signs in: it comes when there is none. Which one was left by
   * a process that died, its next holder finds out.
   */
  queue(): LockRequest {
    this.#folder.make();
    const request = requestLock(`${this.#folder.path}/sign-in.lock`);
    return {
      abandon: () => request.abandon(),
      within: async (ms) => {
        const lock = await request.within(ms);
        if (lock !== undefined) this.#bury();
        return lock;
      },
    };
  }

  /** Takes the right to start a process, or `undefined` when another caller is starting one. */
  async startTurn(): Promise<FileLock | undefined> {
    const path = `${this.#folder.path}/start.lock`;
    // With a hundred callers, each one's waiting for this lock would be in the way of the process started.
    const started = numberIn(readLockNote(path), "time");
    if (started !== undefined && Math.abs(this.#now() - started) < STARTING_MS) return undefined;
    const request = requestLock(path);
    const lock = await request.within(AT_ONCE_MS);
    if (lock === undefined) request.abandon();
    else lock.writeNote({ time: this.#now() });
    return lock;
  }

  /** Begins the sign-in of this process, which holds the lock: what was told of an earlier one goes. */
  begin(): void {
    const now = this.#now();
    for (const name of this.#folder.names() ?? []) {
      if (!name.startsWith("failure")) continue;
      const failure = this.#failure(name);
      if (failure === undefined || failure.time < now - SHARED_MS) this.#folder.remove(name);
    }
    this.#folder.remove("left");
    this.#begun = now;
    this.#folder.write("events.jsonl", "");
    this.#folder.write("signing-in.json", JSON.stringify({ pid: Deno.pid }));
  }

  /**
   * Ends it in order, while this process still holds the lock. Wishes that nobody touches go only now:
   * whoever lives has touched its own by then, even where the whole machine slept.
   */
  end(): void {
    for (const name of this.#wishNames()) {
      if ((this.#folder.touched(name) ?? 0) < this.#now() - FORGOTTEN_MS) this.#folder.remove(name);
    }
    this.#folder.remove("dead.json");
    this.#folder.remove("signing-in.json");
  }

  /** The process that signs in; of one that died until the lock has its next holder. */
  signingIn(): number | undefined {
    return numberIn(this.#json("signing-in.json"), "pid");
  }

  /** How many of these processes died, one after the other, instead of ending in order. */
  died(pids: ReadonlySet<number>): number {
    return this.#dead().filter((pid) => pids.has(pid)).length;
  }

  /** Tells those who watch. Best effort: what nobody can be told must not end the sign-in. */
  tell(event: unknown): void {
    this.#folder.append("events.jsonl", JSON.stringify(event) + "\n");
  }

  /** What was told so far; a line that is still being written is left out. */
  told(): readonly unknown[] {
    return this.#folder.lines("events.jsonl").map(parsed);
  }

  #bury(): void {
    const pid = this.signingIn();
    if (pid === undefined) return;
    try {
      this.#folder.write("dead.json", JSON.stringify([...this.#dead(), pid].slice(-MOST_DEAD)));
    } catch {
      // It only keeps callers from trying for ever.
    }
    this.#folder.remove("signing-in.json");
  }

  #dead(): readonly number[] {
    const pids = this.#json("dead.json");
    return Array.isArray(pids) ? pids.filter((pid) => typeof pid === "number") : [];
  }

  /** The oldest first. */
  #wishNames(): readonly string[] {
    return (this.#folder.names() ?? []).flatMap((name) => {
      const since = sinceOf(name);
      return since === undefined ? [] : [{ name, since }];
    }).toSorted((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
  }

  #wish(name: string): Wish | undefined {
    const text = this.#folder.read(name);
    return text === undefined ? undefined : wishIn(text, name);
  }

  #isFresh(name: string): boolean {
    const touched = this.#folder.touched(name);
    // Neither from long ago nor from the future: a clock may have been set back.
    return touched !== undefined && Math.abs(this.#now() - touched) < ALIVE_MS;
  }

  #failure(name: string): ToldFailure | undefined {
    const text = this.#folder.read(name);
    return text === undefined ? undefined : failureIn(text);
  }

  #json(name: string): unknown {
    const text = this.#folder.read(name);
    return text === undefined ? undefined : parsed(text);
  }
}

function failureFile(settings: string | undefined): string {
  return settings === undefined ? "failure.json" : `failure-${settings}`;
}
