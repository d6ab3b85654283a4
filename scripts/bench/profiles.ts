/**
 * The figures of an edit in a big shared file.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { roleKept } from "../../tests/support/kept_session.ts";
import { cachedAnswer } from "./cached.ts";
import { type Figure, timed } from "./measure.ts";
import type { Programs } from "./sign_in.ts";

const MANY = 1000;
const FAR_MORE = 10_000;

/**
 * The figures of `--profile-to-update`. A process makes one or two edits, so it is the first that counts,
 * before the compiler has seen the code.
 */
export function profileFigures(programs: Programs): readonly Figure[] {
  const answer = cachedAnswer(programs, roleKept());
  const what = (profiles: number) =>
    `the first edit of a process among ${profiles.toLocaleString("en")} profiles`;
  return [
    {
      what: `${what(MANY)}, over a whole cached answer`,
      target: 1.5,
      unit: "ms",
      ours: () => firstEdit(MANY),
      base: () => timed(answer),
    },
    {
      what: `${what(FAR_MORE)}, over ${MANY.toLocaleString("en")}`,
      target: 12,
      unit: "ms",
      ours: () => firstEdit(FAR_MORE),
      base: () => firstEdit(MANY),
    },
  ];
}

/** Milliseconds of an edit among so many profiles, without the start of its process. */
export async function firstEdit(profiles: number): Promise<number> {
  const script = fileURLToPath(new URL("first_edit.ts", import.meta.url));
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", script, String(profiles)],
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("The first edit failed");
  return Number(new TextDecoder().decode(stdout));
}
