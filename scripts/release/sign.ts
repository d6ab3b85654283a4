/**
 * Signing, with whatever program the `SIGN_*` variables name.
 *
 * @module
 */

/** What can be signed: the executables of a system, and the list of checksums. */
export type Signed = "SIGN_MACOS" | "SIGN_WINDOWS" | "SIGN_SUMS";

/**
 * Runs the command line that a variable holds, with the file as its last argument; does nothing where the
 * variable is not set. No shell reads it: its words stand between blanks, or between double quotes.
 *
 * @throws Error when the command cannot be started or fails
 */
export async function sign(variable: Signed, file: string): Promise<void> {
  const [command, ...args] = wordsOf(Deno.env.get(variable) ?? "", variable);
  if (command === undefined) return;
  const { success, code } = await new Deno.Command(command, { args: [...args, file] })
    .spawn().status;
  if (!success) throw new Error(`Cannot sign ${file}: ${variable} ended with exit code ${code}`);
}

/** The words of a command line: `"C:\Program Files\x.exe" --key "one two"`. */
export function wordsOf(line: string, variable: string): readonly string[] {
  if (!/^(?:\s*(?:"[^"]*"|[^\s"]+)(?=\s|$))*\s*$/.test(line)) {
    throw new Error(`Cannot use ${variable}: expected words, or text between double quotes`);
  }
  return [...line.matchAll(/"([^"]*)"|[^\s"]+/g)].map(([word, quoted]) => quoted ?? word);
}
