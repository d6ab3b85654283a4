/**
 * Every command, working and failing, with all that it can be made to say: no secret is on the terminal, on
 * stderr, in a file, in a page or an address, or in the arguments and variables of any process that it starts,
 * but in its product. A command without a row here fails the test.
 */

import assert from "node:assert/strict";
import { COMMANDS } from "../../src/cli/commands.ts";
import { type Files, putFiles } from "../support/aws_files.ts";
import { CALLER } from "../support/callers.ts";
import { type ConsoleStage, setConsoleStage } from "../support/console_stage.ts";
import { driverEnv } from "../support/driver.ts";
import { FAKE_SECRETS } from "../support/fakes.ts";
import { postToAcs } from "../support/idp.ts";
import { roleKept } from "../support/kept_session.ts";
import { assertClean, filesBelow } from "../support/leaks.ts";
import { confirmed } from "../support/offering.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import type { ResponseOptions } from "../support/saml_response.ts";
import { someAtATime, soon } from "../support/sign_ins.ts";

/** A run of a command. */
interface Run {
  readonly args: (scene: ConsoleStage) => readonly string[];
  readonly code: number;
  /** Where the product is, whose secrets are meant to be there. */
  readonly product?: "stdout" | "page" | "child" | "config";
  /** Part of it, so that the test is known to look at the right thing. */
  readonly shows?: string;
  readonly sts?: "error" | "captive-portal";
  readonly federation?: "refuse";
  /** What the IdP says differently. */
  readonly changes?: ResponseOptions;
  /** A session is kept already. */
  readonly kept?: true;
  readonly files?: (scene: ConsoleStage) => Files;
  /** Nothing else ends it. */
  readonly interrupted?: true;
}

const ALL = Deno.env.get("FAULTS") === "all";
const EXPIRED: ResponseOptions = { now: Date.now() - 3_600_000 };
const CONFIG = ".aws/config";
const KEYS_OF_OTHERS = "aws_access_key_id = ASIAX\n" +
  FAKE_SECRETS.map((secret, index) => `aws_secret_${index} = ${secret}\n`).join("");

const signIn = (...words: readonly string[]) => ({ stage }: ConsoleStage) => [
  ...[...words, ...stage.args, "--start-url", stage.idp.startUrl],
  ...["--browser", `${stage.home}/browser`],
];
/** Without a start URL, so that a tab can confirm the sign-in that never was at the start address. */
const anyRole = (...words: readonly string[]) => ({ stage }: ConsoleStage) => [
  ...[...words, "--port", String(stage.port)],
];
const only = (...words: readonly string[]) => () => words;
const recording = (text: (base64: string) => string) => ({ stage }: ConsoleStage): Files => {
  const [, base64 = ""] = stage.idp.signIn("alice").fields[0] ?? [];
  return { "recording": text(base64) };
};
const consoleFlags = ({ urls }: ConsoleStage) => urls;

