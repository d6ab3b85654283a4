/**
 * Builds a release: the executables of all systems, packed; a Debian package, a Homebrew formula and a Scoop
 * manifest; the install scripts; a bill of materials; and the checksums of all of it.
 *
 *   deno task release [--output FOLDER] [--target TRIPLE]…
 *
 * The folder must be empty; dist/release/ is emptied.
 *
 * All executables come from one staged program. Two builds of the same sources are the same byte for byte,
 * until they are signed. Where one target cannot be built, the others are, and the exit code is 1.
 *
 * RELEASE_BASE names another source of Deno's runtime bases (see scripts/release/bases.ts), SIGN_MACOS,
 * SIGN_WINDOWS and SIGN_SUMS the programs that sign (see scripts/release/sign.ts).
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, stageProgram } from "./compile.ts";
import { encode, type Entry, tarGz, zip } from "./release/archives.ts";
import { baseFor } from "./release/bases.ts";
import { debianName, debianPackage } from "./release/debian.ts";
import { FOR_SHELLS, inArchive, MAN_PAGE } from "./release/manual.ts";
import { homebrewFormula, scoopManifest } from "./release/manifests.ts";
import { idOf, type Package, stagedPackages, thirdPartyNotices } from "./release/packages.ts";
import { DOCUMENTED, REPOSITORY } from "./release/repository.ts";
import { sbom } from "./release/sbom.ts";
import { sign } from "./release/sign.ts";
import { archiveName, executableName, type Target, TARGETS } from "./release/targets.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const DEFAULT_OUTPUT = `${ROOT}dist/release`;

/** What stands beside the executable in its archive. */
const BESIDE = ["README.md", "LICENSE"];
const WRAPPERS = ["sh", "fish", "ps1"].map((ending) => `scripts/saml_aws_environment.${ending}`);

const failures = await main();
for (const failure of failures) console.error(failure);
if (failures.length > 0) Deno.exit(1);

/** An executable, compiled and signed. */
interface Built {
  readonly target: Target;
  readonly executable: Uint8Array;
  readonly deno: string;
}

/** Writes one file of the release. */
type Write = (name: string, bytes: Uint8Array) => Promise<void>;

/** Builds everything; resolves to what could not be built, in words. */
async function main(): Promise<readonly string[]> {
  const { output, targets } = readArguments(Deno.args);
  await prepare(output);
  await using stage = await stageProgram();
  const { built, failures } = await buildAll(stage.path, targets);
  if (built.length === 0) return failures;
  const write: Write = async (name, bytes) => {
    await Deno.writeFile(`${output}/${name}`, bytes);
    console.log(`${name}: ${sizeText(bytes.length)}`);
  };
  await writePackages(stage.path, built, write);
  for (const name of ["install.sh", "install.ps1"]) {
    const script = await Deno.readTextFile(`${ROOT}scripts/${name}`);
    await write(name, encode(script.replaceAll(DOCUMENTED, REPOSITORY)));
  }
  await addExtension(write);
  await writeSums(output);
  return failures;
}

async function prepare(output: string): Promise<void> {
  if (output === DEFAULT_OUTPUT) {
    await Deno.remove(output, { recursive: true }).catch(ignoreMissing);
  }
  await Deno.mkdir(output, { recursive: true });
  if ((await Array.fromAsync(Deno.readDir(output))).length > 0) {
    throw new Error(`Cannot release into ${output}: it is not empty`);
  }
}

async function buildAll(
  stage: string,
  targets: readonly Target[],
): Promise<{ readonly built: readonly Built[]; readonly failures: readonly string[] }> {
  const built: Built[] = [];
  const failures: string[] = [];
  for (const target of targets) {
    try {
      built.push(await build(stage, target));
    } catch (error) {
      failures.push(`Cannot build for ${target.triple}: ${messageOf(error)}`);
    }
  }
  const denos = new Set(built.map(({ deno }) => deno));
  if (denos.size > 1) throw new Error(`The bases are of different Denos: ${[...denos].join(", ")}`);
  return { built, failures };
}

