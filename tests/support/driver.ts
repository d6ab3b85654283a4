/**
 * The real command line as a process of its own: from the sources, or the compiled executable.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { BLOCKED_PORTS } from "../../src/cli/settings/option_values.ts";
import { peer } from "./peers.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const HASTY_MAIN = fileURLToPath(new URL("./hasty_main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** What runs the driver: `deno run`, or the executable. */
export interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

// Deno would ask the registry for news of some packages, and say so, though all of them are here.
const RUN: readonly [string, ...string[]] = [
  Deno.execPath(),
  "run",
  "--cached-only",
  "-A",
  "--no-prompt",
  `--config=${CONFIG}`,
];

/** The driver from its sources. */
export const FROM_SOURCE: Program = { name: "deno run", command: [...RUN, MAIN] };

const HASTY: Program = {
  name: "deno run, with little patience",
  command: [...RUN, HASTY_MAIN],
};

/** Whether the executable alone is tested: the sources' own turn was before. */
export const EXECUTABLE_ALONE = Deno.env.get("TEST_FORMS") === "executable";

/** What runs programs of another system, such as Wine; nothing for this system's own. */
export const RUNNER: readonly string[] = (Deno.env.get("TEST_RUNNER") ?? "").split(" ").filter(
  Boolean,
);

/** The driver in each form that is here, the executable last. */
export function programs(): readonly [Program, ...Program[]] {
  const executable = peer("executable");
  if (!executable.found) return [FROM_SOURCE];
  const [command = executable.path, ...args] = [...RUNNER, executable.path];
  const compiled: Program = { name: "executable", command: [command, ...args] };
  return EXECUTABLE_ALONE ? [compiled] : [FROM_SOURCE, compiled];
}

/**
 * For an AWS that says nothing: the sources give up in a second, the executable in its own turn after as long
 * as everybody's.
 */
export function hastyProgram(): Program {
  return EXECUTABLE_ALONE ? programs()[0] : HASTY;
}

/** How a driver is started. */
export interface DriverOptions {
  readonly program?: Program;
  /** Its environment beside HOME, PATH and what Deno needs; nothing of AWS is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly cwd?: string;
}

/** How a driver ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A driver that runs. */
export interface Driver extends AsyncDisposable {
  readonly pid: number;
  /** All of stderr so far; without a terminal, everything that the person would see. */
  readonly said: () => string;
  /** Resolves as soon as stderr has this text; throws when the driver ends without having said it. */
  waitFor(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
  /** All of stdout, as soon as nobody can write to it any more; the driver itself may have ended before. */
  readonly output: Promise<string>;
  /** Resolves as soon as stdout has a whole line. */
  readonly firstLine: Promise<void>;
  kill(signal: Deno.Signal): void;
}

/** A temporary home folder with nothing in it, removed with `using`. */
export function temporaryHome(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "stssamldriver-home-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Processes that test at once, six at most, would take ports from each other between the look and the use. */
const PORTS = 3_500;
const FIRST_PORT = 10_000 + PORTS * Number(Deno.env.get("TEST_SHARE") ?? 0);

let handedOut = Math.floor(Math.random() * PORTS);

/**
 * A port that is free on both loopback addresses now, and was not given to anybody who has yet to listen.
 * It lies below those that systems hand out by themselves: one of those could be another test's a moment
 * later, or the far end of a connection.
 */
export function freePort(): number {
  while (true) {
    const port = FIRST_PORT + handedOut++ % PORTS;
    // One of these is among them, which fetch refuses as browsers do.
    if (BLOCKED_PORTS.has(port)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      Deno.listen({ hostname: "::1", port }).close();
      return port;
    } catch (error) {
      // A machine without IPv6 has nothing to be taken there.
      if (!(error instanceof Deno.errors.AddrInUse)) return port;
    }
  }
}

/** The environment of a driver: the person's, emptied of everything that could steer it. */
export function driverEnv(options: DriverOptions): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["PATH", "TMPDIR", "LANG", "SystemRoot", "WINE_ROOT", "QEMU_LD_PREFIX"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) kept[name] = value;
  }
  const real = Deno.env.get("HOME") ?? "/";
  return {
    ...kept,
    // Where the sources' packages are.
    DENO_DIR: Deno.env.get("DENO_DIR") ??
      `${Deno.env.get("XDG_CACHE_HOME") ?? `${real}/.cache`}/deno`,
    DENO_NO_UPDATE_CHECK: "1",
    HOME: options.home ?? "/nonexistent",
    NO_COLOR: "1",
    ...options.env,
  };
}

/** Starts the driver without a terminal. Dispose of it, or wait until it ended. */
export function startDriver(args: readonly string[], options: DriverOptions = {}): Driver {
  const [command, ...before] = (options.program ?? programs()[0]).command;
  const child = new Deno.Command(command, {
    args: [...before, ...args],
    env: driverEnv(options),
    clearEnv: true,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    // A session of its own has no controlling terminal, so a test says nothing on the developer's.
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = collect(child.stderr);
  const stdout = collect(child.stdout);
  const ended = Promise.all([child.status, stdout.whole, stderr.whole]).then(
    ([status, out, err]) => ({ code: status.code, stdout: out, stderr: err }),
  );
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // Ended already.
    }
  };
  return {
    pid: child.pid,
    said: stderr.soFar,
    waitFor: (text) => stderr.waitFor(text),
    ended,
    output: stdout.whole,
    get firstLine() {
      return stdout.waitFor("\n");
    },
    kill,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs the driver to its end. */
export async function runDriver(
  args: readonly string[],
  options: DriverOptions = {},
): Promise<Ended> {
  return await startDriver(args, options).ended;
}

interface Collected {
  readonly soFar: () => string;
  readonly whole: Promise<string>;
  waitFor(text: string): Promise<void>;
}

function collect(stream: ReadableStream<Uint8Array>): Collected {
  let text = "";
  let over = false;
  let changed = Promise.withResolvers<void>();
  const whole = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      changed.resolve();
      changed = Promise.withResolvers<void>();
    }
    over = true;
    changed.resolve();
    return text;
  })();
  return {
    soFar: () => text,
    whole,
    async waitFor(wanted) {
      while (!text.includes(wanted)) {
        if (over) throw new Error(`The driver ended without saying "${wanted}", but:\n${text}`);
        await changed.promise;
      }
    },
  };
}