/** Two runs at least for each command: one that works and one that fails. */
const RUNS: Readonly<Record<string, readonly Run[]>> = {
  login: [
    { args: signIn("login"), code: 0, product: "stdout", shows: "SecretAccessKey" },
    { args: signIn("--profile-to-update", "dev"), code: 0, product: "config" },
    { args: signIn("login"), sts: "error", code: 6 },
    { args: signIn("login", "--timeout", "1s"), changes: EXPIRED, code: 5 },
  ],
  setup: [
    { args: signIn("setup", "dev"), code: 0 },
    {
      args: signIn("setup", "dev"),
      files: () => ({
        [CONFIG]: `[profile dev]\n${KEYS_OF_OTHERS}`,
      }),
      code: 8,
    },
  ],
  env: [
    { args: signIn("env", "--shell", "sh"), code: 0, product: "stdout", shows: "export" },
    { args: signIn("env", "--shell", "sh", "--no-cache"), sts: "captive-portal", code: 7 },
  ],
  exec: [
    {
      args: (scene) => [...signIn("exec", "--no-cache")(scene), "--", "sh", "-c", "exit 3"],
      code: 3,
      product: "child",
    },
    // Its command has an address and a token to ask there, and no session in its variables.
    {
      args: (scene) => [...signIn("exec", "--serve")(scene), "--", "sh", "-c", "exit 3"],
      code: 3,
    },
    {
      args: (scene) => [...signIn("exec")(scene), "--", "/nonexistent/program"],
      kept: true,
      code: 127,
      product: "child",
    },
    {
      args: (scene) => [...signIn("exec", "--no-cache")(scene), "--", "true"],
      sts: "error",
      code: 6,
    },
  ],
  console: [
    {
      args: (scene) => [...signIn("console", "--no-cache")(scene), ...consoleFlags(scene)],
      code: 0,
      product: "page",
    },
    {
      args: (scene) => [
        ...[...signIn("console", "--no-cache", "--print-url")(scene), ...consoleFlags(scene)],
      ],
      code: 0,
      product: "stdout",
      shows: "SigninToken",
    },
    {
      args: (scene) => [...signIn("console", "--no-cache")(scene), ...consoleFlags(scene)],
      federation: "refuse",
      code: 6,
    },
    {
      args: (scene) => [...signIn("console", "--print-url")(scene), ...consoleFlags(scene)],
      kept: true,
      federation: "refuse",
      code: 6,
    },
  ],
  roles: [
    { args: anyRole("roles", "--json"), code: 0, shows: "arn:" },
    { args: anyRole("roles", "--timeout", "1s"), changes: EXPIRED, code: 5 },
  ],
  sync: [
    { args: anyRole("sync"), code: 0, product: "config" },
    { args: anyRole("sync"), sts: "error", code: 6 },
  ],
  status: [
    { args: only("status"), kept: true, code: 0, shows: "Dev" },
    { args: only("status"), files: () => ({ "cache/stssamldriver/sessions": "" }), code: 8 },
  ],
  logout: [
    { args: only("logout", "--all"), kept: true, code: 0 },
    { args: only("logout"), kept: true, code: 2 },
  ],
  doctor: [
    {
      args: ({ stage }) => ["doctor", "--port", String(stage.port)],
      kept: true,
      files: () => ({ [CONFIG]: `[profile dev]\n${KEYS_OF_OTHERS}` }),
      code: 0,
      shows: "1 session",
    },
    {
      args: ({ stage }) => ["doctor", "--port", String(stage.port), "--profile", "dev", "--json"],
      kept: true,
      files: () => ({ [CONFIG]: `[profile dev]\n${KEYS_OF_OTHERS}` }),
      code: 2,
      shows: '"problem"',
    },
    {
      args: only("doctor", "--assertion", "~/recording"),
      files: recording((base64) => base64),
      code: 0,
      shows: "Dev",
    },
    {
      args: only("doctor", "--assertion", "~/recording"),
      files: recording((base64) => base64.slice(0, 3001)),
      code: 5,
    },
  ],
  relay: [
    {
      args: ({ stage }) => ["relay", "--listen", `127.0.0.1:${stage.port}`],
      code: 0,
      product: "page",
      shows: '"status":200',
      interrupted: true,
    },
    { args: only("relay", "--listen", "nowhere"), code: 2 },
  ],
  completions: [
    { args: only("completions", "bash"), code: 0, shows: "_stssamldriver" },
    { args: only("completions", "tcsh"), code: 2 },
  ],
  uninstall: [
    { args: only("uninstall"), kept: true, code: 0, shows: "Deleted" },
    { args: only("uninstall", "--all"), kept: true, code: 2 },
  ],
  // A caller of a shared sign-in starts it.
  __serve: [
    { args: signIn("--cache"), code: 0, product: "stdout", shows: "SecretAccessKey" },
    { args: signIn("--cache"), sts: "captive-portal", code: 7 },
    { args: only("__serve"), code: 2 },
  ],
  // It never fails: nothing may be said in the middle of somebody's line.
  __complete: [
    {
      args: only("__complete", "fish", "--", "env", "--profile", ""),
      files: () => ({ [CONFIG]: `[profile dev]\n${KEYS_OF_OTHERS}` }),
      code: 0,
      shows: "dev",
    },
    { args: only("__complete", "nushell"), code: 0 },
  ],
};

/** Each run in one of these ways here; `deno task faults` takes both. */
const WAYS = [["--verbose"], ["--verbose", "--log-format", "json"]] as const;

Deno.test("secrets: every command has a run that works, and one that fails", () => {
  assert.deepEqual(Object.keys(RUNS), COMMANDS.map(({ name }) => name));
  for (const [name, runs] of Object.entries(RUNS)) {
    assert.ok(runs.some(({ code }) => code === 0 || name === "exec"), `${name} works`);
    assert.ok(runs.some(({ code }) => code !== 0) || name === "__complete", `${name} fails`);
  }
});

peersTest(
  ["executable", "strace"],
  "secrets: no command lets one go anywhere but into its product",
  async () => {
    const pty = ptyPeer();
    assert.ok(pty.found, "a terminal");
    const all = Object.entries(RUNS).flatMap(([name, runs]) =>
      runs.flatMap((run, index) =>
        WAYS.filter((_, way) => ALL || way === index % 2).map((way) => ({ name, run, way }))
      )
    );
    await someAtATime(all, 4, async ({ name, run, way }) => {
      try {
        await runAndSearch(run, way);
      } catch (error) {
        throw new Error(`${name}, ${run.code}, ${way.join(" ")}: ${error}`, { cause: error });
      }
    });
  },
);

