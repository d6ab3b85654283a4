/**
 * `exec` as a process of its own, without the command line around it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { driverEnv, type Ended } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { soon } from "../support/sign_ins.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What starts it; `EXEC_DENO` names another Deno, the oldest for example. */
export const EXEC = [
  Deno.env.get("EXEC_DENO") ?? Deno.execPath(),
  "run",
  "--allow-all",
  "--no-prompt",
  `--config=${file("../../deno.json")}`,
  file("exec_child.ts"),
] as const;

/** A script for sh, as words; its arguments begin with `$1`. */
export function shell(script: string, ...args: readonly string[]): readonly [string, ...string[]] {
  return ["/bin/sh", "-c", script, "sh", ...args];
}

/** An exec that runs. */
export interface RunningExec {
  /** Resolves as soon as stdout or stderr has this text. */
  waitFor(text: string): Promise<void>;
  type(text: string): Promise<void>;
  kill(signal: Deno.Signal): void;
  /** Closes its stdin, and resolves to how it ended. */
  readonly ended: Promise<Ended>;
}

/** Starts exec with these words; `by` is a program that is given the words that start it. */
export function startExec(
  words: readonly string[],
  { env = {}, by = [] }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly by?: readonly string[];
  } = {},
): RunningExec {
  const [command = "", ...args] = [...by, ...EXEC, ...words];
  const child = new Deno.Command(command, {
    args,
    env: driverEnv({ env }),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = { stdout: "", stderr: "" };
  const reading = (["stdout", "stderr"] as const).map(async (name) => {
    for await (const text of child[name].pipeThrough(new TextDecoderStream())) said[name] += text;
  });
  const keyboard = child.stdin.getWriter();
  return {
    waitFor: async (text) =>
      void await eventually(
        `exec to say "${text}"`,
        () => `${said.stdout}\n${said.stderr}`.includes(text) || undefined,
      ),
    type: (text) => keyboard.write(new TextEncoder().encode(text)),
    kill: (signal) => child.kill(signal),
    get ended() {
      return (async () => {
        await keyboard.close().catch(() => {});
        const { code } = await soon("exec to end", child.status);
        await Promise.all(reading);
        return { code, ...said };
      })();
    },
  };
}
