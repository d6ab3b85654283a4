/**
 * Text that a person pastes and nobody should see, from the terminal or from stdin.
 *
 * @module
 */

import { pause, unlessAborted } from "../wait.ts";

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
  readonly #restore = () => {
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone.
    }
  };
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
  try {
    return new Deno.Command("stty", {
      args: ["min", "0", "time", String(QUIET_MS / 100)],
      stdin: "inherit",
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}
