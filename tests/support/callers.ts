/**
 * Many callers of one sign-in: a stage whose browser counts how often it is opened, the callers, and the
 * process that signs in for them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Driver, type Ended, type Program, programs, startDriver } from "./driver.ts";
import { eventually } from "./eventually.ts";
import type { AcsAnswer } from "./idp.ts";
import { portIsFree } from "./raw_http.ts";
import { manyRoles, type ResponseOptions, type RoleOffer } from "./saml_response.ts";
import { post, soon } from "./sign_ins.ts";
import { setStage, type Stage, type StageOptions } from "./stage.ts";
import { openPicker, overNetwork, type PickerTab } from "./tab.ts";

/** A stage for callers who share sign-ins. */
export interface Meeting extends AsyncDisposable {
  readonly stage: Stage;
  /** The flags that they have in common. */
  readonly shared: readonly string[];
  /** How often a browser was opened. */
  readonly openings: () => number;
  /** Resolves when the browser was opened so often and the driver listens. */
  opened(times: number): Promise<void>;
  /** Starts a caller; all are ended with the meeting. */
  call(args: readonly string[], more?: CallOptions): Driver;
  /** Starts one, and returns when it waits. */
  callAndWait(args: readonly string[], more?: CallOptions): Promise<Driver>;
  /** Opens the page on which a user picks, in the browser that was opened. */
  picker(user: string, changes?: ResponseOptions): Promise<PickerTab>;
  /** Posts what the IdP says of a user, as the one tab does. */
  signIn(user: string, changes?: ResponseOptions): Promise<AcsAnswer>;
  /** The processes that sign in now. */
  readonly serving: () => readonly number[];
  /** Every file below the cache folder. */
  readonly files: () => readonly string[];
  /** Resolves when nobody signs in and the port is free. */
  over(): Promise<void>;
}

/** How a caller is started. */
export interface CallOptions {
  readonly program?: Program;
  readonly env?: Readonly<Record<string, string>>;
}

/** Many roles, each through the provider of its account. */
export const ROLES: readonly RoleOffer[] = manyRoles(75);

/** The flags that name a role. */
export function roleArgs(offer: RoleOffer | undefined): readonly string[] {
  assert.ok(offer);
  return ["--role-arn", offer.role, "--saml-provider-arn", offer.provider];
}

/** The driver that callers are: the executable where there is one, which starts faster. */
export const CALLER: Program = programs().at(-1) ?? programs()[0];

/** Registers a test of callers who meet; on Linux, where their processes can be looked for. */
export function meetingTest(
  name: string,
  body: (meeting: Meeting) => Promise<void>,
  options: StageOptions = {},
): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using meeting = await meet(CALLER, options);
      await body(meeting);
    },
  });
}

/** Sets up a meeting; `many` is a user with 75 roles. */
export async function meet(program: Program, options: StageOptions = {}): Promise<Meeting> {
  const stage = setStage({
    ...options,
    idp: {
      users: [
        { name: "many", about: "75 roles", response: { roles: ROLES } },
        { name: "half", about: "the first 3", response: { roles: ROLES.slice(0, 3) } },
        { name: "rest", about: "the others", response: { roles: ROLES.slice(3) } },
      ],
      ...options.idp,
    },
  });
  const counted = `${stage.home}/opened`;
  const browser = `${stage.home}/browser`;
  await Deno.writeTextFile(browser, `#!/bin/sh\necho "$1" >> '${counted}'\n`);
  await Deno.chmod(browser, 0o755);
  const callers: Driver[] = [];
  const cache = `${stage.home}/cache`;
  const openings = () => linesOf(counted).length;
  const serving = () => processesWith(`__serve\0${cache}/`);
  const call = (args: readonly string[], more: CallOptions = {}) => {
    const caller = startDriver(args, {
      program: more.program ?? program,
      home: stage.home,
      env: { ...stage.env, XDG_CACHE_HOME: cache, ...more.env },
    });
    callers.push(caller);
    return caller;
  };
  const meeting: Meeting = {
    stage,
    shared: [
      ...["--cache", "--issuer", stage.idp.startUrl, "--browser", browser],
      ...["--port", String(stage.port)],
    ],
    openings,
    serving,
    files: () => filesBelow(cache),
    async opened(times) {
      await eventually(
        `opening ${times} of a browser (there were ${openings()})`,
        () => openings() >= times && !portIsFree(stage.port) || undefined,
      );
      assert.equal(openings(), times);
    },
    call,
    async callAndWait(args, more) {
      const caller = call(args, more);
      let gone = false;
      caller.ended.then(() => gone = true);
      await eventually("the caller to wait", () => gone || waits(caller) || undefined);
      return caller;
    },
    async picker(user, changes) {
      const [, base64 = ""] = stage.idp.signIn(user, changes).fields[0] ?? [];
      const start = await eventually("the browser", () => linesOf(counted).at(-1));
      return await soon("the page", openPicker(overNetwork, stage.acsUrl, base64, start));
    },
    signIn: (user, changes) => post(stage, stage.idp.signIn(user, changes).fields),
    async over() {
      await eventually(
        "the sign-in to be over",
        () => serving().length === 0 && portIsFree(stage.port) || undefined,
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(callers.map((caller) => caller[Symbol.asyncDispose]()));
      for (const pid of serving()) kill(pid, "SIGKILL");
      await meeting.over();
      await stage[Symbol.asyncDispose]();
    },
  };
  return meeting;
}

/** A clock that a test sets, for callers and the processes that they start. */
export interface FakeClock {
  readonly env: Readonly<Record<string, string>>;
  /** Sets it, as `+2h`, and has the process at the port look at it. */
  set(offset: string): Promise<void>;
}

/**
 * Makes a {@linkcode FakeClock}; by the library of faketime.
 *
 * @param timers whether timers follow it as well, so that an hour passes at once; set back, such a process would
 * never sleep again, as no real one does
 */
export async function fakeClock(
  { stage }: Pick<Meeting, "stage">,
  library: string,
  { timers }: { readonly timers: boolean },
): Promise<FakeClock> {
  const file = `${stage.home}/clock`;
  await Deno.writeTextFile(file, "+0");
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      ...(!timers && { FAKETIME_DONT_FAKE_MONOTONIC: "1" }),
    },
    async set(offset) {
      await Deno.writeTextFile(file, offset);
      for (let times = 0; times < 2; times++) await getRoot(stage);
    },
  };
}

/** Asks for a page. Nobody may answer any more. */
async function getRoot({ acsUrl }: Stage): Promise<void> {
  try {
    await (await fetch(new URL("/", acsUrl))).body?.cancel();
  } catch {
    // It is over.
  }
}

/** Waits for all callers. */
export async function allOf(callers: readonly Driver[], ms?: number): Promise<readonly Ended[]> {
  return await soon("the callers to end", Promise.all(callers.map(({ ended }) => ended)), ms);
}

/** Sends a signal; a process that is gone is none. */
export function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/** Whether a caller has given its order: from then on it is told how the sign-in stands. */
export function waits(caller: Driver): boolean {
  return /Waiting on|already signing in|has port/.test(caller.said());
}

function linesOf(path: string): readonly string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

function filesBelow(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
    );
  } catch {
    return [];
  }
}

/** The processes whose arguments have this, by Linux' own account; zombies have none. */
export function processesWith(text: string): readonly number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(text);
    } catch {
      return false;
    }
  });
}
