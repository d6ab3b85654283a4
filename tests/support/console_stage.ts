/**
 * A stage with the console beside it, and what a tab does there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Driver, type Ended, type Program, runDriver, startDriver } from "./driver.ts";
import { type Federation, type FederationOptions, startFederation } from "./federation.ts";
import type { AcsAnswer } from "./idp.ts";
import { endOf, post, soon } from "./sign_ins.ts";
import { setStage, type Stage } from "./stage.ts";
import { FIXTURE_SECRET_MARKER } from "./sts.ts";

/** A stage of which the console is a part. */
export interface ConsoleStage extends AsyncDisposable {
  readonly stage: Stage;
  readonly federation: Federation;
  /** The flags that lead to the stand-in. */
  readonly urls: readonly string[];
}

/** Sets the stage; the stand-in knows the sessions of its STS only. */
export async function setConsoleStage(options: FederationOptions = {}): Promise<ConsoleStage> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(setStage());
  const federation = stack.use(
    startFederation({ handedOut: stage.sts.handedOut, ...options }),
  );
  const urls = ["--signin-url", federation.url, "--console-url", federation.url];
  const rest = stack.move();
  return { stage, federation, urls, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** How a driver beside the console is started. */
export interface ConsoleStart {
  readonly program?: Program | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Starts a driver; nobody signs in yet. */
export function consoleDriver(
  { stage }: ConsoleStage,
  args: readonly string[],
  { program, env }: ConsoleStart = {},
): Driver {
  return startDriver(args, {
    ...(program && { program }),
    home: stage.home,
    env: { ...stage.env, BROWSER: "none", ...env },
  });
}

/** Runs a driver that needs no sign-in. */
export async function runKept(
  { stage }: ConsoleStage,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const options = { home: stage.home, env: { ...stage.env, BROWSER: "none", ...env } };
  return await soon("the driver to end", runDriver(args, options));
}

/** A sign-in whose tab went where it was led. */
export interface ConsoleSignIn extends Ended {
  /** What the post was answered with. */
  readonly page: AcsAnswer;
  /** The page that the tab ended at. */
  readonly text: string;
  /** Where that goes on to. */
  readonly login: string | undefined;
}

/** Signs alice in at a driver; the tab follows. */
export async function signInToConsole(
  scene: ConsoleStage,
  args: readonly string[],
  start: ConsoleStart = {},
): Promise<ConsoleSignIn> {
  await using driver = consoleDriver(scene, args, start);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const page = await post(scene.stage, scene.stage.idp.signIn("alice").fields);
  const way = page.headers.get("location");
  const text = way === null
    ? page.text
    : await (await fetch(new URL(way, scene.stage.acsUrl))).text();
  return { page, text, login: refreshOf(text), ...await endOf(driver) };
}

/** Where a page goes on to by itself, as a browser reads it. */
export function refreshOf(text: string): string | undefined {
  const url = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(text)?.[1];
  return url?.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** Goes where a tab goes, and returns the page of the console that it ends at. */
export async function enterConsole(login: string | undefined): Promise<string> {
  const first = await fetch(login ?? "", { redirect: "manual" });
  await first.body?.cancel();
  assert.equal(first.status, 302, "the login URL is good");
  const cookie = first.headers.get("set-cookie")?.split(";")[0] ?? "";
  return await (await fetch(first.headers.get("location") ?? "", { headers: { cookie } })).text();
}

/** Asserts that a text has neither a session's secrets nor a token of the console. */
export function assertNoSecret({ federation, stage }: ConsoleStage, text: string, what: string) {
  const secrets = [
    FIXTURE_SECRET_MARKER,
    "SigninToken",
    ...federation.tokens,
    ...stage.sts.handedOut.flatMap((it) => [it.secretAccessKey, it.sessionToken]),
  ];
  // Not with the text itself: a failing test must not print it either.
  assert.ok(!secrets.some((secret) => text.includes(secret)), `a secret stands in ${what}`);
}

/** Holds a port on both loopback addresses, where the machine has both. */
export function portsHolder(port: number): Disposable {
  const listeners = ["127.0.0.1", "::1"].flatMap((hostname) => {
    try {
      return [Deno.listen({ hostname, port })];
    } catch {
      return [];
    }
  });
  return { [Symbol.dispose]: () => listeners.forEach((listener) => listener.close()) };
}
