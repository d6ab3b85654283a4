/**
 * The driver beside the programs that people use for the same today.
 *
 * @module
 */

import { type Driver, driverEnv, FROM_SOURCE, startDriver } from "../../tests/support/driver.ts";
import { postToAcs } from "../../tests/support/idp.ts";
import { roleKept } from "../../tests/support/kept_session.ts";
import { peer } from "../../tests/support/peers.ts";
import { setStage, type Stage } from "../../tests/support/stage.ts";
import { cachedAnswer } from "./cached.ts";
import { granted, STS_MS } from "./granted.ts";
import { median, peakOf, runQuietly, type Sample, timed } from "./measure.ts";
import type { Programs } from "./sign_in.ts";

/** The only port of the original. */
const PORT = 8090;

/** How long a person takes, milliseconds. */
const BY_HAND_MS = 1500;

/** One row: what was measured, and what each program took. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  /** By the program's name; a program that does not have this is absent. */
  readonly taken: Readonly<Record<string, number>>;
}

/** A program that signs in. */
interface Contender {
  readonly name: string;
  /** Starts it; it listens at {@linkcode PORT}. */
  readonly start: (stage: Stage) => Driver;
}

/** Where the programs are. */
export interface Contenders extends Programs {
  /** The original's sts_saml_driver.py, which is no part of this project; `undefined` when nobody fetched it. */
  readonly original: string | undefined;
}

/** Measures all programs alternately. */
export async function sideBySide(programs: Contenders): Promise<readonly Row[]> {
  const ours = programs.driver.name;
  const kept = roleKept();
  const contenders = await contendersOf(programs);
  const aws = peer("awscli2");
  const keys = { AWS_ACCESS_KEY_ID: "fake", AWS_SECRET_ACCESS_KEY: "fake" };
  const signIns = (measure: (contender: Contender) => Promise<number>) =>
    Object.fromEntries(contenders.map((each) => [each.name, () => measure(each)]));
  return [
    {
      what: "start to listening",
      unit: "ms",
      taken: await inTurn(signIns(startToListening), 11),
    },
    {
      what: `POST to the end, person signed in by hand, STS ${STS_MS} ms away`,
      unit: "ms",
      taken: await inTurn(signIns(postToEnd), 9),
    },
    {
      what: "peak memory of a sign-in",
      unit: "MB",
      taken: await inTurn(signIns(memory), 5),
    },
    {
      what: "credential_process answer from a cache",
      unit: "ms",
      taken: await inTurn({
        [ours]: () => timed(cachedAnswer(programs, kept)),
        [FROM_SOURCE.name]: () => timed(cachedAnswer({ ...programs, driver: FROM_SOURCE }, kept)),
        ...(aws.found && {
          "aws configure export-credentials": () =>
            timed(() =>
              runQuietly(
                aws.path,
                ["configure", "export-credentials"],
                driverEnv({ env: { ...kept.env, ...keys } }),
              )
            ),
        }),
      }, 11),
    },
    { what: "size", unit: "MB", taken: await sizes(programs) },
  ];
}

