/**
 * The signals that end this program, as one AbortSignal; until something else handles them.
 *
 * @module
 */

import { ExitCode, ifPossible, UserError } from "../errors.ts";

/** The signals that end this program. */
export interface Interrupts {
  /** Aborts at the first signal; its reason is the error to exit with. */
  readonly signal: AbortSignal;
  /** Stops listening. The next handler must be listening already, or the next signal ends the process. */
  readonly release: () => void;
  /**
   * Signals that this program was started with as ignored: `nohup` does so with SIGHUP, a shell script with
   * SIGINT and SIGQUIT for what it starts with `&`. They do nothing here either, but a child has to ignore
   * them anew: the runtime's own listeners reset that.
   */
  readonly ignored: ReadonlySet<Deno.Signal>;
}

/** Makes Ctrl-C, SIGTERM and SIGHUP abort a signal; the second one ends the process, whatever hangs. */
export function listenForInterrupts(): Interrupts {
  const controller = new AbortController();
  const { signal } = controller;
  // Read before the first listener, which would undo it.
  const ignored = ignoredSignals();
  const listeners = ENDING.map(([name, code, message, exitCode]) => {
    const reason = new UserError(code, message, { exitCode });
    const listener = () => {
      // Listened to anyway: newer Deno ends at a signal without a listener once any other has one.
      if (ignored.has(name)) return;
      if (signal.aborted) Deno.exit(reason.exitCode);
      controller.abort(reason);
    };
    Deno.addSignalListener(name, listener);
    return [name, listener] as const;
  });
  return {
    signal,
    ignored,
    release: () => {
      for (const each of listeners.splice(0)) Deno.removeSignalListener(...each);
    },
  };
}

/** The signals that are listened to, with the errors to exit with. */
const ENDING: readonly (readonly [Deno.Signal, code: string, message: string, ExitCode])[] = [
  ["SIGINT", "interrupted", "Interrupted", ExitCode.INTERRUPTED],
  ...Deno.build.os === "windows" ? [] : [
    ["SIGTERM", "terminated", "Terminated", ExitCode.TERMINATED],
    ["SIGHUP", "hung-up", "The terminal was closed", ExitCode.TERMINATED],
  ] as const,
];

/** The numbers of the signals that matter here; the same on every system. */
const NUMBERS: readonly (readonly [Deno.Signal, number])[] = [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGQUIT", 3],
  ["SIGTERM", 15],
];

/** The signals that are ignored now, as Linux reports them; elsewhere none are known. */
function ignoredSignals(): ReadonlySet<Deno.Signal> {
  const status = Deno.build.os === "linux"
    ? ifPossible(() => Deno.readTextFileSync("/proc/self/status"))
    : undefined;
  return ignoredIn(status ?? "");
}

/**
 * Reads the ignored signals from the text of `/proc/PID/status`.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function ignoredIn(status: string): ReadonlySet<Deno.Signal> {
  const mask = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return new Set(
    NUMBERS.filter(([, number]) => (mask >> BigInt(number - 1)) & 1n).map(([signal]) => signal),
  );
}
