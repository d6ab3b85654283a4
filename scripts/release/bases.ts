/**
 * Which Deno compiles for a system, and the runtime base that it puts under the program.
 *
 * @module
 */

import { compilerWords } from "../compile.ts";
import { wordsOf } from "./sign.ts";

/** How to compile for a system. */
export interface Base {
  readonly compiler: readonly [string, ...string[]];
  /** The Deno that the executable runs on. */
  readonly deno: string;
  readonly env: Readonly<Record<string, string>>;
  /** The size of the base, where it is known, bytes. */
  readonly size: number | undefined;
}

/**
 * The base for a target. The compiler fetches it, unless `RELEASE_BASE` holds a command line: with
 * `--target TRIPLE` behind it that prints the path of a `denort`, and with `--deno-version` as well the Deno
 * that the base belongs to, which npm then has.
 */
export async function baseFor(triple: string): Promise<Base> {
  const tool = wordsOf(Deno.env.get("RELEASE_BASE") ?? "", "RELEASE_BASE");
  if (tool.length === 0) {
    const compiler = compilerWords(Deno.env.get("COMPILER"));
    const deno = /^deno (\S+)/.exec(await printed([...compiler, "--version"]))?.[1];
    if (deno === undefined) throw new Error(`${compiler.join(" ")} does not say its version`);
    return { compiler, deno, env: {}, size: undefined };
  }
  const deno = await printed([...tool, "--target", triple, "--deno-version"]);
  const path = await printed([...tool, "--target", triple]);
  const compiler = compilerWords(Deno.env.get("COMPILER") ?? `npx -y deno@${deno}`);
  return { compiler, deno, env: { DENORT_BIN: path }, size: (await Deno.stat(path)).size };
}

async function printed([command = "", ...args]: readonly string[]): Promise<string> {
  const { success, code, stdout } = await new Deno.Command(command, { args, stderr: "inherit" })
    .output();
  if (!success) throw new Error(`${[command, ...args].join(" ")} failed with exit code ${code}`);
  return new TextDecoder().decode(stdout).trim();
}
