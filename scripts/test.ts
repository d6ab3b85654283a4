/**
 * Runs the tests, in two processes at once: most of a test's time goes by waiting, and tests of one process
 * share its environment, so that Deno's own --parallel is not for them.
 *
 *   deno task test [ARGUMENTS OF deno test]
 *   deno task test:executable [ARGUMENTS OF deno test]
 *
 * The second one's output follows the first one's; the last line is the sum of both.
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What is shared out, about as long to run. */
const SHARES: readonly (readonly string[])[] = [
  ["tests/e2e/"],
  ["tests/", "--ignore=tests/e2e/"],
];

/** The same for the executable alone: whatever starts the driver as a process. */
const OF_EXECUTABLE: readonly (readonly string[])[] = [["tests/e2e/"], ["tests/peers/"]];

const executable = Deno.args[0] === "--executable";
const given = Deno.args.slice(executable ? 1 : 0);
const runs = (executable ? OF_EXECUTABLE : SHARES).map((share, index) =>
  start([...share, ...given], index)
);
let ended = 0;
const sum = { passed: 0, failed: 0, ignored: 0 };
for (const [index, { output, status }] of runs.entries()) {
  const text = await output;
  // The first one's was shown as it came.
  if (index > 0) await write(new TextEncoder().encode(text));
  ended ||= (await status).code;
  const last = text.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1) ?? "";
  for (const what of ["passed", "failed", "ignored"] as const) {
    sum[what] += Number(new RegExp(`(\\d+) ${what}`).exec(last)?.[1] ?? 0);
  }
}
const verdict = ended === 0 ? "ok" : "FAILED";
console.log(
  `\n${verdict} | ${sum.passed} passed | ${sum.failed} failed | ${sum.ignored} ignored, in both`,
);
Deno.exit(ended);

function start(args: readonly string[], index: number) {
  const { stdout, status } = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--sanitize-ops", "--sanitize-resources", ...args],
    cwd: ROOT,
    env: {
      // Only text, since the last line is read.
      NO_COLOR: "1",
      TEST_SHARE: String(index),
      ...(executable ? { TEST_FORMS: "executable" } : {}),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return { output: index === 0 ? show(stdout) : new Response(stdout).text(), status };
}

/** Shows what is printed as it comes, and returns it. */
async function show(output: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of output) {
    await write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

async function write(bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
}
