/**
 * What Windows' own libraries do and Deno has no function for.
 *
 * @see https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-sethandleinformation
 * @see https://learn.microsoft.com/windows/console/setconsolemode
 * @see https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-getfilesecurityw
 * @module
 */

import { ifPossible } from "../errors.ts";

/** Numbers of stdin, stdout and stderr. */
const STREAMS = [-10, -11, -12];

const HANDLE_FLAG_INHERIT = 1;
const ENABLE_VIRTUAL_TERMINAL_PROCESSING = 4;
const GENERIC_READ_WRITE = 0xC0000000;
const SHARE_READ_WRITE = 3;
const OPEN_EXISTING = 3;

function kernel32() {
  return Deno.dlopen("kernel32.dll", {
    GetStdHandle: { parameters: ["i32"], result: "pointer" },
    SetHandleInformation: { parameters: ["pointer", "u32", "u32"], result: "i32" },
    CreateFileW: {
      parameters: ["buffer", "u32", "u32", "pointer", "u32", "u32", "pointer"],
      result: "pointer",
    },
    GetConsoleMode: { parameters: ["pointer", "buffer"], result: "i32" },
    SetConsoleMode: { parameters: ["pointer", "u32"], result: "i32" },
    CloseHandle: { parameters: ["pointer"], result: "i32" },
  });
}

/**
 * Takes this process's streams out of what a child inherits that is given none of them: one that outlives us
 * would hold a pipe open, and whoever reads it would wait for its end. Deno's own executable does this at its
 * start, a compiled program does not. Never fails: the streams are then inherited as before.
 */
export function keepStreams(): void {
  ifPossible(() => {
    using library = asDisposable(kernel32());
    const { GetStdHandle, SetHandleInformation } = library.symbols;
    for (const stream of STREAMS) {
      SetHandleInformation(GetStdHandle(stream), HANDLE_FLAG_INHERIT, 0);
    }
  });
}

/**
 * Has the console understand escape sequences, which the classic one does only when it is asked to.
 *
 * @returns whether it does
 */
export function takesEscapes(): boolean {
  return ifPossible(() => {
    using library = asDisposable(kernel32());
    const { CreateFileW, GetConsoleMode, SetConsoleMode, CloseHandle } = library.symbols;
    const name = new Uint16Array(Array.from("CONOUT$\0", (letter) => letter.charCodeAt(0)));
    const console = CreateFileW(
      name,
      GENERIC_READ_WRITE,
      SHARE_READ_WRITE,
      null,
      OPEN_EXISTING,
      0,
      null,
    );
    const mode = new Uint32Array(1);
    if (GetConsoleMode(console, mode) === 0) return false;
    const set = SetConsoleMode(console, (mode[0] ?? 0) | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    CloseHandle(console);
    return set !== 0;
  }) ?? false;
}

const OWNER_AND_DACL = 5;
/** An access control list has at most 64 KiB. */
const MOST_OF_DESCRIPTOR = 0x11000;

/** The security descriptor of a file or folder: its owner, and who may do what with it; `undefined` for a failure. */
export function securityDescriptor(path: string): Uint8Array | undefined {
  return ifPossible(() => {
    using library = asDisposable(Deno.dlopen("advapi32.dll", {
      GetFileSecurityW: { parameters: ["buffer", "u32", "buffer", "u32", "buffer"], result: "i32" },
    }));
    const name = Uint16Array.from(`${path}\0`, (unit) => unit.charCodeAt(0));
    const bytes = new Uint8Array(MOST_OF_DESCRIPTOR);
    const needed = new Uint32Array(1);
    const done = library.symbols
      .GetFileSecurityW(name, OWNER_AND_DACL, bytes, bytes.length, needed);
    return done === 0 ? undefined : bytes.subarray(0, needed[0]);
  });
}

function asDisposable<T extends { close(): void }>(library: T): T & Disposable {
  return Object.assign(library, { [Symbol.dispose]: () => library.close() });
}
