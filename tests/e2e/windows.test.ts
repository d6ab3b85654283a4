/** What is different on Windows: its shells, its paths, its locks, and what a child inherits. */

import assert from "node:assert/strict";
import { filesOf, productOf } from "../support/aws_files.ts";
import { waits } from "../support/callers.ts";
import { hasOpenssl, makeCertificates } from "../support/certificates.ts";
import {
  type Driver,
  type DriverOptions,
  freePort,
  type Program,
  runDriver,
  RUNNER,
  startDriver,
} from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { manyRoles } from "../support/saml_response.ts";
import {
  assertFailed,
  assertFree,
  endOf,
  post,
  signInOnce,
  soon,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { portIsFree } from "../support/raw_http.ts";
import { tlsInFrontOf } from "../support/tls.ts";
import { runByCmd, WINDOWS_EXECUTABLE, windowsPath, windowsTest } from "../support/windows.ts";

const program = programAt(WINDOWS_EXECUTABLE);

function programAt(path: string): Program {
  const [command = path, ...args] = [...RUNNER, path];
  return { name: "executable", command: [command, ...args] };
}

/** How the driver and cmd are started on a stage. */
function on(stage: Stage, env: Readonly<Record<string, string>> = {}): DriverOptions {
  return { program, home: stage.home, env: { ...stage.env, BROWSER: "none", ...env } };
}

/** Signs in, so that the cache has the session of the stage's role; nobody needs to sign in afterwards. */
async function keepSession(stage: Stage, args: readonly string[] = []): Promise<readonly string[]> {
  const { code, stderr } = await signInOnce(stage, { program, args: ["--cache", ...args] });
  assert.equal(code, 0, stderr);
  await isOver(stage);
  return [...stage.args, ...args, "--no-interactive"];
}

/** Resolves when the process that signed in is gone, and its files with it. */
async function isOver({ port }: Stage): Promise<void> {
  await eventually("the port to be free", () => portIsFree(port) || undefined);
}

/** Asserts that what was said is for Windows: each path has one separator, and nobody is to run chmod. */
function assertWindowsWords(text: string): void {
  assert.doesNotMatch(text, /\b(chmod|chown|ls -l|lsattr|sudo|sh -c)\b/);
  assert.doesNotMatch(text, /[A-Z]:\\[^\s"']*\/|[A-Z]:\/[^\s"']*\\/);
}

/** What a batch file has for a text: each percent sign twice. */
function inBatch(line: string): string {
  return line.replaceAll("%", "%%");
}

windowsTest("windows: a session that is kept needs no sign-in", async () => {
  await using stage = setStage();
  const args = await keepSession(stage);
  const { code, stdout, stderr } = await runDriver([...args, "--cache"], on(stage));
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
  assert.equal(stage.sts.calls.length, 1);
});

windowsTest(
  "windows: a second driver waits for the first one's lock, and then has its turn",
  async () => {
    await using stage = setStage();
    await using first = await waitingDriver(stage, { program });
    await using second = startDriver(stage.args, on(stage));
    await soon("the second to queue", second.waitFor(`Another sign-in has port ${stage.port}`));
    await post(stage, stage.idp.signIn("alice").fields);
    assert.equal((await endOf(first)).code, 0);
    await soon("the second to listen", second.waitFor("Waiting on"));
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stdout, stderr } = await endOf(second);
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[1]?.accessKeyId);
    assertFree(stage.port);
  },
);

windowsTest("windows: a driver that was killed leaves its port to the one that waits", async () => {
  await using stage = setStage();
  await using first = await waitingDriver(stage, { program });
  await using second = startDriver(stage.args, on(stage));
  await soon("the second to queue", second.waitFor(`Another sign-in has port ${stage.port}`));
  first.kill("SIGKILL");
  await soon("the second to listen", second.waitFor("Waiting on"));
  await post(stage, stage.idp.signIn("alice").fields);
  assert.equal((await endOf(second)).code, 0);
});

const ROLES = manyRoles(6);

// The process that signs in for all once held the first caller's pipes: an SDK waited for its end.
windowsTest(
  "windows: five callers share a sign-in, and none of their pipes is held by it",
  async () => {
    const users = [
      { name: "five", about: "the first five", response: { roles: ROLES.slice(0, 5) } },
      { name: "last", about: "the last one", response: { roles: ROLES.slice(5) } },
    ];
    await using stage = setStage({ idp: { users } });
    const callers: Driver[] = [];
    const call = async (index: number) => {
      const { role = "", provider = "" } = ROLES[index] ?? {};
      const flags = ["--role-arn", role, "--saml-provider-arn", provider, "--issuer"];
      const start = [stage.idp.startUrl, "--cache", "--timeout=60s", "--port", String(stage.port)];
      const caller = startDriver([...flags, ...start], on(stage));
      callers.push(caller);
      await eventually("the caller to wait", () => waits(caller) || undefined);
      return caller;
    };
    try {
      // The first one has started the process that signs in. Of its streams only stdout is looked at: Wine's
      // processes inherit stderr from each other, whatever Windows would do.
      const killed = await call(5);
      const others = [];
      for (const index of [0, 1, 2, 3, 4]) others.push(await call(index));
      killed.kill("SIGKILL");
      await soon("the end of the killed one's stdout", killed.output);
      assert.equal(portIsFree(stage.port), false, "the sign-in goes on without it");
      // One more keeps the process that signs in, whatever becomes of the five.
      const last = await call(5);
      await post(stage, stage.idp.signIn("five").fields);
      for (const [index, caller] of others.entries()) {
        const [stdout, { code, stderr }] = await soon(
          "the end of a caller's stdout",
          Promise.all([caller.output, caller.ended]),
        );
        assert.equal(code, 0, stderr);
        assert.match(
          stage.sts.handedOut.find(({ accessKeyId }) =>
            accessKeyId === JSON.parse(stdout).AccessKeyId
          )?.arn ?? "",
          new RegExp(`/Role${index + 1}/`),
        );
      }
      await eventually("the last one's sign-in", () => !portIsFree(stage.port) || undefined);
      await post(stage, stage.idp.signIn("last").fields);
      assert.equal((await endOf(last)).code, 0);
      assert.equal(stage.sts.calls.length, 6);
    } finally {
      for (const caller of callers) await caller[Symbol.asyncDispose]();
      await isOver(stage);
    }
  },
);

windowsTest("windows: cmd reads what env prints for it", async () => {
  await using stage = setStage();
  const args = await keepSession(stage);
  const line = [windowsPath(WINDOWS_EXECUTABLE), "env", "--shell", "cmd", ...args].join(" ");
  const { code, stdout, stderr } = await runByCmd(stage.home, [
    `for /f "delims=" %%i in ('${inBatch(line)}') do @%%i`,
    "echo %AWS_ACCESS_KEY_ID%",
    "if defined AWS_SESSION_TOKEN echo with a token",
  ], on(stage));
  assert.equal(code, 0, stderr);
  assert.equal(
    stdout.replaceAll("\r", ""),
    `${stage.sts.handedOut[0]?.accessKeyId}\nwith a token\n`,
  );
});

windowsTest("windows: exec hands credentials to its command, and its exit code on", async () => {
  await using stage = setStage();
  const args = await keepSession(stage);
  const exec = (...words: readonly string[]) =>
    runDriver(["exec", ...args, "--", ...words], on(stage, { STSSAMLDRIVER_TIMEOUT: "9s" }));
  await Deno.writeTextFile(`${stage.home}/notes.txt`, "no program\n");
  const CASES: readonly (readonly [words: readonly string[], code: number, says: RegExp])[] = [
    [["cmd", "/c", "if defined AWS_ACCESS_KEY_ID exit 42"], 42, /^$/],
    [["cmd", "/c", "if defined STSSAMLDRIVER_TIMEOUT exit 1"], 0, /^$/],
    [["cmd.exe", "/c", "exit 7"], 7, /^$/],
    [["no-such-program"], 127, /^stssamldriver: Cannot find the command "no-such-program"$/m],
    [["cmd /c exit 0"], 127, /For shell syntax, use exec -- cmd \/c …/],
    [[windowsPath(`${stage.home}/none.exe`)], 127, /^stssamldriver: Cannot find the command/m],
    [[windowsPath(`${stage.home}/notes.txt`)], 126, /^stssamldriver: Cannot run "Z?.*": /m],
    [[windowsPath(stage.home)], 126, /^stssamldriver: Cannot run ".*": it is a folder$/m],
  ];
  for (const [words, code, says] of CASES) {
    const end = await exec(...words);
    assert.equal(end.code, code, `${words}: ${end.stderr}`);
    assert.match(end.stderr, says);
    assertWindowsWords(end.stderr);
  }
});

windowsTest("windows: exit codes say what went wrong, in words for Windows", async () => {
  await using stage = setStage();
  const run = async (...args: readonly string[]) =>
    await runDriver([...stage.args, ...args], on(stage));
  const CASES:
    readonly (readonly [code: number, says: RegExp, run: () => ReturnType<typeof run>])[] = [
      [2, /--nonsense/, () => run("--nonsense")],
      [3, /^Port \d+ is in use/, async () => {
        using _held = asDisposable(Deno.listen({ hostname: "127.0.0.1", port: stage.port }));
        return await run();
      }],
      [4, /^/, () => run("--timeout", "1s")],
      [5, /^/, () =>
        signInOnce(stage, {
          program,
          args: ["--timeout", "3s"],
          changes: { roles: [] },
        })],
      [6, /^STS refused the sign-in: /, async () => {
        await using refusing = setStage({
          sts: { behaviours: [{ kind: "error", code: "AccessDenied", times: Infinity }] },
        });
        return await signInOnce(refusing, { program });
      }],
      [7, /^Cannot reach STS at 127\.0\.0\.1:\d+: connection refused$/, () =>
        signInOnce(stage, {
          program,
          env: { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${freePort()}` },
        })],
      [8, /^Cannot /, async () => {
        await Deno.mkdir(`${stage.home}/.aws/config`, { recursive: true });
        return await run("--profile-to-update", "dev");
      }],
      [9, /^A sign-in is needed/, () => run("--no-interactive")],
    ];
  for (const [code, says, attempt] of CASES) {
    const end = await attempt();
    assertFailed(end, { code, says });
    assertWindowsWords(end.stderr);
  }
});

function asDisposable(listener: Deno.Listener): Disposable {
  return { [Symbol.dispose]: () => listener.close() };
}

windowsTest("windows: a company's CA is trusted where AWS_CA_BUNDLE names it", async () => {
  assert.ok(hasOpenssl);
  using certificates = makeCertificates();
  await using stage = setStage();
  await using tls = tlsInFrontOf(stage.sts.port, certificates);
  const AWS_ENDPOINT_URL_STS = `https://localhost:${tls.port}`;
  const without = await signInOnce(stage, { program, env: { AWS_ENDPOINT_URL_STS } });
  assertFailed(without, {
    code: 7,
    says: /its certificate is not trusted \(issued by "Example Corp Inspection CA"\)$/,
  });
  const AWS_CA_BUNDLE = windowsPath(certificates.caFile);
  const { code, stderr } = await signInOnce(stage, {
    program,
    env: { AWS_ENDPOINT_URL_STS, AWS_CA_BUNDLE },
  });
  assert.equal(code, 0, stderr);
});

/** A copy of the executable, at a path below the stage's home. */
async function copiedTo(stage: Stage, path: string): Promise<string> {
  const whole = `${stage.home}/${path}`;
  await Deno.mkdir(whole.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.copyFile(WINDOWS_EXECUTABLE, whole);
  await Deno.chmod(whole, 0o755);
  return whole;
}

for (
  const { name, path, policy } of [
    { name: "the program's path", path: "my programs/sts saml.exe", policy: "policy.json" },
    { name: "a file's path", path: "programs/driver.exe", policy: "my policies/a policy.json" },
  ]
) {
  windowsTest(`windows: cmd runs the line that setup writes, with blanks in ${name}`, async () => {
    await using stage = setStage();
    const copy = programAt(await copiedTo(stage, path));
    const file = `${stage.home}/${policy}`;
    await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(file, '{"Version":"2012-10-17","Statement":[]}');
    const flags = ["--policy-file", windowsPath(file)];
    await keepSession(stage, flags);
    const set = await runDriver(["setup", "dev", ...stage.args, ...flags], {
      ...on(stage),
      program: copy,
    });
    assert.equal(set.code, 0, set.stderr);
    assertWindowsWords(set.stderr);
    const config = filesOf(stage.home)[".aws/config"] ?? "";
    const line = /^credential_process = (.*)$/m.exec(config)?.[1];
    assert.ok(line !== undefined && line.includes(windowsPath(`${stage.home}/${path}`)), config);
    const printed = await runByCmd(stage.home, [inBatch(line)], on(stage));
    assert.equal(printed.code, 0, printed.stderr);
    assert.deepEqual(JSON.parse(printed.stdout), productOf(stage.sts.handedOut[0]));
    assert.equal(stage.sts.calls.length, 1, "the session was kept");
  });
}

windowsTest("windows: the line to copy runs in the shell that it is for", async () => {
  await using stage = setStage();
  const path = await copiedTo(stage, "my programs/sts saml.exe");
  const named = windowsPath(path);
  const asked = ["credentials", "--no-interactive", ...stage.args].join(" ");
  // cmd tells the programs that it starts by PROMPT.
  const { code, stderr } = await runByCmd(stage.home, [`"${named}" ${asked}`], on(stage));
  assert.equal(code, 9, stderr);
  const line = stderr.split("\n").map((each) => each.trim()).find((each) => each.includes(named));
  assert.ok(line !== undefined && line.startsWith(`"${named}" `), stderr);
  const help = await runByCmd(stage.home, [`${inBatch(line)} --help`], on(stage));
  assert.equal(help.code, 0, help.stderr);
  assert.match(help.stdout, /--role-arn/);
  // Where nothing tells, it is for PowerShell.
  const other = await runDriver(asked.split(" "), { ...on(stage), program: programAt(path) });
  assert.equal(other.code, 9);
  assert.ok(other.stderr.includes(`& '${named}' `), other.stderr);
});

// Every user can make a folder in ProgramData: what is there is believed by its access control list only.
windowsTest(
  "windows: a machine's file of an ordinary user is ignored, with a warning",
  async () => {
    await using stage = setStage();
    Deno.mkdirSync(`${stage.home}/data/stssamldriver`, { recursive: true });
    const file = "data/stssamldriver/config";
    Deno.writeTextFileSync(`${stage.home}/${file}`, "[required]\nport = 1\n");
    const line = [windowsPath(WINDOWS_EXECUTABLE), "--no-interactive", ...stage.args].join(" ");
    const { code, stderr } = await runByCmd(stage.home, [
      `set "ProgramData=${windowsPath(`${stage.home}/data`)}"`,
      line,
    ], on(stage));
    assert.equal(code, 9, stderr);
    const path = windowsPath(`${stage.home}/${file}`);
    assert.ok(
      stderr.startsWith(`Warning: Ignored ${path}, since others may have written it: `),
      stderr,
    );
    assert.match(stderr, /does not belong to the group Administrators/);
  },
);
