/** `console` from a kept session: a one-time address on a free port, and the login URL in nobody's argv. */

import assert from "node:assert/strict";
import {
  assertNoSecret,
  consoleDriver,
  type ConsoleStage,
  enterConsole,
  refreshOf,
  runKept,
  setConsoleStage,
  signInToConsole,
} from "../support/console_stage.ts";
import { programs } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { posix } from "../support/programs.ts";
import { assertFailed, endOf, headingOf, soon } from "../support/sign_ins.ts";

/** A session in the cache, by a sign-in whose tab became the console. */
async function keepSession(scene: ConsoleStage): Promise<readonly string[]> {
  const words = ["console", ...scene.stage.args, ...scene.urls];
  const end = await signInToConsole(scene, words);
  assert.equal(end.code, 0, end.stderr);
  assert.equal(end.stdout, "");
  return words;
}

/** A program in the stage's home. */
function program({ stage }: ConsoleStage, name: string, script: string): string {
  const path = `${stage.home}/${name}`;
  Deno.writeTextFileSync(path, `#!/bin/sh\nHERE='${stage.home}'\n${script}\n`, { mode: 0o755 });
  return path;
}

/** The text of a file, once it ends with a line break. */
async function written(path: string): Promise<string> {
  return await eventually(path, () => {
    const text = Deno.readTextFileSync(path);
    return text.endsWith("\n") ? text : undefined;
  });
}

for (const form of programs()) {
  Deno.test({
    ...posix,
    name:
      `${form.name}: the browser gets a one-time address; no argv and no environment has a secret`,
    fn: async () => {
      await using scene = await setConsoleStage({ manyTokens: true });
      const words = await keepSession(scene);
      // Somebody has the sign-in's port: nothing here needs it.
      using _other = Deno.listen({ hostname: "127.0.0.1", port: scene.stage.port });
      const browser = program(
        scene,
        "browser",
        `printf '%s\\n' "$#" "$@" > "$HERE/argv"
         env > "$HERE/environment"
         cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' > "$HERE/everybody"
         curl -sD "$HERE/headers" "$1" > "$HERE/page"
         cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' >> "$HERE/everybody"
         echo done > "$HERE/done"`,
      );
      await using driver = consoleDriver(scene, [...words, "--browser", browser], {
        program: form,
      });
      const end = await endOf(driver);
      assert.equal(end.code, 0, end.stderr);
      assert.equal(end.stdout, "");
      await written(`${scene.stage.home}/done`);
      const read = (name: string) => Deno.readTextFileSync(`${scene.stage.home}/${name}`);
      const [count, address = ""] = read("argv").split("\n");
      assert.equal(count, "1");
      assert.match(address, /^http:\/\/localhost:\d+\/[\w-]{36}$/);
      assert.notEqual(new URL(address).port, String(scene.stage.port));
      for (const name of ["argv", "environment", "everybody", "headers"]) {
        assertNoSecret(scene, read(name), name);
      }
      assertNoSecret(scene, end.stderr, "stderr");
      assert.match(read("headers"), /cache-control: no-store/i);
      assert.match(await enterConsole(refreshOf(read("page"))), /Signed in as/);
      await assert.rejects(fetch(address), TypeError, "nobody listens there any more");
      assert.equal(scene.stage.sts.calls.length, 1);
      assert.deepEqual([...scene.federation.problems], []);
    },
  });
}

Deno.test("console: without a browser the address is told, gives itself once, and knows no other path", async () => {
  await using scene = await setConsoleStage({ manyTokens: true });
  const words = await keepSession(scene);
  await using driver = consoleDriver(scene, [...words, "--browser", "none"]);
  await soon("the address", driver.waitFor("Open the console at "));
  const address = await eventually(
    "the whole line",
    () => /Open the console at (http:\S+)\n/.exec(driver.said())?.[1],
  );
  for (
    const [path, method] of [["/", "GET"], ["/favicon.ico", "GET"], [address, "POST"]] as const
  ) {
    const stray = await fetch(new URL(path, address), { method });
    assert.equal(stray.status, 404);
    assertNoSecret(scene, await stray.text(), `${method} ${path}`);
  }
  const page = await (await fetch(address)).text();
  assert.equal(headingOf(page), "Opening the AWS console");
  const again = await fetch(address).then((answer) => answer.text(), () => "nobody there");
  assertNoSecret(scene, again, "the second answer");
  const end = await endOf(driver);
  assert.equal(end.code, 0, end.stderr);
  assert.equal(end.stdout, "");
});

