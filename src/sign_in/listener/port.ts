/**
 * Taking the port of a sign-in: after another driver of ours, never from a stranger.
 *
 * @module
 */

import { ifPossible, messageOf, UserError } from "../../errors.ts";
import type { SignInEvent, Watch } from "../events.ts";
import { portBusy } from "../timeout.ts";
import {
  type FileLock,
  type LockRequest,
  readLockNote,
  requestLock,
} from "../../system/file_lock.ts";
import { type Listener, listenOnLoopback, type ListenOptions } from "../../system/listen.ts";
import { fieldsOf } from "../../text.ts";
import { pause, unlessAborted } from "../../wait.ts";

/** The options for taking the port. */
export interface ClaimOptions {
  readonly listen: ListenOptions;
  /** The purpose of this sign-in, in the words that another driver shows while it waits. */
  readonly purpose: string;
  /** The longest wait for another driver, milliseconds; `undefined` for forever. */
  readonly timeoutMs: number | undefined;
  readonly watch: Watch;
  readonly signal: AbortSignal;
}

/**
 * The longest time for a free lock, milliseconds; longer, and somebody has it. NFS without its lock daemon
 * takes 200 ms to say that it knows no locks, and is asked twice.
 */
const AT_ONCE_MS = 600;

/** How soon the port of a driver that was killed is free after its lock, milliseconds. */
const FREED_MS = 200;

/** As long as a timer can be, milliseconds: 24 days stand for forever. */
const FOR_EVER_MS = 2 ** 31 - 1;

/**
 * Takes the port on both loopback addresses.
 *
 * A lock file tells another driver of ours, which is waited for, from a stranger, who is not: the lock
 * is held as long as the port is, and freed by any death of its holder. Where no lock file can be kept,
 * the port alone decides.
 *
 * @param folder where lock files are kept, or `undefined` for no lock
 * @throws UserError exit code 3 when the port is a stranger's, or a driver of ours kept it too long
 */
export async function claimPort(
  folder: string | undefined,
  options: ClaimOptions,
): Promise<Listener> {
  const lock = await takeTurn(folder, options);
  try {
    const listener = await listenOnFreed(options);
    return {
      addresses: listener.addresses,
      lost: listener.lost,
      async close(graceMs) {
        await listener.close(graceMs);
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/**
 * Listens. One who was killed may have let go of the lock a moment before the port, so a port that is taken is
 * tried once more.
 */
async function listenOnFreed({ listen, signal }: ClaimOptions): Promise<Listener> {
  try {
    return await listenOnLoopback(listen);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "port-taken") throw error;
    await pause(FREED_MS, signal);
    return await listenOnLoopback(listen);
  }
}

/** What `--verbose` says where no lock file can be kept. */
export function noLockEvent(error: unknown): SignInEvent {
  const message = `No lock file is kept, so another sign-in is not waited for: ${messageOf(error)}`;
  return { kind: "detail", message };
}

async function takeTurn(
  folder: string | undefined,
  options: ClaimOptions,
): Promise<FileLock | undefined> {
  if (folder === undefined) return undefined;
  const path = `${folder}/port-${options.listen.port}.lock`;
  let lock: FileLock;
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const request = requestLock(path);
    lock = await request.within(AT_ONCE_MS) ?? await waitForTurn(request, path, options);
  } catch (error) {
    const ours = error instanceof UserError && error.code === "port-busy";
    if (ours || options.signal.aborted) throw error;
    options.watch(noLockEvent(error));
    return undefined;
  }
  // The note is a courtesy to those who wait.
  ifPossible(() => lock.writeNote({ pid: Deno.pid, purpose: options.purpose }));
  return lock;
}

async function waitForTurn(
  request: LockRequest,
  path: string,
  { listen, timeoutMs, watch, signal }: ClaimOptions,
): Promise<FileLock> {
  watch({ kind: "queued", port: listen.port, holder: holderOf(readLockNote(path)) });
  try {
    const lock = await unlessAborted(request.within(timeoutMs ?? FOR_EVER_MS), signal);
    if (lock !== undefined) return lock;
    throw portBusy(listen.port, holderOf(readLockNote(path)));
  } catch (error) {
    request.abandon();
    throw error;
  }
}

/** The holder's note in words; it is anybody's text until it was looked at. */
function holderOf(note: unknown): string | undefined {
  const [purpose, pid] = ["purpose", "pid"].map((name) => fieldsOf(note).get(name));
  const parts = [
    typeof purpose === "string" ? purpose : undefined,
    typeof pid === "number" ? `process ${pid}` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(", ") || undefined;
}
