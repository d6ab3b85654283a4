/**
 * Steps that many end-to-end tests take: a driver that waits for its assertion, and what must be true
 * when it has ended.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Driver, type Ended, type Program, startDriver } from "./driver.ts";
import { eventually, PATIENCE_MS } from "./eventually.ts";
import { type AcsAnswer, type IdpForm, postToAcs } from "./idp.ts";
import { portIsFree } from "./raw_http.ts";
import type { ResponseOptions } from "./saml_response.ts";
import type { Stage } from "./stage.ts";

export { detailOf, headingOf } from "./page_text.ts";

/** How a driver on a stage is started, beside what the stage itself says. */
export interface Start {
  readonly program?: Program | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What it says when it waits. Default: what text says. */
  readonly waits?: string | undefined;
}

/** Starts a driver on a stage, without a browser. */
export function stagedDriver(stage: Stage, start: Start = {}): Driver {
  return startDriver([...stage.args, ...(start.args ?? [])], {
    ...(start.program && { program: start.program }),
    home: stage.home,
    env: { ...stage.env, BROWSER: "none", ...start.env },
  });
}

/** Starts a driver on a stage and returns as soon as it listens. */
export async function waitingDriver(stage: Stage, start: Start = {}): Promise<Driver> {
  const driver = stagedDriver(stage, start);
  try {
    await soon("the driver to listen", driver.waitFor(start.waits ?? "Waiting on"));
    return driver;
  } catch (error) {
    await driver[Symbol.asyncDispose]();
    throw error;
  }
}

/** The address that the driver said to open. */
export function startAddress(driver: Driver): string {
  const start = /http:\/\/localhost:\d+\/start\/\S+/.exec(driver.said())?.[0];
  assert.ok(start !== undefined, driver.said());
  return start;
}

/** A whole sign-in: what the driver said, and what the tab showed. */
export interface SignIn extends Ended {
  readonly page: AcsAnswer;
}

/** Starts a driver, posts one form of a user to it, and waits for its end. */
export async function signInOnce(
  stage: Stage,
  start: Start & { readonly user?: string; readonly changes?: ResponseOptions } = {},
): Promise<SignIn> {
  await using driver = await waitingDriver(stage, start);
  const { fields } = stage.idp.signIn(start.user ?? "alice", start.changes);
  const page = await post(stage, fields);
  return { ...await endOf(driver), page };
}

/** Posts a form to the driver of this stage. */
export async function post(
  stage: Stage,
  fields: IdpForm["fields"],
  patienceMs: number = PATIENCE_MS,
): Promise<AcsAnswer> {
  return await soon("an answer to the post", postToAcs(stage.acsUrl, fields), patienceMs);
}

/** Waits for a driver's end. */
export async function endOf(driver: Driver): Promise<Ended> {
  return await soon("the driver to end", driver.ended);
}

/** Asserts that everything is as it must be after a failure. */
export function assertFailed(
  { code, stdout, stderr }: Ended,
  wanted: { readonly code: number; readonly says: string | RegExp },
): void {
  assert.equal(code, wanted.code, stderr);
  assert.equal(stdout, "", "nothing on stdout");
  const errors = stderr.split("\n").filter((line) => line.startsWith("stssamldriver: "));
  assert.equal(errors.length, 1, `one clear message, not\n${stderr}`);
  const said = errors.join().replace("stssamldriver: ", "");
  if (typeof wanted.says === "string") assert.equal(said, wanted.says);
  else assert.match(said, wanted.says);
}

/** Asserts that nobody listens on a port any more. */
export function assertFree(port: number): void {
  assert.ok(portIsFree(port), `port ${port} is still taken`);
}

/** Waits until a driver has said something, in all that it said from `from` on. */
export async function saidSince(driver: Driver, from: number, text: string): Promise<void> {
  await eventually(
    `the driver to say "${text}"`,
    () => driver.said().slice(from).includes(text) ? true : undefined,
  );
}

/** A promise under a deadline, so that a hanging program is a failing test and not a hanging one. */
export async function soon<T>(
  what: string,
  promise: Promise<T>,
  ms: number = PATIENCE_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms / 1000} s for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs a body for each of many items, a few at a time: most of what they do is waiting. All are run, also
 * when some fail.
 *
 * @throws AggregateError with every failure
 */
export async function someAtATime<T>(
  items: readonly T[],
  atATime: number,
  body: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const failures: unknown[] = [];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await body(item).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  if (failures.length > 0) {
    const messages = failures.map((each) => each instanceof Error ? each.message : String(each));
    throw new AggregateError(failures, messages.join("\n\n"));
  }
}