Deno.test("console --print-url: the URL on stdout and nowhere else, and no browser", async () => {
  await using scene = await setConsoleStage({ manyTokens: true });
  const words = await keepSession(scene);
  const browser = program(scene, "browser", 'echo ran > "$HERE/ran"');
  const end = await runKept(scene, [...words, "--print-url", "--verbose"], { BROWSER: browser });
  assert.equal(end.code, 0, end.stderr);
  assert.match(end.stdout, /^http:\/\/127\.0\.0\.1:\d+\/federation\?Action=login&\S+\n$/);
  assertNoSecret(scene, end.stderr, "stderr");
  assert.throws(() => Deno.statSync(`${scene.stage.home}/ran`), Deno.errors.NotFound);
  assert.match(await enterConsole(end.stdout.trim()), /Signed in as/);
});

Deno.test("console --print-url: by a sign-in, whose tab says where the address is", async () => {
  await using scene = await setConsoleStage();
  const { stage, urls } = scene;
  const words = ["console", "--no-cache", "--print-url", ...stage.args, ...urls];
  const end = await signInToConsole(scene, words);
  assert.equal(end.code, 0, end.stderr);
  assert.match(end.text, /The console&#39;s login URL is in the terminal/);
  assertNoSecret(scene, end.text + end.stderr, "page or stderr");
  assert.match(await enterConsole(end.stdout.trim()), /Signed in as/);
});

Deno.test("console: a kept session that is refused is exit 6, an endpoint that is away exit 7", async () => {
  await using scene = await setConsoleStage({ manyTokens: true });
  const words = await keepSession(scene);
  for (const [kind, code] of [["refuse", 6], ["captive-portal", 7]] as const) {
    scene.federation.behave({ kind });
    const end = await runKept(scene, words);
    assertFailed(end, { code, says: /./ });
    assertNoSecret(scene, end.stderr, "stderr");
  }
  const session = await runKept(scene, [...words, "--no-interactive", "--print-url"]);
  assert.equal(session.code, 0, "the kept session is still there");
});

/** A Firefox that notes its arguments, one a line. */
const FIREFOX = 'printf \'%s\\n\' "$@" > "$HERE/firefox-argv"';

/** The name and address in what Firefox was given. */
function containerOf(argv: string): { readonly name: string | null; readonly url: string } {
  const word = argv.trim().split("\n").at(-1) ?? "";
  assert.ok(word.startsWith("ext+container:"), word);
  const query = new URLSearchParams(word.slice("ext+container:".length));
  return { name: query.get("name"), url: query.get("url") ?? "" };
}

Deno.test({
  ...posix,
  name: "console --container: Firefox is given the one-time address in the container's form",
  fn: async () => {
    await using scene = await setConsoleStage({ manyTokens: true });
    const words = await keepSession(scene);
    program(scene, "firefox", FIREFOX);
    const env = { PATH: `${scene.stage.home}:/usr/bin:/bin`, DISPLAY: ":0", BROWSER: "" };
    await using driver = consoleDriver(scene, [...words, "--container", "Prod & co/ä"], { env });
    const argv = await written(`${scene.stage.home}/firefox-argv`);
    const { name, url } = containerOf(argv);
    assert.equal(name, "Prod & co/ä");
    assert.match(url, /^http:\/\/localhost:\d+\/[\w-]{36}$/);
    assertNoSecret(scene, argv, "argv");
    const page = await (await fetch(url)).text();
    assert.match(await enterConsole(refreshOf(page)), /Signed in as/);
    const end = await endOf(driver);
    assert.equal(end.code, 0, end.stderr);
  },
});

// The tab of the sign-in becomes the console: --container was forgotten there.
Deno.test({
  ...posix,
  name: "console --container: a sign-in begins in the container too",
  fn: async () => {
    await using scene = await setConsoleStage();
    const { stage, urls } = scene;
    program(scene, "firefox", FIREFOX);
    const env = { PATH: `${stage.home}:/usr/bin:/bin`, DISPLAY: ":0", BROWSER: "" };
    const issuer = ["--issuer", stage.idp.startUrl];
    const words = ["console", "--container", "prod", ...issuer, ...stage.args, ...urls];
    const end = await signInToConsole(scene, words, { env });
    assert.equal(end.code, 0, end.stderr);
    const { name, url } = containerOf(await written(`${stage.home}/firefox-argv`));
    assert.equal(name, "prod");
    assert.match(new URL(url).pathname, /^\/start\//);
    assert.match(await enterConsole(end.login), /Signed in as/);
  },
});
