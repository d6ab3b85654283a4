/**
 * The driver's command line with less patience for an AWS that says nothing: tests of that would wait for
 * a minute otherwise.
 *
 * @module
 */

import { consoleLogin } from "../../src/aws/console.ts";
import { stsExchange } from "../../src/aws/sts.ts";
import { StsHandler } from "../../src/aws/sts_handler.ts";
import { run } from "../../src/cli/program.ts";
import { type Deps, realDeps } from "../../src/deps.ts";

/** How long one try may take, milliseconds. */
const TRY_MS = 1000;

const deps: Deps = realDeps();
const hasty: Pick<Deps, "loadExchange" | "consoleLogin"> = {
  loadExchange: () => Promise.resolve(stsExchange({ handler: new StsHandler(undefined, TRY_MS) })),
  consoleLogin: (request) => consoleLogin(request, { signal: deps.signal, deadlineMs: TRY_MS }),
};
Deno.exit(await run(Deno.args, Object.assign(deps, hasty)));
