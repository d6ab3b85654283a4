/**
 * `exec --serve` over hours that pass at once: its command, what that was told, and the sign-ins around it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CALLER, fakeClock, meet, type Meeting, roleArgs, ROLES } from "./callers.ts";
import type { Driver } from "./driver.ts";
import { eventually } from "./eventually.ts";
import type { AcsAnswer } from "./idp.ts";
import { pathOf } from "./peers_together.ts";
import type { PickerTab } from "./tab.ts";

/** How the command is told to ask for credentials. */
export interface Told {
  readonly url: string;
  readonly token: string;
}

/** How it is started. */
export interface ServingOptions {
  /** The flags that name the role. Default: the first of them all. */
  readonly role?: readonly string[];
  readonly args?: readonly string[];
  /** Run in place of a command that only waits; `$1` is the home folder. It has to end once `$1/stop` exists. */
  readonly script?: string;
}

/** How somebody signs in. */
export interface SignInOptions {
  readonly user?: string;
  /** How long the session lasts. Default: an hour. */
  readonly minutes?: number;
}

/** Ends with 7 once it may, and also when the driver is gone, whose streams it has. */
export const WAITS = 'until [ -e "$1/stop" ] || ! kill -0 $PPID; do sleep 0.05; done; exit 7';

/** A stage on which the clock of the driver, of its command and of STS is a test's to set. */
export class ServingScene implements AsyncDisposable {
  readonly meeting: Meeting;
  readonly #clock: Awaited<ReturnType<typeof fakeClock>>;
  readonly #offset: { ms: number };

  private constructor(
    meeting: Meeting,
    clock: Awaited<ReturnType<typeof fakeClock>>,
    offset: { ms: number },
  ) {
    this.meeting = meeting;
    this.#clock = clock;
    this.#offset = offset;
  }

  static async set(): Promise<ServingScene> {
    const offset = { ms: 0 };
    const meeting = await meet(CALLER, { sts: { clock: () => Date.now() + offset.ms } });
    const clock = await fakeClock(meeting, pathOf("faketime"), { timers: false });
    return new ServingScene(meeting, clock, offset);
  }

  /** What every driver on this stage has in its environment. */
  get env(): Readonly<Record<string, string>> {
    return this.#clock.env;
  }

  /** The words of `exec --serve` with a command that writes down what it was told. */
  words({ role = roleArgs(ROLES[0]), args = [], script = WAITS }: ServingOptions = {}) {
    const { shared, stage: { home } } = this.meeting;
    const told = 'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN" ' +
      '> "$1/told.new"; mv "$1/told.new" "$1/told"; ';
    return [
      ...["exec", "--serve", ...shared, ...role, ...args],
      ...["--", "sh", "-c", told + script, "sh", home],
    ];
  }

  call(words: readonly string[]): Driver {
    return this.meeting.call(words, { env: this.env });
  }

  /** Starts it, signs in, and returns when the command runs. */
  async serving(options: ServingOptions = {}, signIn: SignInOptions = {}): Promise<{
    readonly driver: Driver;
    readonly told: Told;
  }> {
    const driver = this.call(this.words(options));
    await this.signIn(1, signIn);
    return { driver, told: await this.told() };
  }

  /** What the command was told, once it runs. */
  async told(): Promise<Told> {
    return await eventually("the command to run", () => {
      try {
        const text = Deno.readTextFileSync(`${this.meeting.stage.home}/told`);
        const [url = "", token = ""] = text.trim().split(" ");
        return { url, token };
      } catch {
        return undefined;
      }
    });
  }

  /** Sets all clocks so many minutes after the real one. */
  async at(minutes: number): Promise<void> {
    this.#offset.ms = minutes * 60_000;
    await this.#clock.set(`+${minutes}m`);
  }

  /** Signs in as soon as the browser was opened so often. */
  async signIn(
    opening: number,
    { user = "many", minutes }: SignInOptions = {},
  ): Promise<AcsAnswer> {
    await this.meeting.opened(opening);
    const { now } = this.#now();
    return await this.meeting.signIn(user, {
      now,
      ...(minutes !== undefined && { sessionNotOnOrAfter: now + minutes * 60_000 }),
    });
  }

  /** Opens the picker as soon as the browser was opened so often. */
  async picker(opening: number): Promise<PickerTab> {
    await this.meeting.opened(opening);
    return await this.meeting.picker("many", this.#now());
  }

  /** The access key IDs that were handed out. */
  get keys(): readonly string[] {
    return this.meeting.stage.sts.handedOut.map(({ accessKeyId }) => accessKeyId);
  }

  /** Lets the command end. */
  async stop(): Promise<void> {
    await Deno.writeTextFile(`${this.meeting.stage.home}/stop`, "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.meeting[Symbol.asyncDispose]();
  }

  #now(): { readonly now: number } {
    return { now: Date.now() + this.#offset.ms };
  }
}

/** Asks the endpoint as an SDK does. */
export async function ask(
  { url, token }: Told,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, string>> }> {
  const response = await fetch(url, { headers: { authorization: token } });
  return { status: response.status, body: await response.json() };
}

/** The access key ID that the endpoint gives, once it gives this one. */
export async function keyGiven(told: Told, key: string | undefined): Promise<void> {
  assert.ok(key !== undefined, "nothing was handed out");
  await eventually(`the key ${key}`, async () => {
    const { body } = await ask(told);
    return body.AccessKeyId === key || undefined;
  });
}
