/**
 * The signals that end this program, as one AbortSignal; until something else answers them.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";

/** What is known of the signals that end this program. */
export interface Interrupts {
  /** Aborts at the first; its reason is the error to end with. */
  readonly signal: AbortSignal;
  /** Begins listening now, where that was put off. Call it before the person is told to wait. */
  readonly begin: () => void;
  /** Stops listening. What answers them then must listen already, or the next one ends the process. */
  readonly release: () => void;
  /**
   * Signals that whoever started this program told it to ignore: `nohup` does so with SIGHUP, a shell
   * script with SIGINT and SIGQUIT of what it starts by `&`. They do nothing here either, but a child has
   * to be told again: the runtime's own listening undoes it.
   */
  readonly ignored: ReadonlySet<Deno.Signal>;
}

/**
 * Makes Ctrl-C, SIGTERM and SIGHUP abort a signal; the second one ends the process, whatever hangs.
 *
 * @param afterMs when to begin at the latest, milliseconds. Listening costs a start several of them; until
 * then a signal ends the process as it does any other, and it holds nothing yet that the kernel would not
 * free.
 */
export function listenForInterrupts(afterMs = 0): Interrupts {
  // Made when somebody asks for it: an answer from the cache asks nobody to wait.
  let made: AbortController | undefined;
  const controller = () => made ??= new AbortController();
  const releases: (() => void)[] = [];
  let known: ReadonlySet<Deno.Signal> | undefined;
  const ignored = () => known ??= ignoredSignals();
  const on = (signal: Deno.Signal, reason: UserError) => {
    const listener = () => {
      // Heard all the same: newer Deno ends at what nothing hears, as soon as anything else is heard.
      if (ignored().has(signal)) return;
      if (controller().signal.aborted) Deno.exit(reason.exitCode);
      controller().abort(reason);
    };
    Deno.addSignalListener(signal, listener);
    releases.push(() => Deno.removeSignalListener(signal, listener));
  };
  const ended = (code: string, message: string, exitCode: ExitCode) =>
    new UserError(code, message, { exitCode });
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    clearTimeout(timer);
    // Read before the first listener, which would undo it.
    ignored();
    on("SIGINT", ended("interrupted", "Interrupted", ExitCode.INTERRUPTED));
    if (Deno.build.os === "windows") return;
    on("SIGTERM", ended("terminated", "Terminated", ExitCode.TERMINATED));
    on("SIGHUP", ended("hung-up", "The terminal went away", ExitCode.TERMINATED));
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  if (afterMs > 0) timer = setTimeout(begin, afterMs);
  else begin();
  return {
    get signal() {
      return controller().signal;
    },
    begin,
    release: () => {
      begun = true;
      clearTimeout(timer);
      for (const release of releases.splice(0)) release();
    },
    get ignored() {
      return ignored();
    },
  };
}

/** The numbers of those that matter here; the same on every system. */
const NUMBERS: readonly (readonly [Deno.Signal, number])[] = [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGQUIT", 3],
  ["SIGTERM", 15],
];

/** What is ignored now, by Linux' own account; elsewhere it cannot be asked, and counts as nothing. */
function ignoredSignals(): ReadonlySet<Deno.Signal> {
  if (Deno.build.os !== "linux") return new Set();
  try {
    return ignoredIn(Deno.readTextFileSync("/proc/self/status"));
  } catch {
    return new Set();
  }
}

/**
 * The ignored signals in the text of `/proc/PID/status`.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function ignoredIn(status: string): ReadonlySet<Deno.Signal> {
  const mask = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return new Set(
    NUMBERS.filter(([, number]) => (mask >> BigInt(number - 1)) & 1n).map(([signal]) => signal),
  );
}