async function runAndSearch(run: Run, way: readonly string[]): Promise<void> {
  await using scene = await setConsoleStage({
    ...(run.kept && { handedOut: [] }),
    behaviours: run.federation ? [{ kind: run.federation, times: Infinity }] : [],
  });
  const { stage, federation } = scene;
  const { home } = stage;
  if (run.sts === "error") {
    stage.sts.behave({ kind: run.sts, code: "AccessDenied", times: Infinity });
  }
  if (run.sts === "captive-portal") stage.sts.behave({ kind: run.sts, times: Infinity });
  const files = run.files?.(scene) ?? {};
  putFiles(home, files);
  putFiles(home, {
    "tmp/.keep": "",
    "cache/.keep": "",
    "browser": '#!/bin/sh\necho "$@" >>~/browsed\n',
  });
  Deno.chmodSync(`${home}/browser`, 0o755);
  if (run.kept) await roleKept(home).stored;
  const seen = await Deno.makeTempDir();
  try {
    const args = [...run.args(scene)];
    const dashes = args.indexOf("--");
    args.splice(dashes < 0 ? args.length : dashes, 0, ...args[0]?.startsWith("__") ? [] : way);
    const program = [
      ...[pathOf("strace"), "-f", "--seccomp-bpf", "-qq", "-v", "-s", "200000"],
      ...["-e", "trace=execve", "-o", `${seen}/processes`, ...CALLER.command],
    ];
    const redirected = `>${seen}/stdout 2>${seen}/stderr`;
    await using terminal = onTerminal(
      `exec ${shellLine([...program, ...args])} ${redirected}`,
      driverEnv({
        home,
        env: {
          ...{ ...stage.env, TERM: "xterm", TMPDIR: `${home}/tmp` },
          ...{ XDG_CACHE_HOME: `${home}/cache`, BROWSER: `${home}/browser` },
        },
      }),
    );
    const pages = await whilePosting(scene, run, terminal);
    const code = await terminal.ended;
    const read = (name: string) => Deno.readTextFileSync(`${seen}/${name}`);
    assert.equal(code, run.code, terminal.shown() + read("stderr"));
    if (run.shows !== undefined) {
      assert.ok(read("stdout").includes(run.shows), `${run.shows} is not on stdout`);
    }
    if (code !== 0 && run.shows === undefined && run.product !== "child") {
      assert.equal(read("stdout"), "");
    }
    // The command of `exec` is given the session by its variables: that is what it is for.
    const [children, others] = parted(
      read("processes").split("\n"),
      (line) => run.product === "child" && /execve\("\S*\/(sh|program)"/.test(line),
    );
    assert.ok(others.join().includes(args[0] ?? ""), "processes are looked at");
    const texts: [where: string, text: string][] = [
      ["stdout", read("stdout")],
      ["stderr", read("stderr")],
      ["terminal", terminal.shown()],
      ["page", pages.map(({ text }) => text).join("\n")],
      ["child", children.join("\n")],
      ["processes", others.join("\n")],
      ["headers", pages.map(({ headers }) => headers).join("\n")],
      ["addresses", stage.sts.calls.map(({ target }) => target).join("\n")],
    ];
    for (const [path, text] of filesBelow(home)) {
      const file = path.slice(home.length + 1);
      const kept = /^cache\/stssamldriver\/sessions\/[0-9a-f]{32}\.json$/.test(file);
      if (file === CONFIG && !(file in files)) texts.push(["config", text]);
      else if (!kept && !(file in files)) texts.push([file, text]);
    }
    for (const [where, text] of texts) {
      if (where !== run.product) assertClean(where, text, stage);
      else assert.throws(() => assertClean(where, text, stage), "the product has them");
    }
    assert.deepEqual(federation.problems, []);
  } finally {
    await Deno.remove(seen, { recursive: true });
  }
}

/** What a post came to in the tab, and the headers of the answer, with the address that it leads to. */
interface Page {
  readonly text: string;
  readonly headers: string;
}

/** Posts to whoever listens at the port, until the driver has ended. */
async function whilePosting(
  { stage }: ConsoleStage,
  { changes, interrupted }: Run,
  terminal: ReturnType<typeof onTerminal>,
): Promise<readonly Page[]> {
  const { fields } = stage.idp.signIn("alice", changes);
  const pages: Page[] = [];
  let over = false;
  const ended = terminal.ended.finally(() => over = true);
  const posting = (async () => {
    while (!over) {
      try {
        const posted = await postToAcs(stage.acsUrl, fields);
        const { text, headers } = await confirmed(stage, posted);
        const way = headers.get("location");
        const next = way === null ? "" : await (await fetch(new URL(way, stage.acsUrl))).text();
        pages.push({ text: text + next, headers: JSON.stringify([...headers]) });
        if (interrupted) await terminal.type("\x03");
      } catch {
        // Nobody listens yet, or any more.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    await soon("the driver to end", ended);
  } finally {
    over = true;
    await posting;
  }
  return pages;
}

function parted<T>(
  items: readonly T[],
  belongs: (item: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
