/**
 * Running a program in our place: with our terminal, our streams and our environment, slightly changed.
 *
 * @module
 */

import { ExitCode, ifPossible, messageOf, systemReason, UserError } from "../errors.ts";
import { type Interrupts, restoreEnvironment, settleEnvironment } from "./process.ts";
import { readKernelFile } from "./machine.ts";

/** The command to run: a path, or a name to look up in PATH. */
export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The differences between its environment and ours. */
export interface ChildEnvironment {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly unset: readonly string[];
}

const WINDOWS = Deno.build.os === "windows";

/**
 * Signals that the terminal itself sends to the child, since it is in our process group: we only must not
 * end before it. SIGTSTP is not among them: Ctrl-Z must stop us as well, or the shell that waits for us
 * would never get its terminal back.
 */
const FROM_TERMINAL: readonly Deno.Signal[] = WINDOWS
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGQUIT"];

/** Signals that are sent to one process, and meant for the command that it runs. */
const FORWARDED: readonly Deno.Signal[] = WINDOWS ? [] : ["SIGTERM", "SIGHUP"];

/** How soon a repeated signal counts as the same one, sent to us in two ways, milliseconds. */
const SAME_MS = 200;

/** The search path when PATH is not set: the folders of POSIX's own tools. */
const USUAL_PATH = "/usr/bin:/bin";

/**
 * Runs a program to its end and resolves to its exit code as a shell would report it: its own, or 128 plus
 * the number of the signal that killed it.
 *
 * The variables to unset are removed from this process's own environment while the child is started:
 * inheriting is the only way to pass on variables whose values are not UTF-8.
 *
 * @param interrupts the program's own signal handling, which ends here
 * @throws UserError exit code 127 when there is no such program, 126 when it cannot be run; the reason of
 * `interrupts.signal` if that has already aborted
 */
export async function runChild(
  child: ChildCommand,
  environment: ChildEnvironment,
  interrupts: Interrupts,
): Promise<number> {
  interrupts.signal.throwIfAborted();
  const answers = new SignalAnswers(interrupts.ignored);
  try {
    interrupts.release();
    const process = without(
      [...environment.unset, ...bakedVariables()],
      () => spawn(ignoring(child, interrupts.ignored), environment),
    );
    answers.forwardTo(process);
    return await exitCode(process);
  } finally {
    answers.end();
  }
}

/**
 * Does something in the environment that this program was started with, less some variables. Nothing else of
 * this process sees it so: what is done does not wait for anything.
 */
function without<T>(names: readonly string[], work: () => T): T {
  restoreEnvironment();
  const removed = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  try {
    return work();
  } finally {
    for (const [name, value] of removed) if (value !== undefined) Deno.env.set(name, value);
    settleEnvironment();
  }
}

/** The signal handling of this process while a child runs. */
class SignalAnswers {
  readonly #listeners: (readonly [Deno.Signal, () => void])[] = [];
  readonly #onTerminal = hasTerminal();
  readonly #forwarded = new Map<Deno.Signal, number>();
  #child: Deno.ChildProcess | undefined;

