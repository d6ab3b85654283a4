/**
 * A program on a terminal of its own, made by script(1) of util-linux.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { eventually } from "./eventually.ts";
import type { Peer } from "./peers.ts";

/** script(1) in util-linux' form, whose flags other systems' do not have. */
export function ptyPeer(): Peer {
  const path = "/usr/bin/script";
  if (Deno.build.os !== "linux" || !existsSync(path)) {
    return { found: false, reason: `no ${path} of util-linux` };
  }
  return { found: true, path };
}

/** A program on a terminal. */
export interface OnTerminal extends AsyncDisposable {
  /** All that the terminal was sent so far. */
  readonly shown: () => string;
  /** What stands on it now, a line each: what was drawn over or erased is gone. */
  readonly lines: () => readonly string[];
  /** Resolves as soon as the terminal was sent this text. */
  waitFor(text: string | RegExp): Promise<void>;
  /** Types on its keyboard: `\x03` is Ctrl-C. */
  type(text: string): Promise<void>;
  /** Closes the window: the terminal is gone at once. */
  close(): void;
  /** The exit code, when it ended. */
  readonly ended: Promise<number>;
}

/**
 * Runs a shell's command line on a new terminal. Redirections in it take streams off the terminal, which is
 * the controlling one all the same.
 *
 * @param commandLine for sh
 * @param env the whole environment
 */
export function onTerminal(
  commandLine: string,
  env: Readonly<Record<string, string>>,
): OnTerminal {
  const child = new Deno.Command("/usr/bin/script", {
    args: ["--quiet", "--return", "--flush", "--command", commandLine, "/dev/null"],
    env: { ...env, SHELL: "/bin/sh" },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let shown = "";
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) shown += text;
  })();
  const keyboard = child.stdin.getWriter();
  const ended = (async () => {
    const { code } = await child.status;
    await reading;
    await keyboard.close().catch(() => {});
    return code;
  })();
  return {
    shown: () => shown,
    lines: () => linesOn(shown),
    waitFor: async (text) =>
      void await eventually(
        `the terminal to show "${text}"`,
        () => (typeof text === "string" ? shown.includes(text) : text.test(shown)) || undefined,
      ),
    close: () => child.kill("SIGKILL"),
    type: (text) => keyboard.write(new TextEncoder().encode(text)),
    ended,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // Ended already.
      }
      await ended;
    },
  };
}

/** What a terminal shows that was sent a text; of its sequences those that this program uses. */
export function linesOn(sent: string): readonly string[] {
  const lines = [""];
  let column = 0;
  // deno-lint-ignore no-control-regex -- that is what a terminal is driven with
  for (const [piece] of sent.matchAll(/\x1b\[[\d;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+/g)) {
    const line = lines.at(-1) ?? "";
    if (piece === "\r") column = 0;
    else if (piece === "\n") lines.push("");
    else if (piece === "\x1b[2K") lines.splice(-1, 1, "");
    else if (!piece.startsWith("\x1b")) {
      lines.splice(
        -1,
        1,
        line.slice(0, column).padEnd(column) + piece + line.slice(column + piece.length),
      );
      column += piece.length;
    }
  }
  return lines;
}

/** A command and its arguments as sh reads them. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
