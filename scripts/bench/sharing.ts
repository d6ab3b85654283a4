/**
 * The figures of callers who share a sign-in.
 *
 * @module
 */

import { allOf, meet, type Meeting, roleArgs, ROLES, waits } from "../../tests/support/callers.ts";
import type { Driver, Program } from "../../tests/support/driver.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { type Figure, timed } from "./measure.ts";
import { STS_MS } from "./granted.ts";
import type { Programs } from "./sign_in.ts";

/** How many callers come at once. */
const MANY = 100;

/** The figures that need nothing but Linux, where the test's callers are looked for. */
export function sharingFigures({ driver }: Programs): readonly Figure[] {
  return [
    {
      what: `${MANY} callers on a cold cache, from the POST to the last answer, over one's`,
      target: 6,
      unit: "ms",
      ours: () => postToAnswers(driver, MANY),
      base: () => postToAnswers(driver, 1),
      rounds: 7,
    },
    {
      what: "until a killed caller is known and the next one shows the sign-in, over a second",
      target: 0.3,
      unit: "ms",
      ours: killedToShown,
      base: () => 1000,
      rounds: 9,
    },
  ];

  async function killedToShown(): Promise<number> {
    await using meeting = await meet(driver);
    const [first] = await waiting(meeting, 1);
    const [next] = await waiting(meeting, 1);
    return await timed(async () => {
      first?.kill("SIGKILL");
      await next?.waitFor("Waiting on");
    });
  }
}

/** Milliseconds from the POST to the last answer of so many callers. */
export async function postToAnswers(driver: Program, count: number): Promise<number> {
  await using meeting = await meet(driver, { sts: { delayMs: STS_MS } });
  const callers = await waiting(meeting, count);
  await meeting.opened(1);
  // As by hand: what a sign-in needs has been loaded by then.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return await timed(async () => {
    meeting.signIn("many").catch(() => {});
    const ends = await allOf(callers, 60_000);
    if (ends.some(({ code }) => code !== 0)) throw new Error("A caller failed");
  });
}

/** Starts callers, and returns when all of them wait. */
async function waiting(meeting: Meeting, count: number): Promise<readonly Driver[]> {
  const args = [...meeting.shared, ...roleArgs(ROLES[0])];
  const callers = Array.from({ length: count }, () => meeting.call(args));
  await eventually("all to wait", () => callers.every(waits) || undefined);
  return callers;
}
