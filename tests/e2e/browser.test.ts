/** The browser helper: whatever it does, the sign-in goes on, and nothing of it reaches our stdout. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { programs } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import {
  endOf,
  headingOf,
  post,
  saidSince,
  someAtATime,
  soon,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

/** Writes a helper into the stage's home: a sh script that knows this folder as `$HERE`. */
async function helper(stage: Stage, script: string, name = "helper"): Promise<string> {
  const path = `${stage.home}/${name}`;
  await Deno.writeTextFile(path, `#!/bin/sh\nHERE='${stage.home}'\n${script}\n`);
  await Deno.chmod(path, 0o755);
  return path;
}

/** What a helper wrote into a file, when it has written it. */
async function written(stage: Stage, name: string): Promise<string> {
  return await eventually(`the helper to write ${name}`, () => {
    const path = `${stage.home}/${name}`;
    return existsSync(path) ? Deno.readTextFileSync(path) : undefined;
  });
}

/** A script that writes into a file all at once. */
const writes = (name: string, what: string) =>
  `{ ${what}; } > "$HERE/${name}.tmp"; mv "$HERE/${name}.tmp" "$HERE/${name}"`;

/** Until the stage is taken down, and not for ever should that never be. */
const LINGERS = 'i=0; while [ -d "$HERE" ] && [ $i -lt 100 ]; do sleep 0.2; i=$((i+1)); done';

interface Case {
  readonly name: string;
  /** The helper's script; absent for none. */
  readonly script?: string;
  /** The value of --browser, of the helper's path. */
  readonly browser?: (path: string) => string;
  readonly env?: (path: string) => Readonly<Record<string, string>>;
  /** What the driver says of it. */
  readonly says: string | RegExp;
}

const noDisplay = { DISPLAY: "", WAYLAND_DISPLAY: "", BROWSER: "" };

const CASES: readonly Case[] = [
  {
    name: "a helper that is missing",
    browser: (path) => path,
    says: /^No browser was opened: .*\/helper: not found$/m,
  },
  {
    name: "a helper that fails",
    script: "echo trouble; echo trouble >&2; exit 3",
    browser: (path) => path,
    says: /^No browser was opened: .*\/helper: exit code 3$/m,
  },
  {
    name: "a helper that is killed",
    script: "kill -9 $$",
    browser: (path) => path,
    says: /^No browser was opened: .*\/helper: exit code 137$/m,
  },
  {
    name: "a helper that may not be run",
    browser: () => "/etc/passwd",
    says: /^No browser was opened: /m,
  },
  {
    name: "a helper that hangs",
    script: LINGERS,
    browser: (path) => path,
    says: /^Opening your browser to sign in \(helper\)\. If/m,
  },
  {
    name: "a helper that prints without end",
    script:
      "i=0; while [ $i -lt 99999 ]; do echo '{\"Version\":1}'; echo noise >&2; i=$((i+1)); done\n" +
      LINGERS,
    browser: (path) => path,
    says: /^Opening your browser to sign in \(helper\)\. If/m,
  },
  {
    name: "BROWSER",
    script: 'printf %s "$1" > "$HERE/url"',
    env: (path) => ({ ...noDisplay, BROWSER: path }),
    says: /^Opening your browser to sign in \(helper\)\. If/m,
  },
  {
    name: "BROWSER, the second of a list, with arguments",
    script: '[ "$1" = --new ] && printf %s "$2" > "$HERE/url"',
    env: (path) => ({ ...noDisplay, BROWSER: `/nonexistent/browser:${path} --new %s` }),
    says: /^Opened your browser \(helper\)$/m,
  },
  {
    name: "no display",
    env: () => noDisplay,
    says: /^No browser was opened: there is no display/m,
  },
  {
    name: "BROWSER is none",
    env: () => ({ ...noDisplay, BROWSER: "none" }),
    says: "No browser was opened: BROWSER is none",
  },
  {
    name: "an open quote",
    browser: () => "'firefox",
    says: /^No browser was opened: the value of --browser has an open quote: 'firefox$/m,
  },
  {
    name: "over SSH",
    env: () => ({
      ...noDisplay,
      SSH_CONNECTION: "203.0.113.9 50000 198.51.100.7 2222",
      USER: "alice",
    }),
    says: "No browser was opened: this is an SSH session without a display",
  },
];

/** The address that is shown, whether a browser is opened or not. */
const ADDRESS =
  /^(?:Sign in at |.* If it does not open, go to\n {2})(http:\/\/localhost:\d+\/start\/[\w-]+)$/m;

const posix = Deno.build.os !== "windows";

