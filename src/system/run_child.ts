/**
 * Running a program in our place: with our terminal, our streams and our environment, changed a little.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { Interrupts } from "./interrupts.ts";

/** What to run: a path, or a name to look for in PATH. */
export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** How its environment differs from ours. */
export interface ChildEnvironment {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly unset: readonly string[];
}

/**
 * Signals that the terminal sends to the child by itself, as it is in our process group: that they do not
 * end us before it is all that is left to do. SIGTSTP is not among them: Ctrl-Z must stop us as well, or
 * the shell that waits for us would never get its terminal back.
 */
const FROM_TERMINAL: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGQUIT"];

/** Signals that are sent to one process, and meant for what it runs. */
const FORWARDED: readonly Deno.Signal[] = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"];

/** Within which time a signal that comes again is the same one, sent to us in two ways, milliseconds. */
const SAME_MS = 200;

/** Where a program is looked for without PATH: what POSIX' own tools are found in. */
const USUAL_PATH = "/usr/bin:/bin";

/**
 * Runs a program to its end and resolves to what a shell would call its exit code: its own, or 128 and
 * the number of the signal that it died of.
 *
 * What is to be unset goes from this process's own environment too: inheriting is the one way that keeps
 * variables whose values are not UTF-8. So this is for a process that has nothing else to do afterwards.
 *
 * @param interrupts the program's own answer to signals, which ends here
 * @throws UserError exit code 127 when there is no such program, 126 when it cannot be run; the reason of
 * `interrupts.signal` when that aborted already
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
    for (const name of [...environment.unset, ...bakedVariables()]) Deno.env.delete(name);
    const process = spawn(deaf(child, interrupts.ignored), environment);
    answers.forwardTo(process);
    return await exitCode(process);
  } finally {
    answers.end();
  }
}

/** What this process does about signals while a child runs. */
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

  /** Nothing is dispatched between listening and this: spawning is synchronous. */
  forwardTo(child: Deno.ChildProcess): void {
    this.#child = child;
  }

  end(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }

  #forward(signal: Deno.Signal): void {
    // A terminal that is closed is told to the first process in it. When that was a shell, its end is told
    // to the child as well as to us; only when it is us, the child learns it from us.
    if (signal === "SIGHUP" && this.#onTerminal && !hasTerminal() && !leadsSession()) return;
    const now = performance.now();
    if (now - (this.#forwarded.get(signal) ?? -Infinity) < SAME_MS) return;
    this.#forwarded.set(signal, now);
    try {
      this.#child?.kill(signal);
    } catch {
      // It ended just now.
    }
  }
}

/** Whether there is a controlling terminal now. */
function hasTerminal(): boolean {
  try {
    Deno.openSync("/dev/tty", { read: true }).close();
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether this process is the one that a terminal was opened for. Where it cannot be told it counts as
 * that: to hear twice is better than never.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function leadsSession(): boolean {
  try {
    // Behind the name, which may have any characters: state, parent, group, session.
    const [, , , , session] = Deno.readTextFileSync("/proc/self/stat").replace(/^.*\)/s, "").split(
      " ",
    );
    return Number(session) === Deno.pid;
  } catch {
    return true;
  }
}

/**
 * A command that ignores signals from its birth. Nothing but a program that does so and becomes the
 * command can do that here. It is left alone when it is not there, so that we are the one to say so.
 */
function deaf(child: ChildCommand, ignored: ReadonlySet<Deno.Signal>): ChildCommand {
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
    // A script without #!: every shell runs it by sh, and newer Deno does. ENOEXEC is 8 everywhere.
    if (/\(os error 8\)/.test(messageOf(error)) && Deno.build.os !== "windows") {
      const path = inPath(child.command).find(({ kind }) => kind === "program")?.path;
      if (path !== undefined && !isBinary(path)) {
        return start({ command: "/bin/sh", args: [path, ...child.args] });
      }
    }
    throw explain(error, child.command);
  }
}

/** Without PATH the runtime looks nowhere, or where the one who made the executable had it look. */
function named(command: string): string {
  if (Deno.build.os === "windows" || Deno.env.get("PATH") !== undefined) return command;
  return inPath(command).find(({ kind }) => kind === "program")?.path ?? command;
}

async function exitCode(process: Deno.ChildProcess): Promise<number> {
  try {
    // Deno adds the 128 itself.
    return (await process.status).code;
  } catch (error) {
    // Deno has no names for real-time signals, and throws at a child that died of one.
    const number = /^Invalid signal: (\d+)$/.exec(messageOf(error))?.[1];
    if (number === undefined) throw error;
    return 128 + Number(number);
  }
}

/** Why a program was not started, in the words and with the exit codes of a shell. */
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
  if (found.some(({ kind }) => kind === "program") && missing) {
    return cannotRun("the interpreter that its first line names was not found");
  }
  const file = found.find(({ kind }) => kind === "file");
  if (file !== undefined) {
    return cannotRun("it is not executable", `Make it so: chmod +x ${file.path}`);
  }
  if (command.includes("/") && found.some(({ kind }) => kind === "folder")) {
    return cannotRun("it is a folder");
  }
  if (!missing) return cannotRun(messageOf(error).replace(/^Failed to spawn .*?': /, ""));
  return new UserError("command-not-found", `Cannot find the command "${command}"`, {
    exitCode: ExitCode.NOT_FOUND,
    hint: /\s/.test(command)
      ? "The first word is the program; for a shell's line write exec -- sh -c '…'"
      : "Is it in PATH? Aliases and functions of a shell are not programs",
    cause: error,
  });
}

/** Something of the command's name. */
interface Found {
  readonly path: string;
  readonly kind: "program" | "file" | "folder";
}

/** Everything that a command could mean, in the order in which it is looked for. */
function inPath(command: string): readonly Found[] {
  if (command === "") return [];
  const folders = (Deno.env.get("PATH") ?? USUAL_PATH).split(
    Deno.build.os === "windows" ? ";" : ":",
  );
  const paths = command.includes("/")
    ? [command]
    : folders.map((folder) => `${folder === "" ? "." : folder}/${command}`);
  return paths.flatMap((path): readonly Found[] => {
    try {
      const { isDirectory, mode } = Deno.statSync(path);
      if (isDirectory) return [{ path, kind: "folder" }];
      return [{ path, kind: mode === null || (mode & 0o111) > 0 ? "program" : "file" }];
    } catch {
      return [];
    }
  });
}

/** Whether a file is for another machine rather than a script: shells look for NUL as well. */
function isBinary(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    const start = new Uint8Array(128);
    return start.subarray(0, file.readSync(start) ?? 0).includes(0);
  } catch {
    return true;
  }
}

/**
 * Variables that the executable brought with it (`deno compile --env-file`) and that the caller did not
 * set. The block that the process was started with tells, where the system shows it.
 */
function bakedVariables(): readonly string[] {
  if (!Deno.build.standalone || Deno.build.os !== "linux") return [];
  try {
    const given = new TextDecoder().decode(Deno.readFileSync("/proc/self/environ"));
    return ["DENO_TLS_CA_STORE"].filter((name) => !`\0${given}`.includes(`\0${name}=`));
  } catch {
    return [];
  }
}
