/**
 * A server that somebody else wrote, as a child process for the length of a test.
 *
 * @module
 */

import { answers, eventually } from "./eventually.ts";

/** How it is started. */
export interface ServerProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Answers as soon as the server is up. */
  readonly probe: string;
}

/**
 * Starts a server and waits until it answers. Dispose of it: it is killed then.
 *
 * @throws Error with what it wrote when it ends by itself or does not come up
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<AsyncDisposable> {
  const child = new Deno.Command(options.command, {
    args: [...options.args],
    env: { PATH: Deno.env.get("PATH") ?? "", ...options.env },
    clearEnv: true,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const wrote = child.stderr.pipeThrough(new TextDecoderStream());
  let text = "";
  const reading = (async () => {
    for await (const chunk of wrote) text += chunk;
  })();
  let over = false;
  const ended = child.status.then(() => void (over = true));
  const stop = async () => {
    if (!over) child.kill("SIGKILL");
    await Promise.all([ended, reading]);
  };
  try {
    const up = await eventually(
      `an answer at ${options.probe}`,
      async () => over ? "ended" : await answers(options.probe) ? "answers" : undefined,
    );
    if (up === "ended") throw new Error("It ended by itself");
  } catch (error) {
    await stop();
    throw new Error(`${options.command} did not come up; it wrote:\n${text}`, { cause: error });
  }
  return { [Symbol.asyncDispose]: stop };
}
