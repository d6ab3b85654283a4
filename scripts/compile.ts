/**
 * Builds the executable: bundles main.ts with its runtime dependencies in an empty folder, and compiles the
 * bundle.
 *
 *   deno task compile [--output FILE] [--target TRIPLE] [--compiler "COMMAND"]
 *
 * It is bundled first, because `deno compile` embeds every package in the lock file, test packages too, and
 * because one file for everything that always runs starts faster than a folder of packages: it takes 1.5
 * times as long as an empty program to listen, instead of 2.1 times. Modules that are loaded late stay in
 * files of their own.
 *
 * `--compiler` (or COMPILER) is the command line of another Deno to compile with. It needs a matching
 * runtime base, which DENORT_BIN can name. The bundle is always made by the Deno that runs this script.
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The packages in deno.json that the program itself imports; the rest are for tests. */
const RUNTIME = [
  "@aws-sdk/client-sts",
  "@smithy/core",
  "@smithy/fetch-http-handler",
  "saxes",
];

/** How the executable is compiled. */
export interface CompileOptions {
  readonly output: string;
  readonly target: string | undefined;
  readonly compiler: readonly [string, ...string[]];
  /** Variables beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The time of everything that goes into a build, so that two builds are the same byte for byte. */
export const BUILD_TIME = new Date("1980-01-01T00:00:00Z");

if (import.meta.main) await main();

async function main(): Promise<void> {
  const options = readArguments(Deno.args);
  await using stage = await stageProgram();
  await compile(stage.path, options);
  const { size } = await Deno.stat(options.output);
  console.log(`${options.output}: ${(size / 1e6).toFixed(1)} MB`);
}

/**
 * Bundles the program in a temporary folder. Its lock file has the packages of the bundle, and no others.
 */
export async function stageProgram(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "stssamldriver-build-" });
  const remove = () => Deno.remove(path, { recursive: true });
  try {
    await stageSources(path);
    await bundle(path);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

function readArguments(args: readonly string[]): CompileOptions {
  const given = new Map<string, string>();
  for (let index = 0; index < args.length; index += 2) {
    const [name, value] = [args[index], args[index + 1]];
    if (!["--output", "--target", "--compiler"].includes(name ?? "") || value === undefined) {
      throw new Error(
        `Unknown or incomplete argument "${name}"; expected --output, --target or --compiler with a value`,
      );
    }
    given.set(name ?? "", value);
  }
  const target = given.get("--target");
  const windows = target?.includes("windows") ?? Deno.build.os === "windows";
  return {
    output: given.get("--output") ?? `${ROOT}dist/stssamldriver${windows ? ".exe" : ""}`,
    target,
    compiler: compilerWords(given.get("--compiler") ?? Deno.env.get("COMPILER")),
  };
}

/** The words of the command line of another Deno; this Deno where there is none. */
export function compilerWords(line = ""): readonly [string, ...string[]] {
  const [command = Deno.execPath(), ...rest] = line.split(" ").filter(Boolean);
  return [command, ...rest];
}

/** Copies the program's sources, with a configuration that leaves out the tests. */
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
  // The lock file pins every package. It lists more than this folder's configuration, and that difference
  // is all that "frozen=false" allows. Not with "--minify": it makes one of `using file = open(); file.sync()`
  // and closes nothing (https://github.com/evanw/esbuild/issues/4482), for a hundredth of the size.
  await execute([Deno.execPath(), "bundle", "--quiet", "--frozen=false", "--platform=deno"], {
    args: ["--code-splitting", "--outdir=bundle", "main.ts"],
    cwd: stage,
  });
  // The SDK's CommonJS loads Node's own modules with require(), which a bundle of modules does not have;
  // its replacement uses one that is in scope. Deno has these modules built in.
  for await (const { name } of Deno.readDir(`${stage}/bundle`)) {
    const path = `${stage}/bundle/${name}`;
    const code = await Deno.readTextFile(path);
    if (code.includes("Dynamic require of")) {
      await Deno.writeTextFile(path, `var require=(id)=>process.getBuiltinModule(id);${code}`);
    }
    // The executable has it too.
    await Deno.utime(path, BUILD_TIME, BUILD_TIME);
  }
}

/** Compiles what {@linkcode stageProgram} has left in a folder. */
export async function compile(
  stage: string,
  { output, target, compiler, env = {} }: CompileOptions,
): Promise<void> {
  const folder = `${stage}/bundle`;
  const late: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name !== "main.js") late.push(`--include=${name}`);
  }
  // Without this variable an executable of Deno 2.7 does not trust the operating system's store.
  await Deno.writeTextFile(`${stage}/baked.env`, "DENO_TLS_CA_STORE=system\n");
  await Deno.mkdir(output.slice(0, Math.max(output.lastIndexOf("/"), 1)), { recursive: true });
  await execute([...compiler, "compile", "--quiet", "--no-config", "--no-lock", "--no-check"], {
    args: [
      // Opening /dev/tty needs all permissions. It never prompts, since nobody may be there to answer.
      "--allow-all",
      "--no-prompt",
      // It would have a predictable name in the shared temp folder, and gains nothing.
      "--no-code-cache",
      "--env-file=../baked.env",
      ...late.toSorted(),
      ...(target === undefined ? [] : [`--target=${target}`]),
      `--output=${output}`,
      "main.js",
    ],
    cwd: folder,
    env,
  });
}

async function execute(
  [command = "", ...first]: readonly string[],
  { args, cwd, env = {} }: {
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { success, code } = await new Deno.Command(command, {
    args: [...first, ...args],
    cwd,
    env: { ...env },
  }).spawn().status;
  if (!success) throw new Error(`${[command, ...first].join(" ")} failed with exit code ${code}`);
}
