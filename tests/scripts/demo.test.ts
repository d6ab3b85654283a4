/**
 * The demo, as somebody runs it who has just cloned this.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { signIn } from "../../scripts/demo/browser.ts";
import { driverEnv, freePort, temporaryHome } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { portIsFree } from "../support/raw_http.ts";
import { portsHolder } from "../support/console_stage.ts";
import { soon } from "../support/sign_ins.ts";

const DEMO = fileURLToPath(new URL("../../scripts/demo.ts", import.meta.url));

/** Where one demo runs: its own port, home, and folder for temporary files. */
function setScene() {
  const home = temporaryHome();
  const port = freePort();
  const temporary = `${home.path}/tmp`;
  Deno.mkdirSync(temporary);
  return {
    home: home.path,
    port,
    command: [Deno.execPath(), "run", "--quiet", "--allow-all", DEMO, "--port", String(port)],
    env: driverEnv({ home: home.path, env: { TMPDIR: temporary } }),
    /** Asserts that nothing of the demo is left. */
    assertNothingLeft() {
      assert.deepEqual([...Deno.readDirSync(temporary)], [], "temporary files");
      assert.ok(portIsFree(port), `port ${port} is taken`);
      assert.deepEqual(programsBelow(temporary), [], "programs");
    },
    [Symbol.dispose]: () => home[Symbol.dispose](),
  };
}

type Scene = ReturnType<typeof setScene>;

/** The programs that have this folder in their environment or arguments, by Linux' own account. */
function programsBelow(folder: string): readonly string[] {
  if (Deno.build.os !== "linux") return [];
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => {
    try {
      if (!/^\d+$/.test(name)) return false;
      return ["environ", "cmdline"].some((file) =>
        Deno.readTextFileSync(`/proc/${name}/${file}`).includes(folder)
      );
    } catch {
      return false;
    }
  });
}

async function runDemo(
  { command: [program = "", ...words], env }: Scene,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...words, ...args],
    env: { ...env, ...more },
    clearEnv: true,
    // Without a terminal, where the driver would write past these two.
    detached: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("demo: --auto signs in, chooses a role, uses the session, and leaves nothing", async () => {
  using scene = setScene();
  const { code, stdout, stderr } = await soon("the demo to end", runDemo(scene, ["--auto"]));
  assert.equal(code, 0, stderr);
  // The browser's part, what the driver said, and what STS says of the keys.
  assert.match(stdout, /browser: Sign in as bob\n/);
  assert.match(stdout, /browser: Click "Dev.*", the first of 5 roles\n/);
  assert.match(stderr, /bob@example\.com.*111122223333/);
  assert.match(stdout, /^111122223333 +Dev +bob@example\.com/m);
  assert.match(stdout, /arn:aws:sts::111122223333:assumed-role\/Dev\/bob@example\.com/);
  assert.match(stdout, /AWS_ACCESS_KEY_ID.*AWS_SESSION_TOKEN/);
  assert.doesNotMatch(stdout, /^First run/m, "everything is there");
  scene.assertNothingLeft();
  assert.deepEqual([...Deno.readDirSync(scene.home)].map(({ name }) => name), ["tmp"]);
});

Deno.test("demo: with a display the browser is opened, and keeps its own cache folder", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  using scene = setScene();
  const opened = `${scene.home}/opened`;
  const bin = `${scene.home}/bin`;
  await Deno.mkdir(bin);
  await Deno.writeTextFile(
    `${bin}/xdg-open`,
    `#!/bin/sh\necho "$1 \${XDG_CACHE_HOME:-none} $PATH" > '${opened}'\n`,
    { mode: 0o755 },
  );
  const path = `${bin}:${scene.env["PATH"]}`;
  const running = runDemo(scene, [], { DISPLAY: ":77", PATH: path });
  const [startUrl = "", ...environment] = await eventually(
    "the browser to be opened",
    // The file is there a moment before the text is.
    () => /^(.*)\n$/.exec(Deno.readTextFileSync(opened))?.[1]?.split(" "),
  );
  assert.deepEqual(environment, ["none", path]);
  const taken = await signIn({
    ...{ startUrl, user: "bob", port: scene.port, say: () => {} },
    signal: AbortSignal.timeout(30_000),
  });
  assert.ok(taken);
  const { code, stdout } = await soon("the demo to end", running);
  assert.equal(code, 0);
  assert.match(stdout, /assumed-role\/Dev\/bob@example\.com/);
  scene.assertNothingLeft();
});

Deno.test("demo: who is refused ends it with the driver's exit code", async () => {
  using scene = setScene();
  const running = runDemo(scene, ["--auto", "--user", "dave"]);
  const { code, stderr } = await soon("the demo to end", running);
  assert.equal(code, 130, stderr);
  assert.match(stderr, /exit code 130/);
  scene.assertNothingLeft();
});

Deno.test("demo: a port that is taken is said, with another one to use", async () => {
  using scene = setScene();
  using _holder = portsHolder(scene.port);
  const { code, stdout, stderr } = await runDemo(scene, ["--auto"]);
  assert.equal(code, 3, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, new RegExp(`\\b${scene.port}\\b`));
  assert.match(stderr, /--port \d+$/m);
});

for (
  const { args, code } of [
    { args: ["--help"], code: 0 },
    { args: ["--user", "mallory"], code: 2 },
    { args: ["--port", "99999"], code: 2 },
    { args: ["--colour"], code: 2 },
  ]
) {
  Deno.test(`demo: ${args.join(" ")} shows the usage`, async () => {
    using scene = setScene();
    const ended = await runDemo(scene, args);
    assert.equal(ended.code, code);
    assert.match(code === 0 ? ended.stdout : ended.stderr, /^Usage: /);
  });
}

const pty = ptyPeer();

for (
  const stage of [
    "This demo runs stssamldriver",
    "browser: Sign in as bob",
    "browser: Click",
    "$ stssamldriver status",
    "$ stssamldriver exec",
  ]
) {
  Deno.test(`demo: Ctrl-C at "${stage}" leaves nothing`, { ignore: !pty.found }, async () => {
    using scene = setScene();
    const line = shellLine([...scene.command, "--auto"]);
    await using demo = onTerminal(line, scene.env);
    await demo.waitFor(stage);
    await demo.type("\x03");
    assert.equal(await soon("the demo to end", demo.ended), 130, demo.shown());
    scene.assertNothingLeft();
  });
}

Deno.test("demo: SIGTERM ends the driver with it", {
  ignore: Deno.build.os === "windows",
}, async () => {
  using scene = setScene();
  const [program = "", ...words] = scene.command;
  const demo = new Deno.Command(program, {
    args: [...words, "--auto"],
    env: scene.env,
    clearEnv: true,
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let killed = false;
  let shown = "";
  for await (const text of demo.stdout.pipeThrough(new TextDecoderStream())) {
    shown += text;
    if (killed || !shown.includes("browser: Open")) continue;
    demo.kill("SIGTERM");
    killed = true;
  }
  const { code } = await soon("the demo to end", demo.status);
  assert.equal(code, 143, shown);
  scene.assertNothingLeft();
});
