/**
 * The packages that the executable was bundled from, and their licenses.
 *
 * @module
 */

/** A package of npm. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** As the lock file has it: `sha512-` and Base64. */
  readonly integrity: string;
  /** An SPDX expression: https://spdx.org/licenses/ */
  readonly license: string;
  /** The texts of its license and notice files. */
  readonly texts: readonly string[];
  /** The packages that it imports, as `name@version`. */
  readonly dependencies: readonly string[];
}

/** Which files of a package say under which license it is. */
const LICENSE_FILE = /^(?:licen[cs]e|copying|notice|copyright)(?:[.-].*)?$/i;

/** The packages in the lock file of a staged program, by name. */
export async function stagedPackages(stage: string): Promise<readonly Package[]> {
  const { npm } = JSON.parse(await Deno.readTextFile(`${stage}/deno.lock`));
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--frozen=false", "main.ts"],
    cwd: stage,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot find the packages: deno info failed");
  const { npmPackages } = JSON.parse(new TextDecoder().decode(stdout));
  const packages = Object.keys(npm).map(async (id) => {
    const found = npmPackages[id];
    if (found === undefined) throw new Error(`deno info does not know ${id} of the lock file`);
    const { license } = JSON.parse(await Deno.readTextFile(`${found.localPath}/package.json`));
    if (typeof license !== "string") throw new Error(`${id} does not say its license`);
    return {
      name: found.name,
      version: found.version,
      integrity: npm[id].integrity,
      license,
      texts: await licenseTexts(found.localPath),
      dependencies: found.dependencies,
    };
  });
  return (await Promise.all(packages)).toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** `name@version`. */
export function idOf({ name, version }: Pick<Package, "name" | "version">): string {
  return `${name}@${version}`;
}

async function licenseTexts(folder: string): Promise<readonly string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ name, isFile }) => isFile && LICENSE_FILE.test(name)).map(({ name }) => name);
  return await Promise.all(
    names.toSorted().map(async (name) =>
      (await Deno.readTextFile(`${folder}/${name}`)).replaceAll("\r\n", "\n").trim()
    ),
  );
}

/**
 * The licenses of everything that is in the executable, each text once.
 *
 * @param deno the Deno that it runs on
 */
export function thirdPartyNotices(packages: readonly Package[], deno: string): string {
  const byText = new Map<string, string[]>();
  for (const each of packages) {
    const text = each.texts.join("\n\n") ||
      `License: ${each.license} (the package has no text of it)`;
    byText.set(text, [...byText.get(text) ?? [], `${idOf(each)} (${each.license})`]);
  }
  return [
    "The executable stssamldriver contains the following software.",
    `Deno ${deno} (MIT), Copyright 2018-2026 the Deno authors, with V8 (BSD-3-Clause) and the libraries\n` +
    `that Deno is built with. Their licenses: https://github.com/denoland/deno/blob/v${deno}/LICENSE.md\n` +
    "and https://chromium.googlesource.com/v8/v8/+/refs/heads/main/LICENSE",
    ...[...byText].map(([text, names]) => `${names.join("\n")}\n\n${text}`),
  ].join(`\n\n${"-".repeat(80)}\n\n`) + "\n";
}
