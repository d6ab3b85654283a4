/**
 * Benchmarks, as ratios within one run: build machines are shared and noisy, so a time alone means little.
 *
 *   deno task bench [--only figures|side-by-side|growth] [--original FILE] [--write]
 *
 * Measures dist/stssamldriver (built by `deno task compile`) against an empty program that is compiled in an
 * empty folder by the same compiler, COMPILER and DENORT_BIN as for `deno task compile`; beside the programs that
 * people use for the same (FILE is the Python original's sts_saml_driver.py, which you fetch yourself); and as it
 * grows. `--write` puts the tables and plots into docs/benchmarks.md.
 */

import { parseArgs } from "node:util";
import { peer } from "../tests/support/peers.ts";
import { portIsFree } from "../tests/support/raw_http.ts";
import { assertionFigures } from "./bench/assertion.ts";
import { cachedFigures } from "./bench/cached.ts";
import { writeDocument } from "./bench/document.ts";
import { grow, type Grown, growthSeries, growthTable } from "./bench/growth.ts";
import { table, take, type Taken } from "./bench/measure.ts";
import { profileFigures } from "./bench/profiles.ts";
import { relayFigure } from "./bench/relay.ts";
import { serveFigure } from "./bench/serve.ts";
import { sharingFigures } from "./bench/sharing.ts";
import { sideBySide, sideBySideTable } from "./bench/side_by_side.ts";
import { type Programs, pythonFigure, signInFigures } from "./bench/sign_in.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    only: { type: "string" },
    original: { type: "string" },
    write: { type: "boolean" },
  },
});
const PARTS = ["figures", "side-by-side", "growth"];
if (values.only !== undefined && !PARTS.includes(values.only)) {
  console.error(`Cannot use --only ${values.only}: there are ${PARTS.join(", ")}`);
  Deno.exit(2);
}
const executable = peer("executable");
if (!executable.found) {
  console.error(`Nothing to measure: ${executable.reason}. Run "deno task compile" first.`);
  Deno.exit(1);
}
const wanted = (part: string) => (values.only ?? part) === part;
const folder = await Deno.makeTempDir({ prefix: "stssamldriver-bench-" });
try {
  const empty = await compileEmpty(folder);
  const programs: Programs = {
    driver: { name: "executable", command: [executable.path] },
    empty,
  };
  const tables = {
    ...(wanted("figures") && { figures: await figures(programs) }),
    ...(wanted("side-by-side") && { "side-by-side": await beside(programs) }),
  };
  const grown = wanted("growth") ? await growth(programs) : [];
  for (const text of Object.values(tables)) console.log(`\n${text}`);
  for (const each of grown) console.log(`\n${each.title}\n\n${growthTable(each)}`);
  if (values.write) await writeDocument(tables, grown);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function figures(programs: Programs): Promise<string> {
  const list = [
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
  for (const figure of list) {
    taken.push(await take(figure));
    console.error(`${taken.length} of ${list.length}: ${figure.what}`);
  }
  return table(taken);
}

async function beside(programs: Programs): Promise<string> {
  if (Deno.build.os !== "linux") return "Side by side is measured on Linux only.";
  if (!portIsFree(8090)) throw new Error("Port 8090 is taken, and the original has no other");
  if (values.original === undefined) {
    console.error("Without the Python original: --original names its sts_saml_driver.py");
  }
  return sideBySideTable(await sideBySide({ ...programs, original: values.original }));
}

async function growth(programs: Programs): Promise<readonly Grown[]> {
  const grown: Grown[] = [];
  for (const series of growthSeries(programs)) {
    grown.push(await grow(series));
    console.error(series.title);
  }
  return grown;
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