  constructor(ignored: ReadonlySet<Deno.Signal>) {
    const answers = [
      ...FROM_TERMINAL.map((signal) => [signal, () => {}] as const),
      ...FORWARDED.map((signal) => [signal, () => this.#forward(signal)] as const),
    ];
    for (const [signal, answer] of answers) {
      const listener = ignored.has(signal) ? () => {} : answer;
      Deno.addSignalListener(signal, listener);
      this.#listeners.push([signal, listener]);
    }
  }

  /** Names the child. No signal is handled before this, since spawning is synchronous. */
  forwardTo(child: Deno.ChildProcess): void {
    this.#child = child;
  }

  end(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }

  #forward(signal: Deno.Signal): void {
    // When a terminal is closed, its first process gets the signal. If that was a shell, the child gets one
    // of its own when the shell ends; only if it is us, the child must get it from us.
    if (signal === "SIGHUP" && this.#onTerminal && !hasTerminal() && !leadsSession()) return;
    const now = performance.now();
    if (now - (this.#forwarded.get(signal) ?? -Infinity) < SAME_MS) return;
    this.#forwarded.set(signal, now);
    // Else it has just ended.
    ifPossible(() => this.#child?.kill(signal));
  }
}

/** Tells if there is a controlling terminal now. */
function hasTerminal(): boolean {
  const terminal = ifPossible(() => Deno.openSync("/dev/tty", { read: true }));
  terminal?.close();
  return terminal !== undefined;
}

/**
 * Tells if this process leads its session, that is, the terminal was opened for it. If unknown, it counts as
 * the leader: a signal that arrives twice is better than one that never does.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function leadsSession(): boolean {
  const stat = ifPossible(() => readKernelFile("/proc/self/stat"));
  // After the name, which may contain any characters: state, parent, group, session.
  const session = stat?.replace(/^.*\)/s, "").split(" ")[4];
  return stat === undefined || Number(session) === Deno.pid;
}

/**
 * Wraps a command so that it ignores signals from its start: only a program that ignores them and then
 * becomes the command can do that. A missing command is not wrapped, so that the error is our own.
 */
function ignoring(child: ChildCommand, ignored: ReadonlySet<Deno.Signal>): ChildCommand {
  const found = inPath(child.command).some(({ kind }) => kind === "program");
  if (ignored.size === 0 || !found) return child;
  const names = [...ignored].map((signal) => signal.slice("SIG".length)).join(" ");
  return {
    command: "/bin/sh",
    args: ["-c", `trap '' ${names}; exec "$@"`, "sh", child.command, ...child.args],
  };
}

function spawn(child: ChildCommand, environment: ChildEnvironment): Deno.ChildProcess {
  const start = ({ command, args }: ChildCommand) =>
    new Deno.Command(command, {
      args: [...args],
      env: Object.fromEntries(environment.set),
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  try {
    return start({ ...child, command: named(child.command) });
  } catch (error) {
    // A script without #!: every shell runs it with sh, and so does newer Deno. ENOEXEC is 8 everywhere.
    if (/\(os error 8\)/.test(messageOf(error)) && !WINDOWS) {
      const path = inPath(child.command).find(({ kind }) => kind === "program")?.path;
      if (path !== undefined && !isBinary(path)) {
        return start({ command: "/bin/sh", args: [path, ...child.args] });
      }
    }
    throw explain(error, child.command);
  }
}

/** Finds a command when PATH is not set: the runtime would look nowhere, or in the build machine's folders. */
function named(command: string): string {
  if (WINDOWS || Deno.env.get("PATH") !== undefined) return command;
  return inPath(command).find(({ kind }) => kind === "program")?.path ?? command;
}

async function exitCode(process: Deno.ChildProcess): Promise<number> {
  try {
    // Deno adds the 128 itself.
    return (await process.status).code;
  } catch (error) {
    // Deno has no names for real-time signals, and throws when one of them killed the child.
    const number = /^Invalid signal: (\d+)$/.exec(messageOf(error))?.[1];
    if (number === undefined) throw error;
    return 128 + Number(number);
  }
}

/** Says why a program was not started, with the exit codes of a shell. */
function explain(error: unknown, command: string): UserError {
  const found = inPath(command);
  const cannotRun = (why: string, hint?: string) =>
    new UserError("command-not-executable", `Cannot run "${command}": ${why}`, {
      exitCode: ExitCode.NOT_EXECUTABLE,
      hint,
      cause: error,
    });
  const missing = error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory || found.length === 0;
  if (!WINDOWS && found.some(({ kind }) => kind === "program") && missing) {
    return cannotRun("the interpreter in its first line does not exist");
  }
  const file = found.find(({ kind }) => kind === "file");
  if (file !== undefined) {
    return cannotRun("it is not executable", `chmod +x ${file.path}`);
  }
  if (isPath(command) && found.some(({ kind }) => kind === "folder")) {
    return cannotRun("it is a folder");
  }
  if (!missing) return cannotRun(systemReason(error).replace(/^Failed to spawn .*?': /, ""));
  return new UserError("command-not-found", `Cannot find the command "${command}"`, {
    exitCode: ExitCode.NOT_FOUND,
    hint: /\s/.test(command)
      ? `Do not quote the whole command. For shell syntax, use exec -- ${
        WINDOWS ? "cmd /c …" : "sh -c '…'"
      }.`
      : "Check that it is in PATH. Shell aliases and functions cannot be run.",
    cause: error,
  });
}

function isPath(command: string): boolean {
  return command.includes("/") || WINDOWS && /[\\:]/.test(command);
}

/** A file, or folder, with the command's name. */
interface Found {
  readonly path: string;
  readonly kind: "program" | "file" | "folder";
}

/** Everything that a command could mean, in search order. */
function inPath(command: string): readonly Found[] {
  if (command === "") return [];
  const folders = (Deno.env.get("PATH") ?? USUAL_PATH).split(WINDOWS ? ";" : ":");
  const paths = isPath(command)
    ? [command]
    : folders.map((folder) => `${folder === "" ? "." : folder}/${command}`);
  return paths.flatMap((path): readonly Found[] => {
    const info = ifPossible(() => Deno.statSync(path));
    if (info === undefined) return [];
    if (info.isDirectory) return [{ path, kind: "folder" }];
    // Windows looks at the content alone.
    return [{ path, kind: WINDOWS || ((info.mode ?? 0) & 0o111) > 0 ? "program" : "file" }];
  });
}

/** Tells if a file is a program of another machine rather than a script: shells look for NUL as well. */
function isBinary(path: string): boolean {
  return ifPossible(() => {
    using file = Deno.openSync(path);
    const start = new Uint8Array(128);
    return start.subarray(0, file.readSync(start) ?? 0).includes(0);
  }) ?? true;
}

/**
 * The variables that are built into the executable (`deno compile --env-file`) and that the caller did not
 * set: those missing from the environment that the process was started with, where the system shows it.
 */
function bakedVariables(): readonly string[] {
  if (!Deno.build.standalone || Deno.build.os !== "linux") return [];
  const given = ifPossible(() => readKernelFile("/proc/self/environ"));
  const name = "DENO_TLS_CA_STORE";
  return given === undefined || `\0${given}`.includes(`\0${name}=`) ? [] : [name];
}
