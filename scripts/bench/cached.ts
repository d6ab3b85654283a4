/**
 * The benchmarks of an answer from the cache: the cost for a program that requests credentials repeatedly.
 *
 * @module
 */

import { driverEnv } from "../../tests/support/driver.ts";
import { peer } from "../../tests/support/peers.ts";
import { type KeptRole, roleKept } from "../../tests/support/kept_session.ts";
import { type Figure, instructionsOf, peakOf, timed } from "./measure.ts";
import type { Programs } from "./sign_in.ts";

/** The number of simultaneous callers. */
const MANY = 100;

/** Lists the benchmarks of an answer from the cache, and of a miss. */
export function cachedFigures(programs: Programs): readonly Figure[] {
  const { empty } = programs;
  const command = programs.driver.command[0];
  // One entry for all: it is only read, and is in a folder that the system cleans up.
  const kept = roleKept();
  const answer = cachedAnswer(programs, kept);
  const figures: readonly Figure[] = [
    {
      what: "cached answer, over an empty program",
      target: 1.5,
      unit: "ms",
      ours: () => timed(answer),
      base: () => timed(() => run(empty, [], kept.env)),
      rounds: 31,
    },
    {
      what: "peak memory of a cached answer, over an empty program",
      target: 1.3,
      unit: "MB",
      ours: () => memory(command, [...kept.args, "--cache"], kept.env),
      base: () => memory(empty, [], kept.env),
      rounds: 15,
    },
    {
      what: "--no-interactive without an entry, over an empty program",
      target: 1.5,
      unit: "ms",
      ours: () =>
        timed(() =>
          run(command, [...kept.args, "--cache", "--no-interactive", "--idp=other"], kept.env, 9)
        ),
      base: () => timed(() => run(empty, [], kept.env)),
      rounds: 31,
    },
    {
      what: `${MANY} callers at once on a warm cache, over ${MANY} empty programs`,
      target: 1.4,
      unit: "ms",
      ours: () => timed(() => atOnce(answer)),
      base: () => timed(() => atOnce(() => run(empty, [], kept.env))),
      // Two hundred processes on two cores: one round means little.
      rounds: 15,
    },
  ];
  const valgrind = peer("valgrind");
  const counted: readonly Figure[] = !valgrind.found ? [] : [{
    what: "instructions of a cached answer, over an empty program",
    target: 1.5,
    unit: "M",
    ours: async () => {
      await kept.stored;
      const env = driverEnv({ env: kept.env });
      const words = [command, ...kept.args, "--cache", "--no-interactive"] as const;
      return await instructionsOf(valgrind.path, words, env);
    },
    base: () => instructionsOf(valgrind.path, [empty], driverEnv({ env: kept.env })),
    rounds: 1,
  }];
  // Version 1 does not have `configure export-credentials`.
  const aws = peer("awscli2");
  if (!aws.found) return [...figures, ...counted];
  const keys = { AWS_ACCESS_KEY_ID: "fake", AWS_SECRET_ACCESS_KEY: "fake" };
  const cli: Figure = {
    what: "cached answer, over aws configure export-credentials",
    target: 0.15,
    unit: "ms",
    ours: () => timed(answer),
    base: () =>
      timed(() => run(aws.path, ["configure", "export-credentials"], { ...kept.env, ...keys })),
    rounds: 7,
  };
  return [...figures, ...counted, cli];
}

/** A whole answer from the cache, from the driver's start to its end. */
export function cachedAnswer(
  { driver }: Programs,
  kept: KeptRole & { readonly stored: Promise<void> },
): () => Promise<void> {
  return async () => {
    await kept.stored;
    const [command, ...before] = driver.command;
    await run(command, [...before, ...kept.args, "--cache", "--no-interactive"], kept.env);
  };
}

async function atOnce(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: MANY }, work));
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  wanted = 0,
): Promise<void> {
  const { code } = await start(command, args, env).status;
  if (code !== wanted) throw new Error(`${command} exited with ${code} instead of ${wanted}`);
}

async function memory(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const child = start(command, args, env);
  return await peakOf(child.pid, child.status);
}

function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess {
  return new Deno.Command(command, {
    args: [...args],
    env: driverEnv({ env }),
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}
