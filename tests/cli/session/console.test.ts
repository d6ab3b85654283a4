/** The console beside and instead of a delivery, where a fake is more exact than a process. */

import assert from "node:assert/strict";
import type { ConsoleRequest } from "../../../src/aws/console.ts";
import { run } from "../../../src/cli/program.ts";
import { SessionCache } from "../../../src/credentials/cache.ts";
import { Choices } from "../../../src/credentials/remembered.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";
import { Secret } from "../../../src/secret.ts";
import type { Deps } from "../../../src/deps.ts";
import { type FakeDeps, fakeDeps, NOON } from "../../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_attributes.ts";

const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];
const LOGIN = "https://signin.example/federation?Action=login&SigninToken=tokenSecret";

interface Kept {
  readonly deps: FakeDeps;
  readonly asked: readonly ConsoleRequest[];
  /** Further callers on the same machine. */
  readonly again: (different: Partial<Deps>) => FakeDeps & Deps;
}

/** A machine whose cache has the session of these ARNs. */
async function withKept(work: (kept: Kept) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const asked: ConsoleRequest[] = [];
    const machine: Partial<Deps> = {
      cache: () => ({
        sessions: new SessionCache(`${folder}/cache`, () => NOON),
        choices: new Choices(`${folder}/cache`),
      }),
      consoleLogin: (request) => {
        asked.push(request);
        return Promise.resolve(new Secret(LOGIN, "console login URL"));
      },
    };
    const deps = { ...fakeDeps(), ...machine };
    const running = run(["console", ...ARNS], deps);
    const { status } = await deps.world.post("good");
    assert.equal(status, 303);
    deps.world.interrupt();
    assert.equal(await running, 130);
    await work({
      deps,
      asked,
      again: (different) => ({ ...fakeDeps(), ...machine, ...different }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const noBrowserCame = () =>
  Promise.reject(
    new UserError("console-unopened", "No browser came for the console in time", {
      exitCode: ExitCode.NO_ASSERTION,
    }),
  );

// A browser that never came made a failure, exit 4, of credentials that were on stdout already.
Deno.test("--console from the cache: no browser costs the console only", async () => {
  await withKept(async ({ again }) => {
    const deps = again({ listenAnywhere: noBrowserCame });
    assert.equal(await run(["credentials", "--cache", "--console", ...ARNS], deps), 0);
    assert.equal(JSON.parse(deps.out()).AccessKeyId, "ASIAFAKE");
    assert.match(deps.err(), /The console did not open: No browser came/);
  });
});

Deno.test("exec --console from the cache: no browser, and the command is run all the same", async () => {
  await withKept(async ({ again }) => {
    const ran: string[] = [];
    const deps = again({
      listenAnywhere: noBrowserCame,
      runChild: (child) => {
        ran.push(JSON.stringify(child));
        return Promise.resolve(7);
      },
    });
    assert.equal(await run(["exec", "--console", ...ARNS, "--", "true"], deps), 7);
    assert.equal(ran.length, 1);
  });
});

Deno.test("console from the cache: no browser is the command's own failure, exit 4", async () => {
  await withKept(async ({ again }) => {
    const deps = again({ listenAnywhere: noBrowserCame });
    assert.equal(await run(["console", ...ARNS], deps), 4);
    assert.equal(deps.out(), "");
    assert.ok(!deps.err().includes("tokenSecret"));
  });
});

Deno.test("console from the cache: the browser is given the address, and the address the login URL, once", async () => {
  await withKept(async ({ again, asked }) => {
    const closed: number[] = [];
    const pages: Response[] = [];
    const listening = Promise.withResolvers<(request: Request) => Promise<Response>>();
    const deps = again({
      listenAnywhere: (handler) => {
        listening.resolve(handler);
        return Promise.resolve({
          port: 4321,
          lost: new Promise<never>(() => {}),
          close: (graceMs) => Promise.resolve(void closed.push(graceMs)),
        });
      },
      openBrowser: async (url) => {
        const handler = await listening.promise;
        for (
          const request of [
            new Request(url, { method: "POST", body: "x" }),
            new Request(url, { method: "HEAD" }),
            new Request(new URL("/", url)),
            new Request(url),
            new Request(url),
          ]
        ) pages.push(await handler(request));
        assert.match(url, /^http:\/\/localhost:4321\/[\w-]{36}$/);
        return { opened: true, by: "fake" };
      },
    });
    assert.equal(await run(["console", "--console-destination", "s3", ...ARNS], deps), 0);
    assert.deepEqual(pages.map(({ status }) => status), [404, 404, 404, 200, 404]);
    const texts = await Promise.all(pages.map((page) => page.text()));
    const withToken = texts.map((text) => text.includes("tokenSecret"));
    assert.deepEqual(withToken, [false, false, false, true, false]);
    assert.equal(closed.length, 1);
    assert.equal(asked.at(-1)?.destination.href, "https://console.aws.amazon.com/s3/home");
    assert.ok(!(deps.out() + deps.err()).includes("tokenSecret"));
  });
});

Deno.test("console from the cache: an interrupt ends the wait for the browser and closes the address", async () => {
  await withKept(async ({ again }) => {
    let closed = 0;
    const fake = fakeDeps();
    const deps = again({
      signal: fake.signal,
      listenAnywhere: () =>
        Promise.resolve({
          port: 1,
          lost: new Promise<never>(() => {}),
          close: () => Promise.resolve(void closed++),
        }),
      openBrowser: () => {
        fake.world.interrupt();
        return Promise.resolve({ opened: true, by: "fake" });
      },
    });
    assert.equal(await run(["credentials", "--cache", "--console", ...ARNS], deps), 130);
    assert.equal(closed, 1);
  });
});

Deno.test("console from the cache: where no browser starts, the address is shown", async () => {
  await withKept(async ({ again }) => {
    const fake = fakeDeps();
    const deps = again({
      signal: fake.signal,
      listenAnywhere: () =>
        Promise.resolve({
          port: 4321,
          lost: new Promise<never>(() => {}),
          close: () => Promise.resolve(),
        }),
      openContainer: () => {
        fake.world.interrupt();
        return Promise.resolve({ opened: false, reason: "no Firefox" });
      },
    });
    assert.equal(await run(["console", "--container", "work", ...ARNS], deps), 130);
    assert.match(deps.err(), /no Firefox/);
    assert.match(deps.err(), /Open the console at http:\/\/localhost:4321\/[\w-]{36}\n/);
  });
});

Deno.test("console: a destination that fits no partition is refused before the sign-in", async () => {
  for (const role of [ARNS, ["--account", "111122223333"]]) {
    const deps = fakeDeps();
    const args = ["console", ...role, "--console-destination", "https://evil.example/"];
    assert.equal(await run(args, deps), ExitCode.USAGE, deps.err());
    assert.match(deps.err(), /evil\.example/);
  }
});
