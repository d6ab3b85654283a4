/**
 * The benchmarks of a sign-in: start, response, memory.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type Driver, freePort, type Program, startDriver } from "../../tests/support/driver.ts";
import { postToAcs } from "../../tests/support/idp.ts";
import { setStage, type Stage } from "../../tests/support/stage.ts";
import { type Figure, peakOf, runQuietly, timed } from "./measure.ts";
import { STS_MS } from "./granted.ts";

/** The programs to compare. */
export interface Programs {
  readonly driver: Program;
  /** An empty program, compiled in an empty folder by the same compiler. */
  readonly empty: string;
}

/** Lists the benchmarks that run on every machine. */
export function signInFigures(programs: Programs): readonly Figure[] {
  return [
    {
      what: "start to listening, over an empty program",
      target: 1.8,
      unit: "ms",
      ours: () => startToListening(programs.driver),
      base: () => timed(() => runQuietly(programs.empty)),
    },
    {
      // An accept loop of our own is worth 3 ms at most, and Deno.serve takes some 4 ms.
      what: "taking the port in a new process, over Deno.serve alone",
      target: 1.7,
      unit: "ms",
      ours: () => firstListening("ours"),
      base: () => firstListening("alone"),
    },
    {
      what: "POST to JSON, person signed in by hand, over curl",
      target: 1.5,
      unit: "ms",
      ours: () => postToJson(programs.driver, 1500),
      base: curl,
      rounds: 9,
    },
    {
      what: "POST to JSON, signed in at once, over curl",
      target: 2.3,
      unit: "ms",
      ours: () => postToJson(programs.driver, 0),
      base: curl,
    },
    {
      what: "peak memory of a sign-in, over an empty program",
      target: 1.8,
      unit: "MB",
      ours: () => memoryOfSignIn(programs.driver),
      base: () => memoryOfEmpty(programs.empty),
      rounds: 7,
    },
  ];
}

/** The benchmark that needs boto3. */
export function pythonFigure({ driver }: Programs): Figure {
  return {
    what: "start to listening, over making a boto3 client",
    target: 0.25,
    unit: "ms",
    ours: () => startToListening(driver),
    base: () =>
      timed(() =>
        runQuietly("python3", ["-c", "import boto3; boto3.client('sts')"], {
          AWS_DEFAULT_REGION: "us-east-1",
        })
      ),
    rounds: 7,
  };
}

function start(stage: Stage, program: Program): Driver {
  return startDriver(stage.args, { program, home: stage.home, env: stage.env });
}

/** Waits until both addresses accept connections; ::1 is the second. */
async function listening(port: number): Promise<void> {
  while (true) {
    try {
      (await Deno.connect({ hostname: "::1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

async function startToListening(program: Program): Promise<number> {
  await using stage = setStage();
  let driver: Driver | undefined;
  try {
    return await timed(async () => {
      driver = start(stage, program);
      await listening(stage.port);
    });
  } finally {
    await driver?.[Symbol.asyncDispose]();
  }
}

const LISTENER = fileURLToPath(new URL("listener.ts", import.meta.url));

async function firstListening(whose: "ours" | "alone"): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", LISTENER, whose, String(freePort())],
    stderr: "inherit",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

async function postToJson(program: Program, afterMs: number): Promise<number> {
  await using stage = setStage({ sts: { delayMs: STS_MS } });
  const { fields } = stage.idp.signIn("alice");
  await using driver = start(stage, program);
  await listening(stage.port);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  return await timed(async () => {
    postToAcs(stage.acsUrl, fields).catch(() => {});
    await driver.firstLine;
  });
}

async function curl(): Promise<number> {
  await using stage = setStage({ sts: { delayMs: STS_MS } });
  const { fields } = stage.idp.signIn("alice");
  const assertion = fields.find(([name]) => name === "SAMLResponse")?.[1] ?? "";
  const body = new URLSearchParams({
    Action: "AssumeRoleWithSAML",
    Version: "2011-06-15",
    RoleArn: stage.args[1] ?? "",
    PrincipalArn: stage.args[3] ?? "",
    SAMLAssertion: assertion,
    DurationSeconds: "3600",
  }).toString();
  return await timed(() =>
    runQuietly("curl", [
      "--silent",
      "--fail",
      "--data",
      body,
      stage.env["AWS_ENDPOINT_URL_STS"] ?? "",
    ])
  );
}

async function memoryOfSignIn(program: Program): Promise<number> {
  await using stage = setStage();
  await using driver = start(stage, program);
  const peak = peakOf(driver.pid, driver.ended);
  await listening(stage.port);
  await postToAcs(stage.acsUrl, stage.idp.signIn("alice").fields);
  const { code } = await driver.ended;
  if (code !== 0) throw new Error("The sign-in failed");
  return await peak;
}

async function memoryOfEmpty(empty: string): Promise<number> {
  const child = new Deno.Command(empty, { stdout: "null", stderr: "null" }).spawn();
  return await peakOf(child.pid, child.status);
}
