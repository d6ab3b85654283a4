/**
 * Starting a program that outlives this one.
 *
 * @module
 */

/** The program to start. */
export interface DetachedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Its standard input, where others must not see what it is told; nothing by default. */
  readonly input?: string;
}

/** A program that was started. */
export interface DetachedChild {
  readonly pid: number;
  /** Resolves when it ends. It does not keep this process alive. */
  readonly status: Promise<Deno.CommandStatus>;
}

/**
 * Starts a program in a session of its own, so that Ctrl-C in the terminal does not reach it, connected to
 * nothing: its output must not get into our stdout or onto the terminal, and a browser that held our stdout
 * open would keep an SDK waiting.
 *
 * @param env the whole environment; nothing is added
 * @throws Deno.errors.NotFound when there is no such program, other errors when it cannot be run
 */
export function spawnDetached(
  { command, args, input }: DetachedCommand,
  env: Readonly<Record<string, string>>,
): DetachedChild {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    detached: true,
    stdin: input === undefined ? "null" : "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  if (input !== undefined) feed(child.stdin, input);
  child.unref();
  return { pid: child.pid, status: child.status };
}

/** Never rejects: who does not read it says so by its end. */
async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // Gone, or not reading.
  }
}
