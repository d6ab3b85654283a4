/**
 * What this process was started with: the signals that end it, as one AbortSignal, until something else handles them;
 * variables by which the environment would lead Deno's own runtime elsewhere than this program says; and the standard
 * streams. The variables are settled once, before the first listener and the first request; programs that are started
 * get the environment as it was.
 *
 * @module
 */

import { ExitCode, ifPossible, systemReason, UserError } from "../errors.ts";
import { expandHome } from "./paths.ts";
import { takesEscapes } from "./windows.ts";

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

/** What goes to this machine goes through no proxy: the endpoint of a stand-in needs no TLS. */
const LOOPBACK = "localhost,127.0.0.0/8,::1";

/** The variables that name a proxy for https. */
export const HTTPS_PROXIES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] as const;

const PROXIES = ["HTTP_PROXY", "http_proxy", ...HTTPS_PROXIES];

/** Would have the listener listen elsewhere, or believe who forwards to it. */
const OF_SERVERS = ["DENO_SERVE_ADDRESS", "DENO_TRUST_PROXY_HEADERS"];

/** Would name the CAs to trust. */
const OF_CAS = ["SSL_CERT_FILE", "DENO_CERT"];

/** The values before they were changed here. */
const originals = new Map<string, string | undefined>();

/** Settles them; to be called before anything listens or fetches. */
export function settleEnvironment(): void {
  for (const name of OF_SERVERS) change(name, undefined);
  for (const name of OF_CAS) {
    const value = Deno.env.get(name);
    // To the runtime nothing is the name of a file that is not there, and so is one that begins with `~/`.
    if (value !== undefined) {
      change(
        name,
        value && expandHome(value, (each) => Deno.env.get(each)) || undefined,
      );
    }
  }
  if (!PROXIES.some((name) => Deno.env.get(name))) return;
  // Both: whichever of the two the runtime reads, the other one is passed over.
  const others = Deno.env.get("NO_PROXY") || Deno.env.get("no_proxy");
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const own = asRead(Deno.env.get(name) || others || "");
    change(name, own ? `${own},${LOOPBACK}` : LOOPBACK);
  }
}

/**
 * The hosts of NO_PROXY as the runtime knows them: in small letters, with commas between, and without the
 * wildcard or the port of https that others take.
 */
function asRead(hosts: string): string {
  return hosts.toLowerCase().split(/[,\s]+/).filter(Boolean)
    .map((host) => host.replace(/^\*(?=\.)/, "").replace(/^([^:]+):443$/, "$1")).join(",");
}

/** The environment as whoever started this program gave it. */
export function originalEnvironment(): Record<string, string> {
  const environment = Deno.env.toObject();
  for (const [name, value] of originals) {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}

/** Gives this process's own environment back its values, for a child that inherits it. */
export function restoreEnvironment(): void {
  for (const [name, value] of originals) {
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  }
  originals.clear();
}

function change(name: string, value: string | undefined): void {
  const before = Deno.env.get(name);
  if (before === value) return;
  originals.set(name, originals.has(name) ? originals.get(name) : before);
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}

/** A stream of text that is written at once. */
export interface TextStream {
  write(text: string): void;
  /** `true` when a person sees it. */
  readonly isTerminal: boolean;
}

/** This process's stdout. */
export const STDOUT = {
  get isTerminal(): boolean {
    return Deno.stdout.isTerminal();
  },
  /** `true` when another program reads it; Node's children have sockets for pipes. */
  get isPipe(): boolean {
    return isPipe ??= looksLikePipe();
  },
  write: writeOut,
};

/** This process's stderr. */
export const STDERR: TextStream = {
  get isTerminal(): boolean {
    return Deno.stderr.isTerminal() && drawable();
  },
  write: (text) => writeTo(Deno.stderr, text),
};

/** What any empty pipe accepts at once, bytes. */
const AT_ONCE_BYTES = 4096;

/**
 * Writes to stdout.
 *
 * @throws UserError exit code 8 when nobody reads it
 */
async function writeOut(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    // While waiting for a reader, Ctrl-C must work; without a wait, starting the event loop is a waste.
    const atOnce = bytes.length <= AT_ONCE_BYTES;
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done);
      done += atOnce ? Deno.stdout.writeSync(rest) : await Deno.stdout.write(rest);
    }
  } catch (error) {
    // The reader has ended, or the disk is full: not a bug in this program.
    throw new UserError("stdout-unwritable", `Cannot write to stdout: ${systemReason(error)}`, {
      exitCode: ExitCode.FILE,
      hint: "The program that reads it has ended, or the disk is full. Run the command again.",
      cause: error,
    });
  }
}

/** Whether a terminal is one that can be drawn on: Windows' classic console has to be asked. */
function drawable(): boolean {
  return isDrawable ??= Deno.build.os !== "windows" || takesEscapes();
}

/** Writes all of it, which one call may not. */
export function writeAll(file: Pick<Deno.FsFile, "writeSync">, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

/** Writes if possible: without a reader the text is lost and the work continues. */
function writeTo(file: Pick<Deno.FsFile, "writeSync">, text: string): void {
  // A closed terminal must not end the sign-in.
  ifPossible(() => writeAll(file, new TextEncoder().encode(text)));
}

let isPipe: boolean | undefined;
let isDrawable: boolean | undefined;
let terminal: TextStream | undefined;

/** Looks at what can only be looked at by a program that has given no permission up. */
export function lookAtStreams(): void {
  void STDOUT.isPipe;
  void STDERR.isTerminal;
  openTerminal();
}

function looksLikePipe(): boolean {
  if (Deno.build.os === "windows") return !Deno.stdout.isTerminal();
  // Else it is closed.
  const info = ifPossible(() => Deno.statSync("/dev/stdout"));
  return info?.isFifo === true || info?.isSocket === true;
}

/** Opens the terminal itself, once, past all redirections; `undefined` when there is none. */
export function openTerminal(): TextStream | undefined {
  return terminal ??= ifPossible(() => {
    const path = Deno.build.os === "windows" ? "CONOUT$" : "/dev/tty";
    const file = Deno.openSync(path, { write: true });
    return { isTerminal: file.isTerminal() && drawable(), write: (text) => writeTo(file, text) };
  });
}
