/**
 * Starting a program that outlives this one.
 *
 * @module
 */

/** What to start, and with which environment: nothing is added to that. */
export interface DetachedCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** A program that was started. */
export interface DetachedChild {
  readonly pid: number;
  /** How it ended, if ever. A process that ends sooner is not kept waiting by this. */
  readonly status: Promise<Deno.CommandStatus>;
}

/**
 * Starts a program in a session of its own, so that Ctrl-C in the terminal does not reach it, connected
 * to nothing: what it prints must get neither into our stdout nor onto the terminal, and a browser that
 * held our stdout open would keep a waiting SDK waiting.
 *
 * @throws Deno.errors.NotFound when there is no such program, other errors when it may not be run
 */
export function spawnDetached(
  { command, args }: DetachedCommand,
  env: Readonly<Record<string, string>>,
): DetachedChild {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  child.unref();
  return { pid: child.pid, status: child.status };
}
