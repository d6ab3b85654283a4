/**
 * The benchmark of the endpoint of `exec --serve`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Program } from "../../tests/support/driver.ts";
import { roleKept } from "../../tests/support/kept_session.ts";
import type { Figure } from "./measure.ts";

const ECHO = fileURLToPath(new URL("echo.ts", import.meta.url));

const REQUESTS = 1000;
const AT_ONCE = 50;

/** Lists the benchmark: the slow ones of an endpoint's answers, over those of a bare server. */
export function serveFigure({ driver }: { readonly driver: Program }): Figure {
  const kept = roleKept();
  return {
    what: `exec --serve: p99 of ${REQUESTS} requests through ${AT_ONCE} connections, over an echo`,
    target: 4,
    unit: "ms",
    ours: async () => {
      await kept.stored;
      const told =
        'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; cat';
      return await slowest(
        [...driver.command, "exec", "--serve", ...kept.args, "--", "sh", "-c", told],
        kept.env,
      );
    },
    base: () => slowest([Deno.execPath(), "run", "--quiet", "--allow-net", ECHO], {}),
    rounds: 7,
  };
}

/** The 99th of a hundred answers of a server that says its URL and a token, once it is warm, milliseconds. */
async function slowest(
  [command = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  await using server = new Deno.Command(command, {
    args,
    env: { ...env },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  const told = new TextDecoder().decode((await reader.read()).value).trim();
  const [url = "", authorization = ""] = told.split(" ");
  await askAll(url, authorization);
  const times = await askAll(url, authorization);
  await server.stdin.close();
  server.kill();
  await reader.cancel();
  return times[Math.floor(times.length * 0.99)] ?? NaN;
}

/** How long each of many requests took, milliseconds, in order. */
async function askAll(url: string, authorization: string): Promise<readonly number[]> {
  let left = REQUESTS;
  const times: number[] = [];
  const one = async () => {
    while (left-- > 0) {
      const since = performance.now();
      const answer = await fetch(url, { headers: { authorization } });
      await answer.text();
      times.push(performance.now() - since);
      if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return times.toSorted((a, b) => a - b);
}
