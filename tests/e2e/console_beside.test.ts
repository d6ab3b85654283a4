/** `--console` beside every delivery: the tab goes on, and whatever becomes of it, the credentials are right. */

import assert from "node:assert/strict";
import { filesOf, productOf } from "../support/aws_files.ts";
import {
  assertNoSecret,
  consoleDriver,
  enterConsole,
  runKept,
  setConsoleStage,
  signInToConsole,
} from "../support/console_stage.ts";
import { freePort, hastyProgram, programs } from "../support/driver.ts";
import type { FederationBehaviour } from "../support/federation.ts";
import { commandDriver, pickerOf } from "../support/offering.ts";
import { assertFree, endOf, headingOf, post, someAtATime, soon } from "../support/sign_ins.ts";

for (const program of programs()) {
  Deno.test(`${program.name}: --console beside a profile, env and exec opens it for the same session`, async (t) => {
    const deliveries = [
      ["profile", ["--profile-to-update", "dev"], []],
      ["env", ["env", "--shell", "bash", "--no-cache"], []],
      ["exec", ["exec", "--no-cache"], ["--", "/bin/sh", "-c", "echo key $AWS_ACCESS_KEY_ID"]],
    ] as const;
    for (const [name, words, rest] of deliveries) {
      await t.step(name, async () => {
        await using scene = await setConsoleStage();
        const { stage, federation, urls } = scene;
        const args = [...words, ...stage.args, "--console", ...urls, ...rest];
        const end = await signInToConsole(scene, args, { program });
        assert.equal(end.code, 0, end.stderr);
        const key = stage.sts.handedOut[0]?.accessKeyId ?? "?";
        if (name === "profile") {
          assert.equal(end.stdout, "");
          assert.ok(filesOf(stage.home)[".aws/config"]?.includes(`aws_access_key_id = ${key}`));
        } else if (name === "env") {
          assert.match(end.stdout, new RegExp(`AWS_ACCESS_KEY_ID=['"]?${key}`));
        } else assert.equal(end.stdout, `key ${key}\n`);
        assert.match(await enterConsole(end.login), new RegExp(`<b id="who">${key}</b>`));
        assert.deepEqual([...federation.problems], []);
        assertNoSecret(scene, end.stderr, "stderr");
        assertFree(stage.port);
      });
    }
  });
}

Deno.test("--console: the way on is a page that is given once, to GET, and tells nobody where it was", async () => {
  await using scene = await setConsoleStage();
  const { stage, federation, urls } = scene;
  await using driver = consoleDriver(scene, [...stage.args, "--console", ...urls]);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const page = await post(stage, stage.idp.signIn("alice").fields);
  assert.equal(page.status, 303);
  assertNoSecret(
    scene,
    [...page.headers.values()].join("\n") + page.text,
    "the answer to the post",
  );
  const way = new URL(page.headers.get("location") ?? "", stage.acsUrl);
  assert.equal(way.origin, new URL(stage.acsUrl).origin);

  const posted = await fetch(way, { method: "POST", body: "x" });
  assert.equal(posted.status, 405);
  await posted.body?.cancel();
  const elsewhere = await fetch(new URL("/console/00000000-0000-4000-8000-000000000000", way));
  assert.equal(elsewhere.status, 404);
  await elsewhere.body?.cancel();

  const got = await fetch(way);
  const text = await got.text();
  assert.equal(headingOf(text), "Opening the AWS console");
  assert.equal(got.headers.get("referrer-policy"), "no-referrer");
  assert.equal(got.headers.get("cache-control"), "no-store");
  assert.match(
    text,
    /<a class="button primary" href="[^"]+" rel="noreferrer">Continue to the AWS console<\/a>/,
  );
  // The driver may be gone by then.
  const again = await fetch(way).then((answer) => answer.text(), () => "nobody there");
  assertNoSecret(scene, again, "the second answer");
  assert.equal((await endOf(driver)).code, 0);
  assert.equal(federation.calls.length, 1);
});

Deno.test("--console: a tab that never comes for it holds the driver for about 5 s, and the JSON not at all", async () => {
  await using scene = await setConsoleStage();
  const { stage, urls } = scene;
  await using driver = consoleDriver(scene, [...stage.args, "--console", ...urls]);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  assert.equal((await post(stage, stage.idp.signIn("alice").fields)).status, 303);
  await soon("the JSON", driver.firstLine, 3000);
  const { code, stdout, stderr } = await soon("the end", driver.ended, 8000);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
  assertFree(stage.port);
});

Deno.test("--console: by the picker's choice too", async () => {
  await using scene = await setConsoleStage();
  const { stage, federation, urls } = scene;
  await using driver = commandDriver(stage, ["credentials", "--console", ...urls]);
  const tab = await pickerOf(stage, driver, "bob");
  const { status, location } = await tab.choose("team/platform/ Admin");
  assert.equal(status, 303);
  const text = await (await fetch(new URL(location ?? "", stage.acsUrl))).text();
  assert.equal(headingOf(text), "Opening the AWS console");
  const end = await endOf(driver);
  assert.equal(end.code, 0, end.stderr);
  assert.deepEqual(JSON.parse(end.stdout), productOf(stage.sts.handedOut[0]));
  assert.deepEqual([...federation.problems], []);
});

