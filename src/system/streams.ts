/**
 * The streams of this process: stdout, which is for credentials only, and those that a person reads.
 *
 * @module
 */

import { takesEscapes } from "./windows.ts";
import { ExitCode, ifPossible, systemReason, UserError } from "../errors.ts";

/** A stream of text that is written at once. */
export interface TextStream {
  write(text: string): void;
  /** `true` when a person sees it. */
  readonly isTerminal: boolean;
}

/** This process's stdout. */
export const STDOUT = {
  get isTerminal(): boolean {
    return Deno.stdout.isTerminal();
  },
  /** `true` when another program reads it; Node's children have sockets for pipes. */
  get isPipe(): boolean {
    return isPipe ??= looksLikePipe();
  },
  write: writeOut,
};

/** This process's stderr. */
export const STDERR: TextStream = {
  get isTerminal(): boolean {
    return Deno.stderr.isTerminal() && drawable();
  },
  write: (text) => writeTo(Deno.stderr, text),
};

/** What any empty pipe accepts at once, bytes. */
const AT_ONCE_BYTES = 4096;

/**
 * Writes to stdout.
 *
 * @throws UserError exit code 8 when nobody reads it
 */
async function writeOut(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    // While waiting for a reader, Ctrl-C must work; without a wait, starting the event loop is a waste.
    const atOnce = bytes.length <= AT_ONCE_BYTES;
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done);
      done += atOnce ? Deno.stdout.writeSync(rest) : await Deno.stdout.write(rest);
    }
  } catch (error) {
    // The reader has ended, or the disk is full: not a bug in this program.
    throw new UserError("stdout-unwritable", `Cannot write to stdout: ${systemReason(error)}`, {
      exitCode: ExitCode.FILE,
      hint: "The program that reads it has ended, or the disk is full. Run the command again.",
      cause: error,
    });
  }
}

/** Whether a terminal is one that can be drawn on: Windows' classic console has to be asked. */
function drawable(): boolean {
  return isDrawable ??= Deno.build.os !== "windows" || takesEscapes();
}

/** Writes all of it, which one call may not. */
export function writeAll(file: Pick<Deno.FsFile, "writeSync">, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

/** Writes if possible: without a reader the text is lost and the work continues. */
function writeTo(file: Pick<Deno.FsFile, "writeSync">, text: string): void {
  // A closed terminal must not end the sign-in.
  ifPossible(() => writeAll(file, new TextEncoder().encode(text)));
}

let isPipe: boolean | undefined;
let isDrawable: boolean | undefined;
let terminal: TextStream | undefined;

/** Looks at what can only be looked at by a program that has given no permission up. */
export function lookAtStreams(): void {
  void STDOUT.isPipe;
  void STDERR.isTerminal;
  openTerminal();
}

function looksLikePipe(): boolean {
  if (Deno.build.os === "windows") return !Deno.stdout.isTerminal();
  // Else it is closed.
  const info = ifPossible(() => Deno.statSync("/dev/stdout"));
  return info?.isFifo === true || info?.isSocket === true;
}

/** Opens the terminal itself, once, past all redirections; `undefined` when there is none. */
export function openTerminal(): TextStream | undefined {
  return terminal ??= ifPossible(() => {
    const path = Deno.build.os === "windows" ? "CONOUT$" : "/dev/tty";
    const file = Deno.openSync(path, { write: true });
    return { isTerminal: file.isTerminal() && drawable(), write: (text) => writeTo(file, text) };
  });
}
