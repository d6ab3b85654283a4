/**
 * A person at the terminal, asked and answering line by line, past all redirections.
 *
 * @module
 */

import { unlessAborted } from "../wait.ts";

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

/** Reads some bytes into a buffer, as `Deno.FsFile` does; `null` or 0 is the end. */
export type ReadBytes = (into: Uint8Array) => Promise<number | null>;

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
    write: (text) => writeAll(output, text),
    readLine: async () => {
      signal.throwIfAborted();
      return await unlessAborted(lines(), signal);
    },
    [Symbol.dispose]: close,
  };
}

/** Makes a function that reads one line at a time: UTF-8, ended by LF or CRLF. */
export function lineReader(read: ReadBytes): () => Promise<string | undefined> {
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
  try {
    return Deno.openSync(path, options);
  } catch {
    return undefined;
  }
}

function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