Deno.test("--console --cache: the session is kept, also when the console fails", async () => {
  await using scene = await setConsoleStage({ behaviours: [{ kind: "refuse", times: Infinity }] });
  const { stage, urls } = scene;
  const first = await signInToConsole(scene, [...stage.args, "--cache", "--console", ...urls]);
  assert.equal(first.code, 0, first.stderr);
  const second = await runKept(scene, [...stage.args, "--cache", "--no-interactive"]);
  assert.equal(second.stdout, first.stdout, second.stderr);
  // And from the cache the console is beside the credentials as well.
  const third = await runKept(scene, [...stage.args, "--cache", "--console", ...urls]);
  assert.equal(third.code, 0, third.stderr);
  assert.equal(third.stdout, first.stdout);
  assert.match(third.stderr, /The console did not open: The AWS console's sign-in refused/);
  assert.equal(stage.sts.calls.length, 1);
});

interface Failure {
  readonly what: string;
  readonly behaviour: FederationBehaviour;
  readonly says: RegExp;
  /** Of `console`. */
  readonly code: 6 | 7;
}

const FAILURES: readonly Failure[] = [
  {
    what: "AWS' own 400",
    behaviour: { kind: "refuse" },
    says: /refused the credentials \(HTTP 400: Invalid credentials parameter\)/,
    code: 6,
  },
  {
    what: "a 500",
    behaviour: { kind: "answer", status: 500, body: "oops" },
    says: /failed: HTTP 500/,
    code: 7,
  },
  {
    what: "a hotel's Wi-Fi",
    behaviour: { kind: "captive-portal" },
    says: /web page/,
    code: 7,
  },
  {
    what: "a redirect",
    behaviour: { kind: "redirect", location: "http://127.0.0.1:9/" },
    says: /redirect/,
    code: 7,
  },
  {
    what: "nothing in a 200",
    behaviour: { kind: "answer", status: 200, body: "" },
    says: /./,
    code: 7,
  },
  { what: "half an answer", behaviour: { kind: "truncate" }, says: /./, code: 7 },
  { what: "no answer", behaviour: { kind: "hang" }, says: /./, code: 7 },
  { what: "a hang-up", behaviour: { kind: "close" }, says: /./, code: 7 },
];

Deno.test("--console and console: each way the console's sign-in can fail", async () => {
  const steps = FAILURES.flatMap((failure) =>
    ([false, true] as const).map((command) => ({ ...failure, command }))
  );
  const run = async ({ behaviour, says, code, command }: (typeof steps)[number]) => {
    await using scene = await setConsoleStage({ behaviours: [{ ...behaviour, times: Infinity }] });
    const { stage, urls, federation } = scene;
    const words = command ? ["console", "--no-cache"] : ["--console"];
    const program = behaviour.kind === "hang" ? hastyProgram() : undefined;
    const end = await signInToConsole(scene, [...words, ...stage.args, ...urls], { program });
    assert.match(end.stderr, says);
    assert.equal(end.code, command ? code : 0, end.stderr);
    if (command) {
      assert.equal(end.stdout, "");
      assert.notEqual(headingOf(end.text), "Signed in to AWS");
    } else {
      // The last: a program with little patience may ask twice on a slow machine.
      assert.deepEqual(JSON.parse(end.stdout), productOf(stage.sts.handedOut.at(-1)));
      assert.equal(headingOf(end.text), "Signed in to AWS");
      assert.match(end.text, /The console did not open/);
      assert.match(end.stderr, /The console did not open/);
    }
    assert.ok(federation.calls.length <= 2, "asked more often than twice");
    assert.deepEqual(federation.problems.filter((it) => !it.includes("twice")), []);
    assertNoSecret(scene, end.stderr + end.text, "what a person sees");
    assertFree(stage.port);
  };
  await someAtATime(steps, 8, async (step) => {
    const name = `${step.what}, ${step.command ? "console" : "--console"}`;
    await run(step).catch((error) => {
      throw new Error(`${name}: ${error.message}`, { cause: error });
    });
  });
});

Deno.test("--console: nobody at --signin-url costs the console only", async () => {
  await using scene = await setConsoleStage();
  const { stage, federation } = scene;
  const nobody = `http://127.0.0.1:${freePort()}`;
  const urls = ["--signin-url", nobody, "--console-url", federation.url];
  const end = await signInToConsole(scene, [...stage.args, "--console", ...urls]);
  assert.equal(end.code, 0, end.stderr);
  assert.match(end.stderr, /The console did not open/);
  assert.ok(end.stderr.includes(`${new URL(nobody).host}: connection refused`), end.stderr);
  assert.deepEqual(JSON.parse(end.stdout), productOf(stage.sts.handedOut[0]));
});