/** Writes what has the executables in it, what names them, and what says of what they are made. */
async function writePackages(
  stage: string,
  built: readonly Built[],
  write: Write,
): Promise<void> {
  const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const license = await Deno.readTextFile(`${ROOT}LICENSE`);
  const packages = await stagedPackages(stage);
  const deno = built[0]?.deno ?? "";
  const notices = thirdPartyNotices(packages, deno);
  const archives: { readonly target: Target; readonly sha256: string }[] = [];
  for (const each of built) {
    const { target, executable } = each;
    const archive = await archiveOf(each, notices);
    archives.push({ target, sha256: sha256(archive) });
    await write(archiveName(target), archive);
    if (target.debian === undefined) continue;
    const debian = { version, architecture: target.debian, executable, license, notices };
    await write(debianName(debian), debianPackage(debian));
  }
  await write("stssamldriver.rb", encode(homebrewFormula({ version, archives })));
  const scoop = scoopManifest({ version, archives });
  if (scoop !== undefined) await write("stssamldriver.json", encode(scoop));
  const imported = importedOf(stage, packages);
  await write("stssamldriver.cdx.json", encode(sbom({ version, packages, imported, deno })));
}

function readArguments(
  args: readonly string[],
): { readonly output: string; readonly targets: readonly Target[] } {
  let output = DEFAULT_OUTPUT;
  const targets: Target[] = [];
  for (let index = 0; index < args.length; index += 2) {
    const [name, value] = [args[index], args[index + 1]];
    const target = TARGETS.find(({ triple }) => triple === value);
    if (name === "--output" && value !== undefined) output = value;
    else if (name === "--target" && target !== undefined) targets.push(target);
    else {
      throw new Error(
        `Unknown or incomplete argument "${name}"; expected --output with a folder, or --target with ` +
          `one of ${TARGETS.map(({ triple }) => triple).join(", ")}`,
      );
    }
  }
  return { output, targets: targets.length === 0 ? TARGETS : targets };
}

async function build(stage: string, target: Target): Promise<Built> {
  const { compiler, deno, env, size } = await baseFor(target.triple);
  const folder = await Deno.makeTempDir({ prefix: "stssamldriver-release-" });
  try {
    const output = `${folder}/${executableName(target)}`;
    await compile(stage, { output, target: target.triple, compiler, env });
    if (target.name.startsWith("macos")) await sign("SIGN_MACOS", output);
    if (target.name.startsWith("windows")) await sign("SIGN_WINDOWS", output);
    const executable = await Deno.readFile(output);
    const beyond = size === undefined ? "" : `, ${sizeText(executable.length - size)} beyond Deno`;
    console.log(`${target.triple}: ${sizeText(executable.length)}${beyond}`);
    return { target, executable, deno };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function archiveOf({ target, executable }: Built, notices: string): Promise<Uint8Array> {
  const texts = await Promise.all(
    [...BESIDE, ...WRAPPERS].map(async (path) => ({
      path: `stssamldriver/${path}`,
      bytes: await Deno.readFile(ROOT + path),
      executable: /\.(sh|fish)$/.test(path),
    })),
  );
  const entries: readonly Entry[] = [
    { path: `stssamldriver/${executableName(target)}`, bytes: executable, executable: true },
    { path: "stssamldriver/THIRD-PARTY-NOTICES.txt", bytes: encode(notices) },
    ...texts,
    ...[MAN_PAGE, ...FOR_SHELLS].map((each) => ({
      path: `stssamldriver/${inArchive(each)}`,
      bytes: encode(each.text),
    })),
  ];
  return archiveName(target).endsWith(".zip") ? zip(entries) : tarGz(entries);
}

/** The packages that the staged program's own configuration names. */
function importedOf(stage: string, packages: readonly Package[]): readonly string[] {
  const { imports } = JSON.parse(Deno.readTextFileSync(`${stage}/deno.json`));
  return packages.filter(({ name }) => Object.hasOwn(imports, name)).map(idOf);
}

/** The browser extension, where there is one. */
async function addExtension(write: Write): Promise<void> {
  const script = `${ROOT}scripts/extension.ts`;
  if (!existsSync(script)) return;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", script],
    stdout: "null",
  }).spawn().status;
  if (!success) throw new Error("Cannot pack the browser extension");
  for (const browser of ["chromium", "firefox"]) {
    const name = `stssamldriver-${browser}.zip`;
    await write(name, await Deno.readFile(`${ROOT}dist/${name}`));
  }
}

/** `SHA256SUMS`, for `sha256sum --check`. */
async function writeSums(folder: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).toSorted();
  const lines = names.map((name) => `${sha256(Deno.readFileSync(`${folder}/${name}`))}  ${name}\n`);
  const path = `${folder}/SHA256SUMS`;
  await Deno.writeTextFile(path, lines.join(""));
  await sign("SIGN_SUMS", path);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