for (const program of programs()) {
  const test = (title: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${program.name}: ${title}`, ignore: !posix, fn });

  test("whatever the helper does, the sign-in goes on and its noise is nowhere", async () => {
    await someAtATime(CASES, 4, async ({ name, script, browser, env, says }) => {
      await using stage = setStage();
      const path = `${stage.home}/helper`;
      if (script !== undefined) await helper(stage, script);
      await using driver = await waitingDriver(stage, {
        program,
        args: [
          "--issuer",
          stage.idp.startUrl,
          ...(browser === undefined ? [] : ["--browser", browser(path)]),
        ],
        env: env?.(path) ?? {},
      });
      const start = ADDRESS.exec(driver.said());
      assert.ok(start, "the URL is always shown");
      await eventually(`${name}: "${says}"`, () => {
        const said = driver.said();
        return (typeof says === "string" ? said.includes(says) : says.test(said)) || undefined;
      });
      if (script?.includes("/url")) assert.equal(await written(stage, "url"), start[1]);
      const page = await post(stage, stage.idp.signIn("alice").fields);
      const { code, stdout, stderr } = await endOf(driver);
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.equal(headingOf(page.text), "Signed in to AWS");
      assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
      assert.doesNotMatch(stderr, /noise|trouble/, name);
    });
  });

  test("over SSH the tunnel is shown, with and without --issuer", async () => {
    for (const issuer of [[], ["--issuer", "https://idp.example/start"]]) {
      await using stage = setStage();
      await using driver = await waitingDriver(stage, {
        program,
        args: issuer,
        env: {
          ...noDisplay,
          SSH_CONNECTION: "203.0.113.9 50000 198.51.100.7 2222",
          USER: "alice",
        },
      });
      const command =
        `  ssh -N -L ${stage.port}:localhost:${stage.port} -p 2222 alice@198.51.100.7\n`;
      await saidSince(driver, 0, command);
    }
  });

  test("--browser none opens nothing and says nothing of it, the URL is shown", async () => {
    await using stage = setStage();
    const path = await helper(stage, ': > "$HERE/opened"');
    const start = { program, env: { BROWSER: path } };
    const args = ["--issuer", stage.idp.startUrl, "--browser", "none"];
    await using driver = await waitingDriver(stage, { ...start, args });
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(`${stage.home}/opened`), false);
    assert.doesNotMatch(stderr, /browser/i);
    assert.match(stderr, /^Sign in at http:\/\/localhost:\d+\/start\//m);
  });

  test("the helper is given the URL only, and a clean environment", async () => {
    await using stage = setStage();
    const path = await helper(
      stage,
      `${writes("env", "env")}\n${writes("argv", 'printf "%s\\n" "$@"')}`,
    );
    const dirty = {
      AWS_SECRET_ACCESS_KEY: "s3cret",
      AWS_SESSION_TOKEN: "t0ken",
      AWS_PROFILE: "work",
      STSSAMLDRIVER_TIMEOUT: "1m",
      STSSAMLDRIVER_VERBOSE: "1",
      LD_PRELOAD: "",
      LD_LIBRARY_PATH: "/opt/app/lib",
      DYLD_INSERT_LIBRARIES: "/opt/app.dylib",
      PYTHONHOME: "/opt/app/python",
      _MEIPASS2: "/tmp/_MEI1",
      NODE_OPTIONS: "--inspect",
      GTK_PATH: "/opt/app/gtk",
      QT_PLUGIN_PATH: "/opt/app/qt",
    };
    const kept = { WAYLAND_DISPLAY: "wayland-0", XDG_CURRENT_DESKTOP: "GNOME", HTTPS_PROXY: "" };
    const args = ["--issuer", `${stage.idp.startUrl}?tenant=1&x=%27`, "--browser", `${path} --new`];
    await using driver = await waitingDriver(stage, { program, args, env: { ...dirty, ...kept } });
    const environment = await written(stage, "env");
    const names = environment.split("\n").map((line) => line.split("=")[0] ?? "");
    for (const name of Object.keys(dirty)) assert.ok(!names.includes(name), name);
    for (const name of names) assert.doesNotMatch(name, /^(AWS|STSSAMLDRIVER|DENO|LD|DYLD)_/);
    for (const [name, value] of Object.entries(kept)) {
      assert.ok(environment.includes(`${name}=${value}\n`), name);
    }
    const start = ADDRESS.exec(driver.said())?.[1];
    assert.equal(await written(stage, "argv"), `--new\n${start}\n`);
  });

  test("the helper's start leads to the IdP, and the port is ours before it runs", async () => {
    await using stage = setStage();
    // The helper itself looks: what it gets is what a browser would.
    const look = `const answer = await fetch(Deno.args[0], { redirect: "manual" });` +
      `console.log(answer.status, answer.headers.get("location"),` +
      ` answer.headers.get("referrer-policy"), answer.headers.get("cache-control"))`;
    await Deno.writeTextFile(`${stage.home}/look.js`, look);
    const path = await helper(
      stage,
      writes(
        "looked",
        `DENO_NO_UPDATE_CHECK=1 '${Deno.execPath()}' run -A --no-config "$HERE/look.js" "$1" 2>&1`,
      ),
    );
    const issuer = `${stage.idp.startUrl}?tenant=1&x=%27`;
    const args = ["--issuer", issuer, "--browser", path];
    await using _driver = await waitingDriver(stage, { program, args });
    assert.equal(await written(stage, "looked"), `303 ${issuer} no-referrer no-store\n`);
  });

  test("Ctrl-C ends the driver and not the browser", async () => {
    await using stage = setStage();
    const path = await helper(
      stage,
      `${writes("pid", "echo $$")}\n${LINGERS}`,
    );
    const args = ["--issuer", stage.idp.startUrl, "--browser", path];
    await using driver = await waitingDriver(stage, { program, args });
    const pid = Number(await written(stage, "pid"));
    driver.kill("SIGINT");
    // The helper's end is not waited for: it goes on.
    assert.equal((await soon("the end", driver.ended, 5000)).code, 130);
    Deno.kill(pid, "SIGKILL");
  });
}
