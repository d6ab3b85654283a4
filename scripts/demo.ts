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

import { ended, Interrupted } from "./demo/children.ts";
import { startFetching } from "./packages.ts";

try {
  const fetching = startFetching();
  if (fetching !== undefined) console.log("First run: fetching packages…");
  const code = fetching === undefined ? 0 : await ended(fetching);
  if (code !== 0) {
    console.error("The demo cannot start without its packages");
    Deno.exit(code);
  }
  // Not as a literal: Deno would load what that imports before it runs this file.
  const rest = new URL("./demo/show.ts", import.meta.url);
  const { demo }: typeof import("./demo/show.ts") = await import(rest.href);
  Deno.exit(await demo(Deno.args));
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  Deno.exit(error.exitCode);
}
