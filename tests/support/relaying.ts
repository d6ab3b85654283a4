/**
 * The relay's real command line, and sign-ins that go through it.
 *
 * @module
 */

import { type Driver, type Program, startDriver } from "./driver.ts";
import { soon } from "./sign_ins.ts";

/** A relay that runs. */
export interface Relay extends AsyncDisposable {
  readonly driver: Driver;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
}

/** How a relay is started. */
export interface RelayStart {
  readonly program?: Program | undefined;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a relay on a free port of 127.0.0.1. */
export async function startRelay(
  { program, args = [], env = {} }: RelayStart = {},
): Promise<Relay> {
  const driver = startDriver(["relay", "--listen", "127.0.0.1:0", ...args], {
    ...(program && { program }),
    env,
  });
  try {
    await soon("the relay to listen", driver.waitFor("for IdPs at"));
    const url = /listens on (https?:\/\/127\.0\.0\.1:(\d+)),/.exec(driver.said());
    return {
      driver,
      url: url?.[1] ?? "",
      port: Number(url?.[2]),
      [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
    };
  } catch (error) {
    await driver[Symbol.asyncDispose]();
    throw error;
  }
}

/** The form of an IdP as its bytes. */
export function formOf(base64: string, relayState = "state"): string {
  return new URLSearchParams({ SAMLResponse: base64, RelayState: relayState }).toString();
}

/** A crowd that posts forms, so many at once; resolves to how long each took, in milliseconds, sorted. */
export async function postAll(
  url: string,
  forms: readonly string[],
  { atOnce, check }: {
    readonly atOnce: number;
    readonly check: (answer: string, form: string, status: number) => void;
  },
): Promise<readonly number[]> {
  const left = [...forms];
  const times: number[] = [];
  const one = async () => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      const since = performance.now();
      const headers = {
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-dest": "document",
      };
      const answer = await fetch(url, { method: "POST", headers, body });
      const text = await answer.text();
      times.push(performance.now() - since);
      check(text, body, answer.status);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return times.toSorted((a, b) => a - b);
}
