/**
 * Small programs for tests that start some.
 *
 * @module
 */

import type { DetachedChild } from "../../src/system/spawn_detached.ts";

/** For tests whose programs are sh scripts. */
export const posix = { ignore: Deno.build.os === "windows" };

/** A folder with programs of these names; each is a sh script that knows its folder as `$HERE`. */
export async function withPrograms(
  scripts: Readonly<Record<string, string>>,
  body: (folder: string, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, script] of Object.entries(scripts)) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\nHERE='${folder}'\n${script}\n`);
      await Deno.chmod(`${folder}/${name}`, 0o755);
    }
    await body(folder, { DISPLAY: ":0", PATH: `${folder}:/usr/bin:/bin` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits for a child that is not waited for: something else must keep this process up meanwhile. */
export async function ended(child: DetachedChild): Promise<Deno.CommandStatus> {
  const awake = setInterval(() => {}, 1000);
  try {
    return await child.status;
  } finally {
    clearInterval(awake);
  }
}
