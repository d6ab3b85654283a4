/**
 * The benchmarks of reading an assertion, and of exchanging it for all of its roles.
 *
 * @module
 */

import { SaxesParser } from "saxes";
import { readAssertion } from "../../src/saml/reader.ts";
import { startDriver } from "../../tests/support/driver.ts";
import { postToAcs } from "../../tests/support/idp.ts";
import { pathOf } from "../../tests/support/peers_together.ts";
import { buildResponse, type BuiltResponse, manyRoles } from "../../tests/support/saml_response.ts";
import { confirmed } from "../../tests/support/offering.ts";
import { setStage } from "../../tests/support/stage.ts";
import { granted, STS_MS } from "./granted.ts";
import { type Figure, peakOf, timed } from "./measure.ts";

/** The number of exchanges that `sync` runs at once. */
const AT_ONCE = 8;

const SYNCED = 200;

/** Twice as many, for what must not grow: about the most that fit into an assertion. */
const SYNCED_MANY = 400;

/** Lists the benchmarks; the last two need dist/stssamldriver. */
export function assertionFigures(): readonly Figure[] {
  const full = fullResponse();
  const few = response(45);
  const many = response(450);
  return [
    {
      what: `reading an assertion of ${full.base64.length.toLocaleString("en")} characters, ` +
        "over saxes alone",
      target: 3,
      unit: "ms",
      ours: () => timed(() => repeat(10, () => read(full))),
      base: () => timed(() => repeat(10, () => parseOnly(full.xml))),
      rounds: 41,
    },
    {
      what: "reading 450 roles, over ten times 45",
      target: 1.5,
      unit: "ms",
      ours: () => timed(() => repeat(5, () => read(many))),
      base: () => timed(() => repeat(50, () => read(few))),
      rounds: 41,
    },
    {
      what:
        `sync of ${SYNCED} roles, signed in at once, over ${SYNCED} / ${AT_ONCE} × ${STS_MS} ms`,
      target: 2,
      unit: "ms",
      ours: async () => (await syncAll(SYNCED)).ms,
      base: () => SYNCED / AT_ONCE * STS_MS,
      rounds: 5,
    },
    {
      what: `peak memory of a sync of ${SYNCED_MANY} roles, over a sync of ${SYNCED}`,
      target: 1.2,
      unit: "MB",
      ours: async () => (await syncAll(SYNCED_MANY)).peak,
      base: async () => (await syncAll(SYNCED)).peak,
      rounds: 5,
    },
  ];
}

/** Builds the largest Response of so many characters of base64; STS accepts 100,000. */
export function fullResponse(characters = 100_000): BuiltResponse {
  let fits = response(1);
  // Each role adds the same length, so few steps are needed.
  for (let count = 100, step = 128; step >= 1;) {
    const bigger = response(count);
    if (bigger.base64.length <= characters) {
      fits = bigger;
      count += step;
    } else {
      step = Math.floor(step / 2);
      count -= step;
    }
  }
  return fits;
}

/** Builds a Response that offers so many roles. */
export function response(count: number): BuiltResponse {
  return buildResponse({ sign: "assertion", count });
}

/** Reads a Response as the driver does. */
export function read({ base64 }: BuiltResponse): void {
  readAssertion(base64, { role: undefined, provider: undefined, idp: undefined }, Date.now());
}

/** Runs the parser as the driver configures it, without handlers. */
function parseOnly(xml: string): void {
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.write(xml).close();
}

function repeat(times: number, work: () => void): Promise<void> {
  for (let round = 0; round < times; round++) work();
  return Promise.resolve();
}

/** Measures from the assertion to the written file, with the executable. */
async function syncAll(count: number): Promise<{ readonly ms: number; readonly peak: number }> {
  const roles = manyRoles(count);
  await using stage = setStage({
    idp: { users: [{ name: "many", about: "many roles", response: { roles } }] },
    // Without verifying, which would take the stand-in far longer.
    sts: { delayMs: STS_MS, behaviours: [granted()] },
  });
  const { fields } = stage.idp.signIn("many");
  await using driver = startDriver(
    ["sync", "--port", String(stage.port), "--path", `${stage.home}/credentials`],
    {
      program: { name: "executable", command: [pathOf("executable")] },
      home: stage.home,
      env: { ...stage.env, BROWSER: "none" },
    },
  );
  await driver.waitFor("Waiting on");
  const peak = peakOf(driver.pid, driver.ended);
  const ms = await timed(async () => {
    await confirmed(stage, await postToAcs(stage.acsUrl, fields));
    await driver.ended;
  });
  const { code, stderr } = await driver.ended;
  if (code !== 0) throw new Error(stderr);
  if (stage.sts.calls.length !== count) throw new Error("Not every role was exchanged");
  return { ms, peak: await peak };
}
