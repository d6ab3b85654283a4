/**
 * A folder in which the demo's driver keeps what it keeps, so that nothing of the person's is touched.
 *
 * @module
 */

import { endAll } from "./children.ts";

/** Where the demo's driver is at home. */
export interface Home extends AsyncDisposable {
  /** The whole environment of what is started there. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes the folder; disposing of it ends every program that was started there, and removes it.
 *
 * @param more variables to set beside those of the folder
 */
export async function makeHome(more: Readonly<Record<string, string>>): Promise<Home> {
  const folder = await Deno.makeTempDir({ prefix: "stssamldriver-demo-" });
  const config = `${folder}/config`;
  const own = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(AWS|STSSAMLDRIVER)_/.test(name)
  );
  const bin = await openerInto(folder);
  return {
    env: {
      ...Object.fromEntries(own),
      ...(bin !== undefined && { PATH: `${bin}:${Deno.env.get("PATH")}` }),
      // Where the packages are: Deno looks for them below the cache folder.
      DENO_DIR: await denoFolder(),
      DENO_NO_UPDATE_CHECK: "1",
      XDG_CACHE_HOME: `${folder}/cache`,
      LOCALAPPDATA: `${folder}/cache`,
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials`,
      ...more,
    },
    async [Symbol.asyncDispose]() {
      await endAll(`AWS_CONFIG_FILE=${config}`);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * Puts an `xdg-open` before the system's that gives the browser its own cache folder back: one that is
 * started for the demo goes on without it.
 */
async function openerInto(folder: string): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const before = Deno.env.get("XDG_CACHE_HOME");
  const path = Deno.env.get("PATH") ?? "";
  const opener = path.split(":").map((each) => `${each}/xdg-open`).find(exists);
  if (opener === undefined) return undefined;
  const bin = `${folder}/bin`;
  await Deno.mkdir(bin);
  await Deno.writeTextFile(
    `${bin}/xdg-open`,
    `#!/bin/sh
PATH=${quoted(path)}
${before === undefined ? "unset XDG_CACHE_HOME" : `XDG_CACHE_HOME=${quoted(before)}`}
exec ${quoted(opener)} "$@"
`,
    { mode: 0o755 },
  );
  return bin;
}

async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const info: { readonly denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  return info.denoDir;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
