/**
 * A driver that is killed at a system call, or whose disk fails there: afterwards the port and the locks are
 * free, every file is the old one or the new one, and the next run works.
 *
 * A few calls of each command here; `deno task faults` takes all of them, and every error.
 */

import assert from "node:assert/strict";
import { masked, putFiles } from "../support/aws_files.ts";
import { kill, processesWith } from "../support/callers.ts";
import { type Ended, type Program, startDriver } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { postToAcs } from "../support/idp.ts";
import { filesBelow } from "../support/leaks.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { assertFailed, assertFree, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { callsIn, type Injection, recorded, struck, type SystemCall } from "../support/strace.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";

const ALL = Deno.env.get("FAULTS") === "all";
/** Most of a run's time is waiting. */
const SHARES = ALL ? 4 : 1;
const ERRORS = ["ENOSPC", "EROFS", "EIO", "EDQUOT"] as const;

const CONFIG = ".aws/config";
const OLD = "# mine\r\n[profile other]\nregion = eu-west-1 # why\n";

interface Command {
  readonly args: readonly string[];
  /** What was in the config file before; absent for a home without one. */
  readonly old?: string;
  /** Whether it prints the session; else it writes a profile. */
  readonly prints?: true;
  /** How many of its calls are tried here: killed, and failing. */
  readonly tried: readonly [kills: number, errors: number];
}

const COMMANDS: Readonly<Record<string, Command>> = {
  "setup in a new home": { args: ["setup", "dev"], tried: [3, 4] },
  "a sign-in for a profile": { args: ["--profile-to-update", "dev"], old: OLD, tried: [3, 4] },
  "a sign-in for all callers": { args: ["--cache"], old: OLD, prints: true, tried: [1, 1] },
};

/** A command whose calls are known, on a stage of its own. */
interface Scene {
  readonly stage: Stage;
  readonly command: Command;
  readonly program: Program;
  readonly calls: readonly SystemCall[];
  /** The config file that the command writes, without a session's values. */
  readonly written: string | undefined;
}

/** What became of many faults. */
interface Tally {
  readonly faults: number;
  /** Those that did not happen: the next run does not make exactly the same calls. */
  readonly missed: readonly string[];
  readonly failures: readonly string[];
}

for (const [name, command] of Object.entries(COMMANDS)) {
  peersTest(
    ["executable", "strace"],
    `${name}: killed or without a disk at any system call, nothing is torn and the next run works`,
    async () => {
      const tallies = await Promise.all(
        Array.from({ length: SHARES }, (_, share) => strikeShare(command, share)),
      );
      const faults = tallies.reduce((sum, tally) => sum + tally.faults, 0);
      const missed = tallies.flatMap((tally) => tally.missed);
      const failures = tallies.flatMap((tally) => tally.failures);
      if (ALL) {
        const happened = faults - missed.length;
        console.log(`${faults} faults, ${happened} happened, ${failures.length} failures`);
      }
      assert.deepEqual(failures, []);
      assert.ok(missed.length <= faults / 5, `did not happen:\n${missed.join("\n")}`);
    },
  );
}

