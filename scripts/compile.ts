/**
 * Makes the executable: bundles main.ts with its runtime dependencies in an empty folder, and compiles
 * the bundle.
 *
 *   deno task compile [--output FILE] [--target TRIPLE] [--compiler "COMMAND"]
 *
 * The bundle first, because `deno compile` embeds every package of the lock file, test packages too, and
 * because one file for what always runs starts faster than a folder of packages: start to listening is
 * 1.5 times an empty program instead of 2.1 times. What is loaded late stays in files of its own.
 *
 * `--compiler` (or COMPILER) names another Deno to compile with, in words; its runtime base must fit, which
 * DENORT_BIN may name. The bundle is always made by the Deno that runs this script.
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Which of deno.json's packages the program itself imports; the rest is for tests. */
const RUNTIME = [
  "@aws-sdk/client-sts",
  "@smithy/core",
  "@smithy/fetch-http-handler",
  "saxes",
];

await main();

async function main(): Promise<void> {
  const options = readArguments(Deno.args);
  const stage = await Deno.makeTempDir({ prefix: "stssamldriver-build-" });
  try {
    await stageSources(stage);
    await bundle(stage);
    await compile(stage, options);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
  const { size } = await Deno.stat(options.output);
  console.log(`${options.output}: ${(size / 1e6).toFixed(1)} MB`);
}

interface Options {
  readonly output: string;
  readonly target: string | undefined;
  readonly compiler: readonly [string, ...string[]];
}

function readArguments(args: readonly string[]): Options {
  const given = new Map<string, string>();
  for (let index = 0; index < args.length; index += 2) {
    const [name, value] = [args[index], args[index + 1]];
    if (!["--output", "--target", "--compiler"].includes(name ?? "") || value === undefined) {
      throw new Error(`Unknown argument "${name}"; there are --output, --target and --compiler`);
    }
    given.set(name ?? "", value);
  }
  const target = given.get("--target");
  const windows = target?.includes("windows") ?? Deno.build.os === "windows";
  const words = (given.get("--compiler") ?? Deno.env.get("COMPILER") ?? "").split(" ").filter(
    Boolean,
  );
  const [command = Deno.execPath(), ...rest] = words;
  return {
    output: given.get("--output") ?? `${ROOT}dist/stssamldriver${windows ? ".exe" : ""}`,
    target,
    compiler: [command, ...rest],
  };
}

/** A copy of what the program is made of, with a configuration that knows nothing of the tests. */
async function stageSources(stage: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const imports = Object.fromEntries(
    RUNTIME.map((name) => {
      const pinned = config.imports[name];
      if (typeof pinned !== "string") throw new Error(`deno.json does not pin ${name}`);
      return [name, pinned];
    }),
  );
  await Deno.writeTextFile(`${stage}/deno.json`, JSON.stringify({ imports }));
  await Deno.copyFile(`${ROOT}deno.lock`, `${stage}/deno.lock`);
  await Deno.copyFile(`${ROOT}main.ts`, `${stage}/main.ts`);
  await copyFolder(`${ROOT}src`, `${stage}/src`);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) await copyFolder(source, target);
    else await Deno.copyFile(source, target);
  }
}

async function bundle(stage: string): Promise<void> {
  // The lock file pins every package; it names more of them than this folder's configuration does, and
  // only that difference is what "frozen=false" lets pass.
  await execute([Deno.execPath(), "bundle", "--quiet", "--frozen=false", "--platform=deno"], {
    args: ["--code-splitting", "--minify", "--keep-names", "--outdir=bundle", "main.ts"],
    cwd: stage,
  });
  // The SDK's CommonJS asks for Node's own modules by require(), which a bundle of modules does not have;
  // its stand-in takes one that is in scope. Deno has these modules built in.
  for await (const { name } of Deno.readDir(`${stage}/bundle`)) {
    const path = `${stage}/bundle/${name}`;
    const code = await Deno.readTextFile(path);
    if (!code.includes("Dynamic require of")) continue;
    await Deno.writeTextFile(path, `var require=(id)=>process.getBuiltinModule(id);${code}`);
  }
}

async function compile(stage: string, { output, target, compiler }: Options): Promise<void> {
  const folder = `${stage}/bundle`;
  const late: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name !== "main.js") late.push(`--include=${name}`);
  }
  // An executable of Deno 2.4 does not trust the operating system's store unless it is told to.
  await Deno.writeTextFile(`${folder}/baked.env`, "DENO_TLS_CA_STORE=system\n");
  await Deno.mkdir(output.slice(0, Math.max(output.lastIndexOf("/"), 1)), { recursive: true });
  await execute([...compiler, "compile", "--quiet", "--no-config", "--no-lock", "--no-check"], {
    args: [
      // Opening /dev/tty takes all permissions. Nothing ever asks: there is nobody to answer.
      "--allow-all",
      "--no-prompt",
      // It would lie at a guessable name in the shared temp folder, and gains nothing.
      "--no-code-cache",
      "--env-file=baked.env",
      ...late.toSorted(),
      ...(target === undefined ? [] : [`--target=${target}`]),
      `--output=${output}`,
      "main.js",
    ],
    cwd: folder,
  });
}

async function execute(
  [command = "", ...first]: readonly string[],
  { args, cwd }: { readonly args: readonly string[]; readonly cwd: string },
): Promise<void> {
  const { success, code } = await new Deno.Command(command, { args: [...first, ...args], cwd })
    .spawn().status;
  if (!success) throw new Error(`${[command, ...first].join(" ")} ended with ${code}`);
}