/** Formats the rows as a Markdown table, each value with its ratio to the first program's. */
export function sideBySideTable(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap(({ taken }) => Object.keys(taken)))];
  const [first = ""] = names;
  const cell = ({ taken, unit }: Row, name: string) => {
    const value = taken[name];
    const base = taken[first];
    if (value === undefined || base === undefined) return "–";
    const ratio = name === first ? "" : ` (${(value / base).toFixed(2)} ×)`;
    return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}${ratio}`;
  };
  return [
    `| what | ${names.join(" | ")} |`,
    `| --- |${" ---: |".repeat(names.length)}`,
    ...rows.map((row) => `| ${row.what} | ${names.map((name) => cell(row, name)).join(" | ")} |`),
  ].join("\n");
}

async function contendersOf({ driver, original }: Contenders): Promise<readonly Contender[]> {
  const ours = [driver, FROM_SOURCE].map((program): Contender => ({
    name: program.name,
    start: (stage) =>
      startDriver(stage.args, {
        program,
        home: stage.home,
        env: { ...stage.env, BROWSER: "none" },
      }),
  }));
  if (original === undefined) return ours;
  const python = await pythonOf();
  const theirs: Contender = {
    name: "Python original",
    start: (stage) =>
      startDriver(stage.args.slice(0, 4), {
        program: { name: "original", command: [python, original] },
        home: stage.home,
        env: stage.env,
      }),
  };
  return [...ours, theirs];
}

/** Python itself: what stands in PATH may be a script that looks for it. */
async function pythonOf(): Promise<string> {
  const { stdout } = await new Deno.Command("python3", {
    args: ["-c", "import sys; print(sys.executable)"],
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function inTurn(
  samples: Readonly<Record<string, Sample>>,
  rounds: number,
): Promise<Readonly<Record<string, number>>> {
  const taken = Object.entries(samples).map(([name, sample]) => ({
    name,
    sample,
    values: [] as number[],
  }));
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const { sample, values } of taken) {
      const value = await sample();
      if (round > 0) values.push(value);
    }
  }
  return Object.fromEntries(taken.map(({ name, values }) => [name, median(values)]));
}

function stageOf(): Stage {
  return setStage({ port: PORT, sts: { delayMs: STS_MS, behaviours: [granted()] } });
}

async function startToListening({ start }: Contender): Promise<number> {
  await using stage = stageOf();
  let driver: Driver | undefined;
  try {
    return await timed(async () => {
      driver = start(stage);
      await listening(driver);
    });
  } finally {
    await driver?.[Symbol.asyncDispose]();
  }
}

async function postToEnd({ start }: Contender): Promise<number> {
  await using stage = stageOf();
  await using driver = start(stage);
  await listening(driver);
  await new Promise((resolve) => setTimeout(resolve, BY_HAND_MS));
  return await timed(() => signIn(stage, driver));
}

async function memory({ start }: Contender): Promise<number> {
  await using stage = stageOf();
  await using driver = start(stage);
  const peak = peakOf(driver.pid, driver.ended);
  await listening(driver);
  await signIn(stage, driver);
  return await peak;
}

async function signIn(stage: Stage, driver: Driver): Promise<void> {
  // The original ends while it answers.
  postToAcs(stage.acsUrl, stage.idp.signIn("alice").fields).catch(() => {});
  const { code, stderr } = await driver.ended;
  if (code !== 0 || stage.sts.calls.length !== 1) throw new Error(`No sign-in:\n${stderr}`);
}

/** Waits for the port without a connection: the original would take it for its only one. */
async function listening(driver: Driver): Promise<void> {
  let ended = false;
  driver.ended.then(() => ended = true);
  const local = `:${PORT.toString(16).toUpperCase()}`;
  const listens = (table: string) =>
    table.split("\n").some((line) => {
      const [, from = "", , state] = line.trim().split(/\s+/);
      return from.endsWith(local) && state === "0A";
    });
  while (!ended) {
    if (["tcp", "tcp6"].some((name) => listens(Deno.readTextFileSync(`/proc/net/${name}`)))) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  throw new Error(`It never listened:\n${driver.said()}`);
}

/** What there is to install: the executable, or the packages beside Python and Deno. */
async function sizes({ driver, original }: Contenders): Promise<Readonly<Record<string, number>>> {
  const ours = { [driver.name]: Deno.statSync(driver.command[0]).size / 1e6 };
  if (original === undefined) return ours;
  const { stdout } = await new Deno.Command(await pythonOf(), {
    args: ["-c", SIZE_OF_PACKAGES],
    stderr: "inherit",
  }).output();
  return { ...ours, "Python original": Number(new TextDecoder().decode(stdout)) / 1e6 };
}

/** Sums up the files of the packages that the original imports, and of those that they need. */
const SIZE_OF_PACKAGES = `
from importlib.metadata import distribution, PackageNotFoundError
import re
left, seen, size = ["boto3", "bottle", "requests"], set(), 0
while left:
    name = left.pop()
    if name in seen:
        continue
    seen.add(name)
    try:
        found = distribution(name)
    except PackageNotFoundError:
        continue
    size += sum(f.size or 0 for f in found.files or [])
    left += [re.match(r"[\\w.-]+", r)[0] for r in found.requires or [] if "extra ==" not in r]
print(size)
`;
