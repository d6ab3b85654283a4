/**
 * Programs that the demo starts, none of which outlives it.
 *
 * @module
 */

/** The demo was ended from outside. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(readonly exitCode: number) {
    super("The demo was interrupted");
  }
}

const interruption = new AbortController();
const SIGNALS: readonly (readonly [Deno.Signal, number])[] = Deno.build.os === "windows"
  ? [["SIGINT", 130]]
  : [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 143]];
for (const [signal, exitCode] of SIGNALS) {
  // A second one changes nothing: the ending is short, and must not be cut shorter.
  Deno.addSignalListener(signal, () => interruption.abort(new Interrupted(exitCode)));
}

/** Aborts at Ctrl-C, with an {@linkcode Interrupted} as its reason. */
export const interrupted: AbortSignal = interruption.signal;

/** How long a program may take to end after it was told to, milliseconds. */
const PATIENCE_MS = 5000;

/** How long Ctrl-C, which a terminal sends to every program on it, may take to end one, milliseconds. */
const CTRL_C_MS = 1000;

/**
 * Waits for a program's end and returns its exit code.
 *
 * @throws Interrupted when the demo was interrupted; the program has ended then
 */
export async function ended(child: Deno.ChildProcess): Promise<number> {
  const over = child.status.then(() => true as const);
  const aborted = new Promise<false>((resolve) => {
    if (interrupted.aborted) resolve(false);
    interrupted.addEventListener("abort", () => resolve(false));
  });
  if (!await Promise.race([over, aborted])) {
    if (!await within(CTRL_C_MS, over)) kill(child.pid, "SIGTERM");
    if (!await within(PATIENCE_MS, over)) kill(child.pid, "SIGKILL");
  }
  const { code, signal } = await child.status;
  interrupted.throwIfAborted();
  // Ctrl-C was for the demo as well, and is about to be heard here.
  if (signal === "SIGINT") throw new Interrupted(130);
  return code;
}

/**
 * Ends every program that was started with this in its environment: the driver leaves one behind that
 * signs in for commands to come, for a few seconds.
 */
export async function endAll(variable: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const left = await programsWith(variable);
  for (const pid of left) kill(pid, "SIGTERM");
  for (let alive = left; alive.length > 0; alive = await programsWith(variable)) {
    if (Date.now() > deadline) { for (const pid of alive) kill(pid, "SIGKILL"); }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The process IDs of the programs with this in their environment. */
async function programsWith(variable: string): Promise<readonly number[]> {
  if (Deno.build.os === "windows") return [];
  if (Deno.build.os !== "linux") {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-x", "-E", "-ww", "-o", "pid=,command="],
    }).output();
    return new TextDecoder().decode(stdout).split("\n")
      .filter((line) => line.includes(variable))
      .map((line) => parseInt(line));
  }
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/environ`).includes(variable);
    } catch {
      // Another user's, or gone.
      return false;
    }
  });
}

async function within(ms: number, over: Promise<true>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
  try {
    return await Promise.race([over, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a signal; a program that has ended is none. */
export function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}
