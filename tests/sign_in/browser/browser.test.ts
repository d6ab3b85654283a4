import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { statSync } from "node:fs";
import {
  type BrowserDeps,
  browserEnvironment,
  type BrowserHelper,
  browserName,
  openBrowser,
} from "../../../src/sign_in/browser/browser.ts";
import type {
  BrowserCommand,
  BrowserSurroundings,
} from "../../../src/sign_in/browser/browser_candidates.ts";
import { spawnDetached } from "../../../src/system/spawn_detached.ts";
import { ended, posix, withPrograms } from "../../support/programs.ts";

const START = "http://localhost:8090/start/it's?a=1&b=%25^c";
const SCREEN = { DISPLAY: ":0" };

function around(some: Partial<BrowserSurroundings> = {}): BrowserSurroundings {
  return { os: "linux", env: SCREEN, wsl: false, isFile: () => false, ...some };
}

Deno.test("browserEnvironment: secrets, our own and the embedding program's variables stay here", () => {
  const dropped = [
    "LD_LIBRARY_PATH LD_LIBRARY_PATH_ORIG LD_PRELOAD LD_AUDIT DYLD_INSERT_LIBRARIES",
    "DYLD_LIBRARY_PATH LIBPATH PYTHONHOME PYTHONPATH PYTHONSTARTUP _MEIPASS2 _PYI_ARCHIVE_FILE",
    "PERL5LIB RUBYOPT GEM_HOME NODE_OPTIONS NODE_PATH ELECTRON_RUN_AS_NODE JAVA_TOOL_OPTIONS",
    "BASH_ENV GTK_PATH GIO_MODULE_DIR GDK_PIXBUF_MODULE_FILE QT_PLUGIN_PATH",
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_CA_BUNDLE",
    "STSSAMLDRIVER_ROLE_ARN DENO_DIR DENO_TLS_CA_STORE aws_profile PythonPath",
  ].join(" ").split(" ");
  const kept = [
    "PATH HOME USER LANG LC_ALL DISPLAY XAUTHORITY WAYLAND_DISPLAY XDG_RUNTIME_DIR",
    "XDG_CURRENT_DESKTOP DBUS_SESSION_BUS_ADDRESS GTK_THEME QT_QPA_PLATFORM BROWSER",
    "HTTPS_PROXY no_proxy SystemRoot USERPROFILE WSL_INTEROP WSLENV VSCODE_IPC_HOOK_CLI TMPDIR",
    "SSH_AUTH_SOCK MY_AWS_X OLD_LD_X",
  ].join(" ").split(" ");
  const env = Object.fromEntries([...dropped, ...kept].map((name) => [name, `of ${name}`]));
  const passed = browserEnvironment({ ...env, GONE: undefined });
  assert.deepEqual(passed, Object.fromEntries(kept.map((name) => [name, `of ${name}`])));
});

/** What a fake helper does: exits with a code, runs on, cannot be started, or breaks. */
type Fate = number | "runs on" | "missing" | "forbidden" | "breaks";

/** A world in which programs meet their fates and time passes only when a test lets it. */
class FakeWorld {
  readonly started: { readonly words: readonly string[]; readonly env: unknown }[] = [];
  readonly delays: number[] = [];
  waiting = 0;

  constructor(
    readonly fates: Readonly<Record<string, Fate>>,
    readonly some: Partial<BrowserDeps> = {},
  ) {}

  get deps(): BrowserDeps {
    return {
      ...around(this.some),
      spawn: (command, env) => this.#spawn(command, env),
      delay: (ms, signal) => this.#delay(ms, signal),
      ...this.some,
    };
  }

  get tried(): readonly string[] {
    return this.started.map(({ words }) => words[0] ?? "");
  }

  #spawn({ command, args }: BrowserCommand, env: unknown): BrowserHelper {
    const fate = this.fates[command] ?? "missing";
    if (fate === "missing") throw new Deno.errors.NotFound(`Failed to spawn '${command}'`);
    if (fate === "forbidden") throw new Deno.errors.PermissionDenied("may not be run");
    this.started.push({ words: [command, ...args], env });
    if (fate === "breaks") return { status: Promise.reject(new Error("waiting failed")) };
    if (fate === "runs on") return { status: new Promise(() => {}) };
    return { status: Promise.resolve({ success: fate === 0, code: fate }) };
  }

  /** Runs out on its own only for helpers that run on; counts what is left waiting. */
  #delay(ms: number, signal: AbortSignal): Promise<void> {
    this.delays.push(ms);
    this.waiting++;
    const last = this.fates[this.tried.at(-1) ?? ""];
    return new Promise((resolve) => {
      const done = () => {
        this.waiting--;
        resolve();
      };
      if (last === "runs on" && this.some.signal === undefined) queueMicrotask(done);
      else signal.addEventListener("abort", done, { once: true });
    });
  }
}

