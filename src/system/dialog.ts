/**
 * A person at the terminal, past all redirections: asked and answering line by line, or pasting what nobody should
 * see, which may come from stdin instead.
 *
 * @module
 */

import { ifPossible } from "../errors.ts";
import { writeAll } from "./process.ts";
import { pause, unlessAborted } from "../wait.ts";

/** The terminal, to ask and to read answers from. */
export interface Dialog extends Disposable {
  write(text: string): void;
  /**
   * Reads the next line, without its line ending.
   *
   * @returns `undefined` at the end of the input, Ctrl-D
   * @throws the signal's reason when the person interrupts
   */
  readLine(): Promise<string | undefined>;
}

/** Opens the terminal; `undefined` where there is none, or where the answers could not come from a person. */
export function openDialog(signal: AbortSignal): Dialog | undefined {
  // Somebody who redirected stdin, as scripts and CI do, is not there to answer.
  if (!Deno.stdin.isTerminal()) return undefined;
  const windows = Deno.build.os === "windows";
  const opened = [
    openFile(windows ? "CONIN$" : "/dev/tty", { read: true }),
    openFile(windows ? "CONOUT$" : "/dev/tty", { write: true }),
  ];
  const [input, output] = opened;
  const close = () => opened.forEach((file) => file?.close());
  if (!input?.isTerminal() || !output?.isTerminal()) {
    close();
    return undefined;
  }
  const lines = lineReader((into) => input.read(into));
  return {
    write: (text) => writeAll(output, new TextEncoder().encode(text)),
    readLine: async () => {
      signal.throwIfAborted();
      return await unlessAborted(lines(), signal);
    },
    [Symbol.dispose]: close,
  };
}

/** Makes a function that reads one line at a time: UTF-8, ended by LF or CRLF; `null` or 0 bytes are the end. */
export function lineReader(read: Deno.FsFile["read"]): () => Promise<string | undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  return async () => {
    while (true) {
      const [line, ...rest] = text.split("\n");
      if (rest.length > 0) {
        text = rest.join("\n");
        return line?.replace(/\r$/, "");
      }
      const count = await read(buffer);
      // What was typed before Ctrl-D was not confirmed by Enter.
      if (count === null || count === 0) return undefined;
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  };
}

function openFile(path: string, options: Deno.OpenOptions): Deno.FsFile | undefined {
  return ifPossible(() => Deno.openSync(path, options));
}

/** Where a paste comes from. */
export interface HiddenInput extends AsyncDisposable {
  /** Whether a person is there to paste, and to be asked something. */
  readonly isTerminal: boolean;
  /**
   * Reads what comes next.
   *
   * @returns `undefined` at the end of stdin
   * @throws the signal's reason
   */
  read(signal: AbortSignal): Promise<string | undefined>;
}

/** How long the rest of a paste may pause on its way, milliseconds; the terminal's clock ticks in tenths of a second. */
const QUIET_MS = 100;

/** How long the rest of a paste is thrown away at most, milliseconds. */
const REST_MS = 2000;

/** How long the signal of a terminal that is gone may take, milliseconds. */
const GONE_MS = 1000;

/** Opens stdin; without echo where that is a terminal. */
export function openHiddenInput(): HiddenInput {
  return Deno.stdin.isTerminal() ? new HiddenTerminal() : pipedInput();
}

function pipedInput(): HiddenInput {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  return {
    isTerminal: false,
    async read(signal) {
      const count = await unlessAborted(Deno.stdin.read(buffer), signal);
      return count === null
        ? undefined
        : decoder.decode(buffer.subarray(0, count), { stream: true });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * The terminal without echo, and without the canonical mode, in which a line ends at 4096 characters. It is as
 * it was before whichever way this program ends, and the rest of a paste goes to no shell.
 */
class HiddenTerminal implements HiddenInput {
  readonly isTerminal = true;
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(65_536);
  /** Whether a read comes back after {@linkcode QUIET_MS} without anything: none may be left to take what the next program reads. */
  #returns = false;
  /** Does nothing where the terminal is gone. */
  readonly #restore = () => ifPossible(() => Deno.stdin.setRaw(false));
  readonly #signals: readonly (readonly [Deno.Signal, () => void])[] = [
    ["SIGTSTP", () => {
      this.#restore();
      Deno.kill(Deno.pid, "SIGSTOP");
    }],
    ["SIGCONT", () => this.#hide()],
    ["SIGQUIT", () => Deno.exit(131)],
  ];

  constructor() {
    // A second Ctrl-C ends the process, too.
    globalThis.addEventListener("unload", this.#restore);
    if (Deno.build.os !== "windows") {
      for (const each of this.#signals) Deno.addSignalListener(...each);
    }
    this.#hide();
  }

  async read(signal: AbortSignal): Promise<string> {
    while (true) {
      signal.throwIfAborted();
      const count = await this.#readSome(signal);
      if (count !== null) {
        return this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
      }
      await pause(10, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#dropRest();
    } finally {
      if (Deno.build.os !== "windows") {
        for (const each of this.#signals) Deno.removeSignalListener(...each);
      }
      globalThis.removeEventListener("unload", this.#restore);
      this.#restore();
    }
  }

  async #readSome(signal: AbortSignal): Promise<number | null> {
    try {
      return await unlessAborted(Deno.stdin.read(this.#buffer), signal);
    } catch (error) {
      // Of a terminal that is gone the system also tells by a signal, which may still be on its way.
      await pause(GONE_MS, signal);
      throw error;
    }
  }

  #hide(): void {
    // With cbreak Ctrl-C stays a signal; Windows has it as a character only.
    const windows = Deno.build.os === "windows";
    Deno.stdin.setRaw(true, { cbreak: !windows });
    this.#returns = !windows && readsReturn();
  }

  /** Takes what is left of a paste off the terminal: a shell would run it, and write it to its history. */
  async #dropRest(): Promise<void> {
    if (!this.#returns) return;
    const end = performance.now() + REST_MS;
    try {
      while (performance.now() < end) {
        if (await Deno.stdin.read(this.#buffer) === null) return;
      }
    } catch {
      // The terminal is gone.
    }
  }
}

/** Has reads of the terminal come back without anything after a while; tells if that could be done. */
function readsReturn(): boolean {
  return ifPossible(() =>
    new Deno.Command("stty", {
      args: ["min", "0", "time", String(QUIET_MS / 100)],
      stdin: "inherit",
      stdout: "null",
      stderr: "null",
    }).outputSync().success
  ) ?? false;
}