/** Tries the faults of one share, one after the other on a stage of its own. */
async function strikeShare(command: Command, share: number): Promise<Tally> {
  await using stage = setStage();
  const program: Program = { name: "executable", command: [pathOf("executable")] };
  const scene = await sceneOf({ stage, command, program });
  const [kills, errors] = command.tried;
  const writes = scene.calls.filter(({ writes }) => writes);
  const all: readonly (readonly [Injection, SystemCall])[] = [
    ...some(scene.calls, kills).map((call) => ["signal=SIGKILL", call] as const),
    ...some(
      // In turn, so that a few are different errors at different calls.
      writes.flatMap((call, index) =>
        ERRORS.map((_, turn) => [`error=${ERRORS[(index + turn) % ERRORS.length]}`, call] as const)
      ),
      errors,
    ),
  ];
  const faults = all.filter((_, index) => index % SHARES === share);
  const failures: string[] = [];
  const missed: string[] = [];
  for (const [injection, call] of faults) {
    const what = `${injection} at ${call.name} ${call.when} of ${call.path ?? "any"}`;
    try {
      if (!await strike(scene, { injection, call })) missed.push(what);
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { faults: faults.length, missed, failures };
}

/** Some of many, evenly; all of them in the long form. */
function some<T>(items: readonly T[], count: number): readonly T[] {
  if (ALL) return items;
  const step = Math.max(1, items.length / count);
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

async function sceneOf(
  { stage, command, program }: Pick<Scene, "stage" | "command" | "program">,
): Promise<Scene> {
  const trace = await Deno.makeTempFile();
  try {
    reset(stage, command);
    const { code, stderr } = await run(stage, {
      command,
      program: recorded(pathOf("strace"), program, trace),
    });
    assert.equal(code, 0, stderr);
    const calls = callsIn(await Deno.readTextFile(trace), stage.home);
    assert.ok(calls.filter(({ writes }) => writes).length > 10, "the calls are found");
    const text = configOf(stage);
    return { stage, command, program, calls, written: withoutValues(text, stage).at(-1) };
  } finally {
    await Deno.remove(trace);
  }
}

/** A home in which the command was never run. */
function reset({ home }: Stage, { old }: Command): void {
  for (const { name } of Deno.readDirSync(home)) {
    Deno.removeSync(`${home}/${name}`, { recursive: true });
  }
  Deno.mkdirSync(`${home}/tmp`);
  if (old !== undefined) putFiles(home, { [CONFIG]: old });
}

/** Runs a command to its end; whoever listens at the port is posted to. */
async function run(
  stage: Stage,
  { command, program }: { readonly command: Command; readonly program: Program },
): Promise<Ended> {
  const args = [...command.args, ...stage.args, "--start-url", "http://127.0.0.1:1/start"];
  if (command.args[0] !== "setup") args.push("--timeout", "20s");
  await using driver = startDriver(args, {
    ...{ program, home: stage.home },
    env: { ...stage.env, BROWSER: "none", TMPDIR: `${stage.home}/tmp` },
  });
  const { fields } = stage.idp.signIn("alice");
  let over = false;
  const ended = driver.ended.finally(() => over = true);
  const posting = (async () => {
    while (!over) {
      await postToAcs(stage.acsUrl, fields).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  try {
    return await soon("the driver to end", ended, 60_000);
  } finally {
    over = true;
    await posting;
  }
}

/** Has one thing happen. @returns whether it did */
async function strike(
  scene: Scene,
  { injection, call }: { readonly injection: Injection; readonly call: SystemCall },
): Promise<boolean> {
  const { stage, command, program } = scene;
  reset(stage, command);
  const killed = injection.startsWith("signal=");
  const trace = await Deno.makeTempFile();
  const end = await run(stage, {
    command,
    program: struck(pathOf("strace"), program, { home: stage.home, call, injection, trace }),
  });
  const hit = /killed by SIGKILL|\(INJECTED\)/.test(await Deno.readTextFile(trace));
  await Deno.remove(trace);
  assertEnd(scene, { end, killed });
  assertFree(stage.port);
  const undeletable = call.name.startsWith("unlink");
  assertWhole(scene, killed || undeletable ? "may stay" : "none");

  const next = await run(stage, { command, program });
  assert.equal(next.code, 0, `the next run: ${next.stderr}`);
  const serving = () => processesWith(`__serve\0${stage.home}/`);
  for (const pid of serving()) kill(pid, "SIGTERM");
  await eventually("nobody to serve", () => serving().length === 0 || undefined);
  assertEnd(scene, { end: next, killed: false });
  assertWhole(scene, "no secret");
  return hit;
}

/** A run that was not killed delivers, or says in one message why a file could not be written. */
function assertEnd(
  { stage, command }: Scene,
  { end, killed }: { readonly end: Ended; readonly killed: boolean },
): void {
  const { code, stdout, stderr } = end;
  if (killed && code === 137) {
    if (stdout !== "") assert.equal(stdout.split("\n").length, 2, "a whole line");
    return;
  }
  // Whoever comes to the call is killed: also the process that took over from the first one.
  if (killed && code === 1) {
    return assertFailed(end, { code: 1, says: "The process that signs in was ended twice" });
  }
  if (code === 0 && command.prints) {
    const { SecretAccessKey } = JSON.parse(stdout);
    assert.ok(stage.sts.handedOut.some((it) => it.secretAccessKey === SecretAccessKey));
  } else if (code === 0) {
    assert.equal(stdout, "");
    assert.ok(configOf(stage)?.includes("[profile dev]"), `exit 0 without a profile: ${stderr}`);
  } else {
    assertFailed(end, {
      code: 8,
      says: /^Cannot (change|lock|use|keep) "|^Cannot create a socket/,
    });
  }
}

/** What may be left of a file that was being written; that of the cache is swept when it is written again. */
type Half = "may stay" | "no secret" | "none";

/** Every file is the old one or the new one, and what holds a secret is for this user alone. */
function assertWhole({ stage, command, written }: Scene, left: Half): void {
  const texts = withoutValues(configOf(stage), stage);
  assert.ok(texts.some((text) => text === command.old || text === written), "a torn config file");
  for (const [path, text] of filesBelow(stage.home)) {
    const file = path.slice(stage.home.length + 1);
    const secret = text.includes(FIXTURE_SECRET_MARKER);
    if (/new(-[0-9a-f-]+)?$/.test(file)) {
      const harmless = left === "no secret" && file.startsWith(".cache/") && !secret;
      assert.ok(left === "may stay" || harmless, `${file} is left`);
    } else {
      if (file.endsWith(".json")) JSON.parse(text);
      const meant = file === CONFIG || /\/sessions\/[0-9a-f]+\.json$/.test(file);
      assert.ok(!secret || meant, `a secret in ${file}`);
    }
    if (secret) assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600, file);
  }
}

function configOf({ home }: Stage): string | undefined {
  try {
    return Deno.readTextFileSync(`${home}/${CONFIG}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A text as it is, and without the values of each session that was handed out. */
function withoutValues(
  text: string | undefined,
  { sts }: Stage,
): readonly [string | undefined, ...(string | undefined)[]] {
  if (text === undefined) return [undefined];
  return [text, ...sts.handedOut.map((it) => masked({ text }, it)["text"])];
}