const OUTCOMES: readonly (readonly [
  string,
  Readonly<Record<string, Fate>>,
  Awaited<ReturnType<typeof openBrowser>>,
  readonly string[],
])[] = [
  ["the helper that works", { "xdg-open": 0 }, { opened: true, by: "xdg-open" }, ["xdg-open"]],
  ["a browser in the foreground", { "xdg-open": "runs on" }, { opened: true, by: "xdg-open" }, [
    "xdg-open",
  ]],
  ["the next one after a failure", { "xdg-open": 3, gio: 0 }, { opened: true, by: "gio" }, [
    "xdg-open",
    "gio",
  ]],
  ["the next one after a missing one", { firefox: 0 }, { opened: true, by: "firefox" }, [
    "firefox",
  ]],
  ["the next one after a forbidden one", { "xdg-open": "forbidden", gio: 0 }, {
    opened: true,
    by: "gio",
  }, ["gio"]],
  ["the next one after one that cannot be watched", { "xdg-open": "breaks", gio: 0 }, {
    opened: true,
    by: "gio",
  }, ["xdg-open", "gio"]],
  ["none: those that were there failed", { "xdg-open": 3, gio: "forbidden" }, {
    opened: false,
    reason: "xdg-open: exit code 3; gio: may not be run",
  }, ["xdg-open"]],
  ["none: nothing is there", {}, {
    opened: false,
    reason: "no program that opens addresses was found " +
      "(xdg-open, x-www-browser, gio, firefox, google-chrome, chromium)",
  }, []],
];

for (const [title, fates, expected, tried] of OUTCOMES) {
  Deno.test(`openBrowser: ${title}`, async () => {
    const world = new FakeWorld(fates);
    assert.deepEqual(await openBrowser(START, world.deps), expected);
    assert.deepEqual(world.tried, tried);
    await Promise.resolve();
    assert.equal(world.waiting, 0, "every timer is gone");
    assert.ok(world.delays.every((ms) => ms >= 1000 && ms <= 2000));
  });
}

Deno.test("openBrowser: the browser that was asked for is missing, and no other is opened", async () => {
  const world = new FakeWorld({ "xdg-open": 0 }, { browser: "netscape" });
  const outcome = await openBrowser(START, world.deps);
  assert.deepEqual(outcome, { opened: false, reason: "netscape: not found" });
});

Deno.test("browserName: what is tried first; none where nothing can be opened, and never an exception", () => {
  const throws = () => {
    throw new Error("no such disk");
  };
  const cases: readonly [some: Partial<BrowserSurroundings>, name: string | undefined][] = [
    [{}, "xdg-open"],
    [{ browser: "netscape -new" }, "netscape"],
    [{ env: { ...SCREEN, BROWSER: "/opt/lynx" } }, "/opt/lynx"],
    [{ os: "darwin" }, "osascript"],
    [{ env: {} }, undefined],
    [{ browser: "none" }, undefined],
    [{ browser: "'open quote" }, undefined],
    [{ browser: "a b", isFile: throws }, undefined],
  ];
  for (const [some, name] of cases) {
    assert.equal(browserName(around(some)), name, Deno.inspect(some));
  }
});

Deno.test("openBrowser: in a container of Firefox, by the address that its extension takes", async () => {
  for (
    const [browser, command] of [[undefined, "firefox"], ["firefox-esr", "firefox-esr"]] as const
  ) {
    const world = new FakeWorld({ [command]: 0 }, { browser, container: "my work" });
    const outcome = await openBrowser("http://localhost:8090/start?a=$&", world.deps);
    assert.deepEqual(outcome, { opened: true, by: command });
    const address = world.started[0]?.words.at(-1) ?? "";
    const { protocol, pathname, search } = new URL(address);
    assert.equal(
      protocol + pathname,
      "ext+container:name=my%20work&url=http%3A%2F%2Flocalhost%3A8090%2Fstart%3Fa%3D%24%26",
    );
    assert.equal(search, "");
  }
});

