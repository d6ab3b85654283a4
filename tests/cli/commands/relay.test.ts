/** `relay`, in one process. */

import assert from "node:assert/strict";
import { run } from "../../../src/cli/program.ts";
import { eventually } from "../../support/eventually.ts";
import { type FakeDeps, fakeDeps, type FakeDepsOptions, NOON } from "../../support/fakes.ts";

const LISTEN = ["relay", "--listen", "127.0.0.1:0"];

/** Runs a relay, does something with its URL, and interrupts it. */
async function relaying(
  use: (url: string, deps: FakeDeps) => Promise<void>,
  { args = [], ...options }: FakeDepsOptions & { readonly args?: readonly string[] } = {},
): Promise<FakeDeps & { readonly code: number }> {
  let confined = 0;
  const deps: FakeDeps = { ...fakeDeps(options), keepNetworkOnly: () => void confined++ };
  const over = run([...LISTEN, ...args], deps);
  const url = await eventually("the relay", () => /listens on (http:\S+),/.exec(deps.err())?.[1]);
  assert.equal(confined, 1, "it keeps nothing but the network");
  try {
    await use(url, deps);
  } finally {
    deps.world.interrupt();
    await over;
  }
  return { ...deps, code: await over };
}

/** Asks for something that the relay does not have. */
async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const response = await fetch(url, { headers: { ...headers, connection: "close" } });
  await response.body?.cancel();
}

const logged = (out: () => string, path: string) =>
  eventually(`the entry of ${path}`, () => out().includes(`"${path}"`) || undefined);

Deno.test("relay: says where it listens, logs each request as a line of JSON, and ends well", async () => {
  const { code, out, err } = await relaying(async (url) => {
    await get(`${url}/saml`);
    await get(`${url}/favicon.ico`);
  });
  assert.equal(code, 0);
  assert.match(err(), /^The relay listens on (http:\S+), for IdPs at \1\/saml\n/);
  assert.match(err(), /\nThe relay has stopped\n$/);
  const [first, second, ...others] = out().trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual([first.path, second.path, others], ["/saml", "/favicon.ico", []]);
  assert.equal(first.time, new Date(NOON).toISOString());
});

Deno.test("relay: entries are written while it runs, too", async () => {
  await relaying(async (url, { out }) => {
    await get(`${url}/saml`);
    await logged(out, "/saml");
    await get(`${url}/favicon.ico`);
    await logged(out, "/favicon.ico");
  });
});

Deno.test("relay: a proxy that is trusted says who asks", async () => {
  const { out } = await relaying(
    (url) => get(`${url}/`, { "x-forwarded-for": "203.0.113.7" }),
    { args: ["--trust-proxy", "127.0.0.0/8"] },
  );
  assert.match(out(), /"203\.0\.113\.7"/);
});

Deno.test("relay: goes on without a log that nobody reads, and says so once", async () => {
  let written = 0;
  const { code, err } = await relaying(async (url) => {
    await get(`${url}/saml`);
    await eventually("an entry", () => written > 0 || undefined);
    await get(`${url}/favicon.ico`);
  }, {
    stdout: () => {
      written++;
      return Promise.reject(new Error("Nobody reads stdout"));
    },
  });
  assert.equal(written, 1);
  assert.equal(code, 0);
  assert.equal(err().match(/Nobody reads stdout: no more access log/g)?.length, 1);
});

const WRONG: readonly (readonly [
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  message: RegExp,
])[] = [
  [
    "no address",
    ["relay"],
    {},
    /Cannot start the relay without --listen.*\n.*--listen 127\.0\.0\.1/,
  ],
  [
    "an address without a port",
    ["relay", "--listen", "localhost"],
    {},
    /Cannot use --listen localhost: must be an address and a port/,
  ],
  [
    "a variable's address",
    ["relay"],
    { STSSAMLDRIVER_LISTEN: ":1" },
    /Cannot use STSSAMLDRIVER_LISTEN=:1: must be an address and a port/,
  ],
  [
    "a proxy that is no network",
    [...LISTEN, "--trust-proxy", "10.0.0.0/8", "--trust-proxy", "proxy.corp"],
    {},
    /Cannot use --trust-proxy proxy\.corp: /,
  ],
];
for (const [name, args, env, message] of WRONG) {
  Deno.test(`relay: ${name} is refused before anything listens`, async () => {
    const deps = fakeDeps({ env });
    assert.equal(await run(args, deps), 2);
    assert.match(deps.err(), message);
    assert.doesNotMatch(deps.err(), /listens on/);
    assert.equal(deps.out(), "");
  });
}
