/**
 * Benchmarks, as ratios within one run: build machines are shared and noisy, so a time alone means little.
 *
 *   deno task bench
 *
 * Measures dist/stssamldriver (built by `deno task compile`) against an empty program that is compiled in an
 * empty folder by the same compiler: COMPILER and DENORT_BIN as for `deno task compile`.
 */

import { peer } from "../tests/support/peers.ts";
import { assertionFigures } from "./bench/assertion.ts";
import { cachedFigures } from "./bench/cached.ts";
import { table, take, type Taken } from "./bench/measure.ts";
import { profileFigures } from "./bench/profiles.ts";
import { relayFigure } from "./bench/relay.ts";
import { serveFigure } from "./bench/serve.ts";
import { sharingFigures } from "./bench/sharing.ts";
import { pythonFigure, signInFigures } from "./bench/sign_in.ts";

const executable = peer("executable");
if (!executable.found) {
  console.error(`Nothing to measure: ${executable.reason}. Run "deno task compile" first.`);
  Deno.exit(1);
}
const folder = await Deno.makeTempDir({ prefix: "stssamldriver-bench-" });
try {
  const empty = await compileEmpty(folder);
  const programs = { driver: { name: "executable", command: [executable.path] as const }, empty };
  const figures = [
    ...signInFigures(programs),
    ...(peer("boto3").found ? [pythonFigure(programs)] : []),
    ...profileFigures(programs),
    ...assertionFigures(),
    ...cachedFigures(programs),
    relayFigure(programs),
    ...(Deno.build.os === "windows" ? [] : [serveFigure(programs)]),
    ...(Deno.build.os === "linux" ? sharingFigures(programs) : []),
  ];
  const taken: Taken[] = [];
  for (const figure of figures) {
    taken.push(await take(figure));
    console.error(`${taken.length} of ${figures.length}: ${figure.what}`);
  }
  console.log(table(taken));
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function compileEmpty(folder: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/main.js`, "");
  const words = (Deno.env.get("COMPILER") ?? "").split(" ").filter(Boolean);
  const [command = Deno.execPath(), ...rest] = words;
  const { success } = await new Deno.Command(command, {
    args: [...rest, "compile", "--quiet", "--no-code-cache", "--output=empty", "main.js"],
    cwd: folder,
  }).spawn().status;
  if (!success) throw new Error("Cannot compile the empty program");
  return `${folder}/empty`;
}