Deno.test("openBrowser: in a container, what may not be opened starts nothing either", async () => {
  const world = new FakeWorld({ firefox: 0 }, { container: "work" });
  const { opened } = await openBrowser("file:///etc/passwd", world.deps);
  assert.deepEqual([opened, world.tried], [false, []]);
});

Deno.test("openBrowser: what may not be opened starts nothing", async () => {
  const world = new FakeWorld({ "xdg-open": 0 });
  const outcome = await openBrowser("file:///etc/passwd", world.deps);
  assert.deepEqual(outcome, { opened: false, reason: "only http and https addresses are opened" });
  assert.deepEqual(world.tried, []);
});

Deno.test("openBrowser: the helper gets the cleaned environment", async () => {
  const env = { ...SCREEN, PATH: "/bin", AWS_SECRET_ACCESS_KEY: "x", LD_PRELOAD: "y" };
  const world = new FakeWorld({ "xdg-open": 0 }, { env });
  await openBrowser(START, world.deps);
  assert.deepEqual(world.started[0]?.env, { DISPLAY: ":0", PATH: "/bin" });
});

Deno.test("openBrowser: a fault of the world around it is an outcome, not an exception", async () => {
  const world = new FakeWorld({}, {
    browser: "a b",
    isFile: () => {
      throw new Error("no such disk");
    },
  });
  const outcome = await openBrowser(START, world.deps);
  assert.deepEqual(outcome, { opened: false, reason: "no such disk" });
});

Deno.test("openBrowser: when the sign-in is over it stops watching and tries nothing more", async () => {
  const over = new AbortController();
  const world = new FakeWorld({ "xdg-open": "runs on" }, { signal: over.signal });
  const opening = openBrowser(START, world.deps);
  over.abort();
  assert.deepEqual(await opening, { opened: true, by: "xdg-open" });
  assert.equal(world.waiting, 0);
  assert.equal(getEventListeners(over.signal, "abort").length, 0, "nobody listens any more");
  assert.deepEqual(await openBrowser(START, world.deps), {
    opened: false,
    reason: "the sign-in is over",
  });
  assert.deepEqual(world.tried, ["xdg-open"]);
});

const realDeps = (env: Readonly<Record<string, string>>): BrowserDeps => ({
  ...around({ env }),
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  spawn: spawnDetached,
});

Deno.test({
  ...posix,
  name:
    "openBrowser: real helpers: the failing one, then the working one, with a clean environment",
  fn: () =>
    withPrograms({
      "xdg-open": "exit 4",
      "x-www-browser": 'printf "%s" "$1" >"$HERE/url"; env -0 >"$HERE/env"',
    }, async (folder, env) => {
      const dirty = {
        ...env,
        AWS_SESSION_TOKEN: "x",
        STSSAMLDRIVER_PORT: "1",
        LD_LIBRARY_PATH: "/",
      };
      const outcome = await openBrowser(START, realDeps(dirty));
      assert.deepEqual(outcome, { opened: true, by: "x-www-browser" });
      assert.equal(await Deno.readTextFile(`${folder}/url`), START);
      const passed = (await Deno.readTextFile(`${folder}/env`)).split("\0");
      assert.ok(passed.includes("DISPLAY=:0") && passed.includes(`PATH=${env.PATH}`));
      assert.doesNotMatch(passed.join("\n"), /^(AWS|STSSAMLDRIVER|LD)_/m);
      assert.equal(
        passed.some((entry) => entry.startsWith("USER=")),
        false,
        "nothing is inherited",
      );
    }),
});

Deno.test({
  ...posix,
  name: "openBrowser: a real helper that hangs counts as opened after a moment",
  fn: () =>
    withPrograms({ "xdg-open": "exec sleep 60" }, async (_folder, env) => {
      const children: ReturnType<typeof spawnDetached>[] = [];
      const started = performance.now();
      const outcome = await openBrowser(START, {
        ...realDeps(env),
        spawn: (command, cleaned) => {
          const child = spawnDetached(command, cleaned);
          children.push(child);
          return child;
        },
      });
      const elapsed = performance.now() - started;
      assert.deepEqual(outcome, { opened: true, by: "xdg-open" });
      assert.ok(elapsed >= 1400 && elapsed < 10_000, `after ${elapsed} ms`);
      assert.equal(children.length, 1);
      for (const child of children) {
        Deno.kill(child.pid, "SIGKILL");
        await ended(child);
      }
    }),
});
