/**
 * An honest sign-in from a browser while somebody attacks, and how long it takes over one that nobody
 * attacks.
 */

import assert from "node:assert/strict";
import { type Chromium, startChromium } from "../support/chromium.ts";
import { startDriver } from "../support/driver.ts";
import { asNobody, flood, whyNoOther } from "../support/nobody.ts";
import { peerTest } from "../support/peers.ts";
import { post, startAddress } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

/** Begins an attack; disposing of what it returns ends it. */
type Attack = (stage: Stage) => Promise<AsyncDisposable>;

const ATTACKS: Readonly<Record<string, { readonly others?: true; readonly begin: Attack }>> = {
  "1,100 connections of another user": { others: true, begin: ({ port }) => flood(port, 1100) },
  "forms that another user posts without end": { others: true, begin: posting },
  "400 silent connections": { begin: ({ port }) => connections(port, 400, "") },
  "300 forms that never end": {
    begin: ({ port }) => connections(port, 300, `${formHead(port)}${"a".repeat(399_000)}`),
  },
  "assertions that nobody signed": { begin: falseAssertions },
};

peerTest(
  "chromium",
  "attack: an honest sign-in goes through while somebody attacks",
  async (path) => {
    await using chromium = await startChromium(path);
    // Once to warm up, once to compare with.
    await signIn(chromium, nothing);
    const alone = await signIn(chromium, nothing);
    const why = whyNoOther();
    for (const [name, { others, begin }] of Object.entries(ATTACKS)) {
      if (others && why !== undefined) {
        console.log(`  not tried: ${name} (${why})`);
        continue;
      }
      const took = await signIn(chromium, begin);
      console.log(`  ${name}: ${(took / alone).toFixed(2)} times one alone`);
    }
  },
);

/** Signs in under an attack; how long that took from the start page to the last one, milliseconds. */
async function signIn({ context }: Chromium, begin: Attack): Promise<number> {
  await using stage = setStage();
  await using driver = startDriver(
    [...stage.args, "--start-url", stage.idp.startUrl, "--browser", "none"],
    { home: stage.home, env: stage.env },
  );
  await driver.waitFor("Waiting on");
  await using _attack = await begin(stage);
  const page = await context.newPage();
  const since = performance.now();
  await page.goto(startAddress(driver));
  await page.fill("#user", "alice");
  await page.press("#user", "Enter");
  await page.waitForFunction("document.querySelector('h1')?.textContent === 'Signed in to AWS'");
  const took = performance.now() - since;
  const { code, stderr } = await driver.ended;
  assert.equal(code, 0, stderr);
  await page.close();
  return took;
}

function nothing(): Promise<AsyncDisposable> {
  return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });
}

function formHead(port: number): string {
  return `POST /saml HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 400000\r\n` +
    "Content-Type: application/x-www-form-urlencoded\r\n\r\nSAMLResponse=";
}

/** Opens connections of our own user's, which say something and no more. */
async function connections(port: number, count: number, text: string): Promise<AsyncDisposable> {
  const open: Deno.Conn[] = [];
  const bytes = new TextEncoder().encode(text);
  for (let index = 0; index < count; index++) {
    const conn = await Deno.connect({ hostname: index % 2 ? "127.0.0.1" : "::1", port });
    open.push(conn);
    write(conn, bytes).catch(() => {});
  }
  return {
    [Symbol.asyncDispose]() {
      for (const conn of open) conn.close();
      return Promise.resolve();
    },
  };
}

async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await conn.write(bytes.subarray(done));
}

function posting({ port }: Stage): Promise<AsyncDisposable> {
  const form = formHead(port).replaceAll("\r\n", "\\r\\n");
  // In a shell of its own each time: one that cannot open the connection ends.
  const script = `while true; do
    (exec 3<>/dev/tcp/127.0.0.1/${port} && printf '${form}' >&3)
  done 2>/dev/null`;
  const child = asNobody(["bash", "-c", script]).spawn();
  return Promise.resolve({
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    },
  });
}

async function falseAssertions(stage: Stage): Promise<AsyncDisposable> {
  for (let count = 0; count < 5; count++) {
    await post(stage, stage.idp.signIn("alice", { sign: "none" }).fields);
  }
  return await nothing();
}
