/**
 * The benchmark of the relay.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Program } from "../../tests/support/driver.ts";
import { formOf, postAll, startRelay } from "../../tests/support/relaying.ts";
import { buildResponse } from "../../tests/support/saml_response.ts";
import type { Figure } from "./measure.ts";

const ECHO = fileURLToPath(new URL("echo.ts", import.meta.url));

const SIGN_INS = 1000;
const AT_ONCE = 50;

/** Lists the benchmark: the relay's slow sign-ins, over those of a server that only sends the form back. */
export function relayFigure({ driver }: { readonly driver: Program }): Figure {
  const form = formOf(buildResponse({ count: 3 }).base64);
  return {
    what: `relay: p99 of ${SIGN_INS} sign-ins through ${AT_ONCE} connections, over an echo`,
    target: 3,
    unit: "ms",
    ours: async () => {
      await using relay = await startRelay({ program: driver });
      return await slowest(`${relay.url}/saml`, form);
    },
    base: async () => {
      await using echo = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--allow-net", ECHO],
        stdin: "null",
        stdout: "piped",
      }).spawn();
      const reader = echo.stdout.getReader();
      const url = new TextDecoder().decode((await reader.read()).value).trim();
      const taken = await slowest(url, form);
      echo.kill("SIGKILL");
      await reader.cancel();
      return taken;
    },
    rounds: 7,
  };
}

/** The 99th of a hundred, once both are warm, milliseconds. */
async function slowest(url: string, form: string): Promise<number> {
  const post = () =>
    postAll(url, Array<string>(SIGN_INS).fill(form), {
      atOnce: AT_ONCE,
      check: (_, __, status) => {
        if (status !== 200) throw new Error(`${url} answered ${status}`);
      },
    });
  await post();
  const times = await post();
  return times[Math.floor(times.length * 0.99)] ?? NaN;
}
