/**
 * Whole commands in one process, on a machine of their own: a home folder with a cache, the process that signs in
 * for all, and somebody who signs in as soon as a command waits for that.
 *
 * @module
 */

import { run } from "../../src/cli/program.ts";
import { SessionCache } from "../../src/credentials/cache.ts";
import { Choices } from "../../src/credentials/remembered.ts";
import type { Deps } from "../../src/deps.ts";
import { Secret } from "../../src/secret.ts";
import { inFolder } from "../system/files.ts";
import { type FakeDeps, fakeDeps, type FakeDepsOptions, NOON } from "./fakes.ts";

/** What a test may set differently. */
export interface MachineOptions extends FakeDepsOptions {
  readonly deps?: Partial<Deps>;
  /** How somebody signs in; by default by posting what {@linkcode readFake} reads. */
  readonly signIn?: (deps: FakeDeps) => Promise<unknown>;
}

/** The machine. */
export class Machine {
  readonly home: string;
  /** How often somebody signed in. */
  signIns = 0;

  constructor(home: string) {
    this.home = home;
  }

  /** Runs a command to its end. */
  async run(
    args: readonly string[],
    { deps: different = {}, signIn = post("good"), ...options }: MachineOptions = {},
  ): Promise<{ readonly code: number; readonly deps: FakeDeps }> {
    const path = `${this.home}/sharing/meeting.json`;
    const serving: Promise<unknown>[] = [];
    const failed = Promise.withResolvers<never>();
    const world = (): FakeDeps => {
      const deps = {
        ...fakeDeps({ ...options, env: { HOME: this.home, ...options.env } }),
        cache: () => ({
          sessions: new SessionCache(`${this.home}/cache`, () => NOON),
          choices: new Choices(`${this.home}/cache`),
        }),
        parentNames: () => Promise.resolve(["bash"]),
        runChild: () => Promise.resolve(7),
        consoleLogin: () => Promise.resolve(new Secret("https://console.example/", "login URL")),
        ...different,
      };
      signIn(deps).then(() => this.signIns++, failed.reject);
      return deps;
    };
    const deps: FakeDeps = {
      ...world(),
      meetingPlace: () => ({
        path,
        startServer: () => {
          serving.push(run(["__serve", path], { ...world(), ...{ lingerMs: 20 } }));
          return Promise.resolve({ status: new Promise(() => {}) });
        },
      }),
    };
    const code = await Promise.race([run(args, deps), failed.promise]);
    await Promise.all(serving);
    return { code, deps };
  }
}

/** Signs in by posting a SAMLResponse. */
export const post = (samlResponse: string) => (deps: FakeDeps): Promise<unknown> =>
  deps.world.post(samlResponse);

/** Runs a test on a machine of its own. */
export const onMachine = (test: (machine: Machine) => Promise<void>): Promise<void> =>
  inFolder((home) => test(new Machine(home)));
