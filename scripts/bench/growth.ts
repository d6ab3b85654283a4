/**
 * How the driver's cost grows with what it is given.
 *
 * @module
 */

import { commandDriver } from "../../tests/support/offering.ts";
import { manyRoles } from "../../tests/support/saml_response.ts";
import { setStage } from "../../tests/support/stage.ts";
import { openPicker, overNetwork } from "../../tests/support/tab.ts";
import { fullResponse, read } from "./assertion.ts";
import { median, timed } from "./measure.ts";
import type { Growth, Point } from "./plot.ts";
import { firstEdit } from "./profiles.ts";
import { postToAnswers } from "./sharing.ts";
import type { Programs } from "./sign_in.ts";

/** What grows, and how one point of it is measured. */
interface Series extends Omit<Growth, "points"> {
  /** The name of its picture. */
  readonly name: string;
  readonly sizes: readonly number[];
  /** Milliseconds at a size. */
  readonly sample: (size: number) => Promise<number>;
  readonly rounds: number;
}

/** A series that was measured. */
export interface Grown extends Growth {
  readonly name: string;
}

/** Lists what is measured as it grows. */
export function growthSeries({ driver }: Programs): readonly Series[] {
  return [
    {
      name: "roles",
      title: "From the POST to the page on which a role is chosen",
      x: "roles in the assertion",
      y: "milliseconds",
      sizes: [1, 10, 100, 450],
      sample: (roles) => postToPicker(driver, roles),
      rounds: 7,
    },
    {
      name: "assertion",
      title: "Reading an assertion",
      x: "characters of base64",
      y: "milliseconds",
      sizes: [10_000, 20_000, 50_000, 100_000],
      sample: (characters) => {
        const full = fullResponse(characters);
        return timed(() => Promise.resolve(read(full)));
      },
      rounds: 41,
    },
    {
      name: "profiles",
      title: "The first edit of a profile in a process",
      x: "profiles in the file",
      y: "milliseconds",
      sizes: [10, 100, 1000, 10_000],
      sample: firstEdit,
      rounds: 7,
    },
    {
      name: "callers",
      title: "From the POST to the last caller's answer, one sign-in for all",
      x: "callers at once, nothing cached",
      y: "milliseconds",
      sizes: [1, 10, 50, 100, 200],
      sample: (callers) => postToAnswers(driver, callers),
      rounds: 3,
    },
  ];
}

/** Measures a series: the medians, the sizes in turn, so that other load on the machine affects all of them. */
export async function grow({ sizes, sample, rounds, ...shown }: Series): Promise<Grown> {
  const taken = sizes.map((): number[] => []);
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, size] of sizes.entries()) {
      const value = await sample(size);
      if (round > 0) taken[index]?.push(value);
    }
  }
  const points = sizes.map((x, index): Point => ({ x, y: median(taken[index] ?? []) }));
  return { ...shown, points };
}

/** Formats a series as a Markdown table. */
export function growthTable({ x, y, points }: Growth): string {
  const rows = points.map((point) => `| ${point.x.toLocaleString("en")} | ${point.y.toFixed(1)} |`);
  return [`| ${x} | ${y} |`, "| ---: | ---: |", ...rows].join("\n");
}

async function postToPicker(program: Programs["driver"], count: number): Promise<number> {
  const roles = manyRoles(count);
  await using stage = setStage({
    idp: { users: [{ name: "many", about: "many roles", response: { roles } }] },
  });
  const { fields } = stage.idp.signIn("many");
  await using driver = commandDriver(stage, ["login"], { program });
  await driver.waitFor("Waiting on");
  // As by hand: what a sign-in needs has been loaded by then.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const base64 = fields.find(([name]) => name === "SAMLResponse")?.[1] ?? "";
  return await timed(() => openPicker(overNetwork, stage.acsUrl, base64));
}
