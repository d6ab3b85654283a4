/** What the tests of `transform_file.ts` share. */
import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";

/** Not Windows: modes, owners, symlinks and signals are there. */
export const POSIX = Deno.build.os !== "windows";

/** Runs a test in a folder of its own, which it need not tidy. */
export async function inFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The names in a folder, sorted. */
export const names = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** The permission bits of a file. */
export const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

/** The text of a file. */
export const read = (path: string) => Deno.readTextFileSync(path);

/** A change that adds to the end. */
export const append = (line: string) => (old = "") => old + line;

/** Asserts a refusal that a person can do something with, and that tells nothing of the file. */
export function refused(code: string, message: RegExp) {
  return (error: unknown) => {
    assert(error instanceof UserError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /os error|\.$|old text/);
    assert.equal(error.exitCode, 8);
    assert(error.hint, "it says what to do");
    return true;
  };
}
