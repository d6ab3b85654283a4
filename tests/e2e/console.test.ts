/** The console: the tab goes on to it, or a browser is brought there from a kept session. */

import assert from "node:assert/strict";
import { programs, runDriver, startDriver } from "../support/driver.ts";
import { type Federation, type FederationOptions, startFederation } from "../support/federation.ts";
import { endOf, headingOf, post, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";

interface Scene {
  readonly stage: Stage;
  readonly federation: Federation;
  readonly urls: readonly string[];
}

async function onScene(
  work: (scene: Scene) => Promise<void>,
  options: FederationOptions = {},
): Promise<void> {
  await using stage = setStage();
  await using federation = startFederation({ handedOut: stage.sts.handedOut, ...options });
  const urls = ["--signin-url", federation.url, "--console-url", federation.url];
  await work({ stage, federation, urls });
}

/** Signs alice in at a driver; the tab follows where it is led. */
async function signIn({ stage }: Scene, args: readonly string[], program = programs()[0]) {
  await using driver = startDriver([...args, "--browser", "none"], {
    program,
    home: stage.home,
    env: stage.env,
  });
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const page = await post(stage, stage.idp.signIn("alice").fields);
  const way = page.headers.get("location");
  const next = way === null ? undefined : await fetch(new URL(way, stage.acsUrl));
  const text = await next?.text() ?? page.text;
  return { page, way, text, headers: next?.headers, ...await endOf(driver) };
}

/** Where a page goes on to by itself, as a browser reads it. */
function refreshOf(text: string): string | undefined {
  return /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(text)?.[1]
    ?.replaceAll("&#38;", "&").replaceAll("&#39;", "'");
}

for (const program of programs()) {
  Deno.test(`${program.name}: --console sends the tab on, and the credentials are delivered as well`, async () => {
    await onScene(async (scene) => {
      const { stage, federation, urls } = scene;
      const args = [...stage.args, "--console", ...urls, "--issuer", stage.idp.startUrl];
      const end = await signIn(scene, args, program);
      assert.equal(end.code, 0, end.stderr);
      assert.equal(JSON.parse(end.stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
      // A page of ours, not a redirect: a form-action policy of the IdP's page would block that.
      assert.equal(end.page.status, 303);
      assert.match(end.way ?? "", /^\/console\/[\w-]+$/);
      const login = refreshOf(end.text) ?? "";
      assert.ok(login.startsWith(`${federation.url}/federation?Action=login&`), "the login URL");
      assert.ok(end.text.includes(">Continue to the AWS console</a>"));
      assert.equal(end.headers?.get("cache-control"), "no-store");
      assert.equal(new URL(login).searchParams.get("Issuer"), stage.idp.startUrl);
      const token = new URL(login).searchParams.get("SigninToken") ?? "";
      assert.deepEqual([...federation.tokens], [token]);
      const console = await fetch(login, { redirect: "manual" });
      assert.equal(console.status, 302);
      await console.body?.cancel();
      assert.deepEqual([...federation.problems], []);
      assert.equal(federation.calls.length, 1);
      assert.ok(!end.stderr.includes(FIXTURE_SECRET_MARKER) && !end.stderr.includes(token));
    });
  });
}

Deno.test("--console: what fails beside delivered credentials is a warning, exit 0", async () => {
  for (
    const [behaviour, says] of [
      [{ kind: "answer", status: 400, body: "<html>no</html>" }, /console did not open: .*refused/],
      [{ kind: "answer", status: 500, body: "" }, /console did not open: /],
      [{ kind: "close" }, /console did not open: /],
    ] as const
  ) {
    await onScene(async (scene) => {
      const args = [...scene.stage.args, "--console", ...scene.urls];
      const end = await signIn(scene, args);
      assert.equal(end.code, 0, end.stderr);
      assert.equal(JSON.parse(end.stdout).Version, 1);
      assert.match(end.stderr, says);
      assert.equal(headingOf(end.text), "Signed in to AWS");
      assert.match(end.text, says);
    }, { behaviours: [{ ...behaviour, times: Infinity }] });
  }
});

Deno.test("console: what fails is the command's own, exit 6 or 7, nothing on stdout", async () => {
  for (
    const [behaviour, code] of [
      [{ kind: "answer", status: 400, body: "<html>no</html>" }, 6],
      [{ kind: "answer", status: 500, body: "" }, 7],
    ] as const
  ) {
    await onScene(async (scene) => {
      const end = await signIn(scene, ["console", ...scene.stage.args, ...scene.urls]);
      assert.equal(end.code, code, end.stderr);
      assert.equal(end.stdout, "");
    }, { behaviours: [{ ...behaviour, times: Infinity }] });
  }
});

Deno.test("console: from a kept session by a one-time address; the login URL is in no argv", async () => {
  await onScene(async (scene) => {
    const { stage, federation, urls } = scene;
    const first = await signIn(scene, ["console", ...stage.args, ...urls]);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, "");
    const browser = `${stage.home}/browser`;
    Deno.writeTextFileSync(
      browser,
      `#!/bin/sh\necho "$1" > '${stage.home}/argv'\ncurl -s "$1" > '${stage.home}/page'\n` +
        `curl -s -o /dev/null -w '%{http_code}' "$1" > '${stage.home}/again'\n`,
      { mode: 0o755 },
    );
    const args = ["console", ...stage.args, ...urls, "--browser", browser];
    const kept = await runDriver(args, { home: stage.home, env: stage.env });
    assert.equal(kept.code, 0, kept.stderr);
    assert.equal(kept.stdout, "");
    const argv = Deno.readTextFileSync(`${stage.home}/argv`);
    assert.match(argv, /^http:\/\/localhost:\d+\/[\w-]+\n$/);
    const login = refreshOf(Deno.readTextFileSync(`${stage.home}/page`)) ?? "";
    assert.equal(new URL(login).searchParams.get("SigninToken"), federation.tokens.at(-1));
    assert.equal(stage.sts.calls.length, 1, "one exchange serves both");

    const printed = await runDriver(
      ["console", ...stage.args, ...urls, "--print-url", "--console-destination", "s3"],
      { home: stage.home, env: stage.env },
    );
    assert.equal(printed.code, 0, printed.stderr);
    const destination = new URL(printed.stdout.trim()).searchParams.get("Destination") ?? "";
    assert.ok(destination.startsWith(`${federation.url}/s3/`), destination);
    assert.ok(!printed.stderr.includes(federation.tokens.at(-1) ?? "?"));
  }, { manyTokens: true });
});

Deno.test("console: a destination that is none of the console's is refused before the sign-in", async () => {
  for (
    const destination of [
      "https://evil.example/",
      "javascript:alert(1)",
      "//evil.example/",
      "https://console.aws.amazon.com@evil.example/",
      "https://console.aws.amazon.com.evil.example/",
      "http://console.aws.amazon.com/",
    ]
  ) {
    await onScene(async ({ stage }) => {
      const args = ["console", ...stage.args, "--console-destination", destination];
      const end = await runDriver(args, { home: stage.home, env: stage.env });
      assert.equal(end.code, 2, `${destination}: ${end.stderr}`);
      assert.equal(end.stdout, "");
      assert.doesNotMatch(end.stderr, /Waiting on/);
    });
  }
});
