/**
 * Commands that need no ARN, on a stage.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Driver, type Ended, type Program, startDriver } from "./driver.ts";
import type { AcsAnswer } from "./idp.ts";
import type { ResponseOptions } from "./saml_response.ts";
import { endOf, post, soon } from "./sign_ins.ts";
import type { Stage } from "./stage.ts";
import { openPicker, overNetwork, type PickerTab } from "./tab.ts";

/** What is run, beside what the stage itself says. */
export interface CommandStart {
  readonly program?: Program | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Starts a command on a stage, without a browser and without ARNs. */
export function commandDriver(
  stage: Stage,
  words: readonly string[],
  { program, env }: CommandStart = {},
): Driver {
  return startDriver([...words, "--port", String(stage.port)], {
    ...(program && { program }),
    home: stage.home,
    env: { ...stage.env, BROWSER: "none", ...env },
  });
}

/** How a command ended, and what the tab showed. */
export interface CommandEnd extends Ended {
  readonly page: AcsAnswer;
}

/** Runs a command, signs a user in, and waits for its end. */
export async function runCommand(
  stage: Stage,
  words: readonly string[],
  options: CommandStart & { readonly user?: string; readonly changes?: ResponseOptions } = {},
): Promise<CommandEnd> {
  await using driver = commandDriver(stage, words, options);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const posted = await post(
    stage,
    stage.idp.signIn(options.user ?? "alice", options.changes).fields,
  );
  const page = await confirmed(stage, posted);
  return { ...await endOf(driver), page };
}

/** Says yes where the tab is asked whether this was the person's sign-in. */
export async function confirmed(stage: Stage, posted: AcsAnswer): Promise<AcsAnswer> {
  const way = posted.headers.get("location") ?? "";
  if (posted.status !== 303 || !way.startsWith("/confirm/")) return posted;
  const address = new URL(way, stage.acsUrl);
  const cookie = cookieOf(posted);
  const question = await (await fetch(address, { headers: { cookie } })).text();
  const token = /name="token" value="([^"]+)"/.exec(question)?.[1] ?? "";
  const answer = await fetch(address, {
    method: "POST",
    headers: { "origin": address.origin, "sec-fetch-site": "same-origin", cookie },
    body: new URLSearchParams({ token, confirm: "1" }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** The cookie that came with an answer, as browsers send it back. */
export function cookieOf({ headers }: Pick<AcsAnswer, "headers">): string {
  return headers.getSetCookie().map((each) => each.split(";")[0]).join("; ");
}

/** The page on which a user picks, once the driver listens. */
export async function pickerOf(
  stage: Stage,
  driver: Driver,
  user: string,
): Promise<PickerTab> {
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const [, base64] = stage.idp.signIn(user).fields[0] ?? [];
  assert.ok(base64 !== undefined);
  return await soon("the page", openPicker(overNetwork, stage.acsUrl, base64));
}
