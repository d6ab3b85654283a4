/**
 * A sign-in on this machine alone: the real command line, an IdP that signs, and an STS that verifies.
 *
 *   deno task demo [--auto] [--user NAME] [--port N]
 *
 * The browser opens and you click. With `--auto`, or where there is no display, the demo stands in for
 * the browser and says what it does.
 *
 * This file fetches the packages and then starts the rest. It imports nothing that has to be fetched, so
 * that Deno has nothing to print over what the demo shows.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { ended, Interrupted } from "./demo/children.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const SHOW = new URL("./demo/show.ts", import.meta.url);
const WHOAMI = new URL("./demo/whoami.ts", import.meta.url);

try {
  const unfetched = await fetchPackages();
  if (unfetched !== 0) Deno.exit(unfetched);
  // Not as a literal: Deno would load what that imports before it runs this file.
  const { demo }: typeof import("./demo/show.ts") = await import(SHOW.href);
  Deno.exit(await demo(Deno.args));
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  Deno.exit(error.exitCode);
}

/** Fetches what the driver and the demo import; quiet when all of it is there. */
async function fetchPackages(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["cache", MAIN, fileURLToPath(SHOW), fileURLToPath(WHOAMI)],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  let fetching = false;
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (fetching || !said.includes("Download ")) continue;
      fetching = true;
      console.log("First run: fetching packages…");
    }
  })();
  const code = await ended(child);
  await reading;
  if (code !== 0) console.error(`${said.trim()}\nThe demo cannot start without its packages`);
  return code;
}
