/**
 * Has worker.ts try mutants on the tests of a file: again where one of them ends it, or keeps it busy for ever.
 *
 * @module
 */

import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { type Order, type Said, SAYS } from "./worker.ts";

/** How long a worker may say nothing, milliseconds: until its tests have passed, and about each mutant then. */
const READY_MS = 300_000;
const PATIENCE_MS = 20_000;
/** How many times as long as its tests take is added to the latter. */
const PATIENCE_TIMES = 5;

/** Where workers run. */
export interface Place {
  /** The copy of the project whose sources are instrumented. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What is tried on the tests of a file. */
export interface Trial {
  readonly test: string;
  readonly ids: readonly string[];
}

/**
 * The mutants that the tests of a file kill.
 *
 * @throws Error when the tests fail without mutants
 */
export async function killedBy({ test, ids }: Trial, place: Place): Promise<readonly string[]> {
  const killed: string[] = [];
  let left = ids;
  while (left.length > 0) {
    const run = await runWorker(test, { ids: left }, place);
    killed.push(...run.killed);
    const again = run.end === "spoiled" && !run.killed.includes(run.last);
    left = run.end === "done" ? [] : left.slice(left.indexOf(run.last) + (again ? 0 : 1));
  }
  return killed;
}

interface WorkerRun {
  readonly killed: readonly string[];
  /** The mutant that was begun last. */
  readonly last: string;
  readonly end: "done" | "spoiled" | "full" | "killed";
}

async function runWorker(test: string, order: Order, place: Place): Promise<WorkerRun> {
  const worker = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--no-check", "--cached-only", "--no-code-cache"],
      ...["scripts/mutation/worker.ts", test],
    ],
    cwd: place.folder,
    env: { NO_COLOR: "1", ...place.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = worker.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(order)));
  await writer.close();

  const killed: string[] = [];
  let last: string | undefined;
  let end: WorkerRun["end"] = "killed";
  let broken: Error | undefined;
  let patienceMs = READY_MS;
  const giveUp = () => {
    try {
      worker.kill("SIGKILL");
    } catch {
      // Ended already.
    }
  };
  let timer = setTimeout(giveUp, patienceMs);
  for await (const line of createInterface({ input: Readable.from(worker.stdout) })) {
    if (!line.startsWith(SAYS)) continue;
    const said: Said = JSON.parse(line.slice(SAYS.length));
    if (said.what === "broken") {
      broken = new Error(`${test} fails without mutants: "${said.test}": ${said.error}`);
      giveUp();
    } else if (said.what === "ready") {
      patienceMs = PATIENCE_MS + PATIENCE_TIMES * said.tookMs;
    } else if (said.what === "begun") last = said.id;
    else if (said.what === "killed") killed.push(said.id);
    else end = said.what;
    clearTimeout(timer);
    timer = setTimeout(giveUp, patienceMs);
  }
  clearTimeout(timer);
  await worker.status;
  if (broken !== undefined) throw broken;
  if (last === undefined) {
    if (end === "killed") throw new Error(`${test} cannot be loaded without mutants`);
    last = "";
  } else if (end === "killed" && !killed.includes(last)) killed.push(last);
  return { killed, last, end };
}
