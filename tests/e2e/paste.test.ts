/** A sign-in whose Response is pasted: no port, no echo, and the terminal as it was before. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { idOf, requestInUrl } from "../support/authn_requests.ts";
import { filesOf, recordingProgram } from "../support/aws_files.ts";
import { setConsoleStage } from "../support/console_stage.ts";
import { driverEnv, type Ended, type Program, programs, runDriver } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { formBody, longResponse, responseFor } from "../support/pasted.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { type OnTerminal, onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { DEFAULT_ROLE, wrapped76 } from "../support/saml_response.ts";
import { assertFailed, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const URL = "https://idp.example/start";
const ROLE = ["--role-arn", DEFAULT_ROLE];
const READY = "paste the SAML Response here";

/** A driver on a terminal, and what is left of the terminal's settings. */
interface Pasting extends AsyncDisposable {
  readonly stage: Stage;
  readonly terminal: OnTerminal;
  readonly opened: () => string;
  /** What the driver wrote to stdout, which is a file. */
  readonly stdout: () => string;
  /** The exit code; asserts that the terminal is as it was, and shows none of these. */
  end(...secrets: readonly string[]): Promise<number>;
}

for (const program of programs()) {
  const start = (
    words: readonly string[],
    { env = {}, redirections = "", stage: given }: {
      readonly env?: Readonly<Record<string, string>>;
      readonly redirections?: string;
      readonly stage?: Stage;
    } = {},
  ): Pasting => {
    const stage = given ?? setStage({ maxSessionDuration: 7200 });
    const browser = recordingProgram(stage.home, "browser");
    const line = shellLine([...program.command, ...words]);
    const terminal = onTerminal(
      `trap : INT QUIT; stty -a > ~/before; ${line} > ~/stdout ${redirections}; code=$?; stty -a > ~/after; ` +
        'IFS= read -r -t 1 rest 2>/dev/null; echo "left:$rest"; exit $code',
      driverEnv({
        home: stage.home,
        env: {
          ...stage.env,
          ...{ BROWSER: browser.path, TERM: "xterm", LANG: "C.UTF-8", ...env },
        },
      }),
    );
    const read = (name: string) => Deno.readTextFileSync(`${stage.home}/${name}`);
    return {
      ...{ stage, terminal, opened: browser.runs },
      stdout: () => read("stdout"),
      async end(...secrets) {
        const code = await soon("the end", terminal.ended);
        assert.equal(read("after"), read("before"), "the terminal is as it was");
        assert.match(read("after"), /[^-]echo\b/);
        for (const secret of [...secrets, "PHNhb", "PD94b"]) {
          assert.ok(!terminal.shown().includes(secret.slice(0, 60)), "nothing of it is shown");
        }
        return code;
      },
      async [Symbol.asyncDispose]() {
        await terminal[Symbol.asyncDispose]();
        if (given === undefined) await stage[Symbol.asyncDispose]();
      },
    };
  };

  const test = (title: string, body: () => Promise<void>) =>
    Deno.test(peerTestDefinition(`${program.name}: --paste ${title}`, {
      peer: ptyPeer(),
      required: false,
      fn: body,
    }));

  const forms: Readonly<Record<string, (base64: string) => string>> = {
    "bare": (it) => it,
    "wrapped": (it) => wrapped76(it).replace(/\r?\n/g, "\r"),
    "as the body of the form, between brackets": (it) => `\x1b[200~${formBody(it)}\x1b[201~`,
  };
  for (const [name, form] of Object.entries(forms)) {
    test(`takes 100,000 characters, ${name}`, async () => {
      await using it = start([...ROLE, "--paste", "--print"]);
      const base64 = longResponse(it.stage);
      assert.ok(base64.length > 98_000, String(base64.length));
      await it.terminal.waitFor(READY);
      await it.terminal.type(form(base64));
      assert.equal(await it.end(base64), 0, it.terminal.shown());
      assert.match(it.stdout(), /^\{"Version":1,.*\}\n$/);
      assert.match(it.terminal.shown(), /left:\r\n/, "nothing of it goes to the next program");
    });
  }

  test("needs no port, and opens the browser at the start URL itself", async () => {
    await using it = start(["--paste", "--print", "--start-url", URL]);
    // Both addresses are somebody else's.
    const taken = ["127.0.0.1", "::1"].map((hostname) =>
      Deno.listen({ hostname, port: it.stage.port })
    );
    try {
      await it.terminal.waitFor(READY);
      assert.equal(await eventually("the browser", () => it.opened() || undefined), `${URL}\n`);
      const base64 = responseFor(it.stage, "alice");
      await it.terminal.type(`${base64}\r`);
      assert.equal(await it.end(base64), 0, it.terminal.shown());
    } finally {
      for (const each of taken) each.close();
    }
  });

  test("only shows the start URL on a machine that was reached by SSH", async () => {
    const env = { SSH_CONNECTION: "10.0.0.1 50000 10.0.0.2 22", BROWSER: "" };
    await using it = start(["--paste", "--start-url", URL], { env });
    await it.terminal.waitFor(READY);
    assert.ok(it.terminal.shown().includes(`  ${URL}\r\n`), it.terminal.shown());
    assert.doesNotMatch(it.terminal.shown(), /Opening|ssh -N/);
    await it.terminal.type("\x03");
    assert.equal(await it.end(), 130);
  });

  test("gives the terminal to the command that exec runs", async () => {
    const command = ["sh", "-c", 'echo "for $AWS_ACCESS_KEY_ID"; read line; echo "read $line"'];
    await using it = start(["exec", ...ROLE, "--paste", "--", ...command], {
      redirections: ">/dev/tty",
    });
    await it.terminal.waitFor(READY);
    const base64 = responseFor(it.stage, "alice");
    await it.terminal.type(`${formBody(base64)}\r`);
    await it.terminal.waitFor("for ASIA");
    await it.terminal.type("one line\r");
    assert.equal(await it.end(base64), 0, it.terminal.shown());
    assert.match(it.terminal.shown(), /read one line\r\n/);
  });

  const ends: readonly (readonly [name: string, keys: string, code: number, says: RegExp])[] = [
    ["Ctrl-C", "\x03", 130, /Interrupted/],
    ["Ctrl-C after a part", "PHNhbWxwOlJlc3BvbnNl\x03", 130, /Interrupted/],
    ["Ctrl-C twice", "\x03\x03", 130, /paste/],
    ["Ctrl-D", "\x04", 5, /Nothing was pasted/],
    ["an empty line", "\r", 5, /Nothing was pasted/],
    ["Ctrl-D after a part", "PHNhbWxwOlJlc3BvbnNl\x04", 5, /Copy the whole value of SAMLResponse/],
    ["an empty line after a part", "PHNhbWxwOlJl\rc3BvbnNl\r\r", 5, /Copy the whole value/],
    ["no base64", "%%% what is this\r\r", 5, /it is not base64/],
    ["Ctrl-\\", "\x1c", 131, /paste/],
  ];
  for (const [name, keys, code, says] of ends) {
    test(`ends with ${code} at ${name}`, async () => {
      await using it = start(["--paste"]);
      await it.terminal.waitFor(READY);
      await it.terminal.type(keys);
      assert.equal(await it.end(), code, it.terminal.shown());
      assert.match(it.terminal.shown(), says);
      assert.equal(it.stdout(), "");
      assert.equal(it.stage.sts.calls.length, 0);
    });
  }

  test("ends when the time is up", async () => {
    await using it = start(["--paste", "--timeout", "1"]);
    assert.equal(await it.end(), 4, it.terminal.shown());
    assert.match(it.terminal.shown(), /No SAML Response was pasted within 1 second/);
  });

  test("ends at SIGTERM, and at a Response that is of no use", async () => {
    await using it = start(["--paste"]);
    await it.terminal.waitFor(READY);
    const base64 = responseFor(it.stage, "alice", {
      issueInstant: 0,
      notBefore: 0,
      notOnOrAfter: 1,
    });
    await it.terminal.type(base64);
    assert.equal(await it.end(base64), 5, it.terminal.shown());
    await using other = start(["--paste"]);
    await other.terminal.waitFor(READY);
    const pid = await pidOf(other.stage);
    Deno.kill(pid, "SIGTERM");
    assert.equal(await other.end(), 143, other.terminal.shown());
  });

  test("gives the terminal back while it is stopped, and ends with its window", async () => {
    await using it = start(["--paste"]);
    await it.terminal.waitFor(READY);
    const pid = await pidOf(it.stage);
    const device = Deno.readLinkSync(`/proc/${pid}/fd/0`);
    const echoes = () => {
      const { stdout } = new Deno.Command("stty", { args: ["-a", "-F", device] }).outputSync();
      return /\secho\b/.test(new TextDecoder().decode(stdout));
    };
    assert.equal(echoes(), false);
    Deno.kill(pid, "SIGTSTP");
    await eventually("the echo while it is stopped", () => echoes() || undefined);
    Deno.kill(pid, "SIGCONT");
    await eventually("no echo any more", () => !echoes() || undefined);
    it.terminal.close();
    await eventually("its end", () => !existsSync(`/proc/${pid}`) || undefined);
  });

  test("takes the answer to its own request only", async () => {
    for (const right of [true, false]) {
      const sso = ["--sso-url", "https://idp.example/sso"];
      await using it = start([...ROLE, ...sso, "--browser", "none", "--paste", "--print"]);
      await it.terminal.waitFor(READY);
      const url = /https:\S+SAMLRequest=\S+/.exec(it.terminal.shown())?.[0] ?? "";
      const id = right ? idOf(requestInUrl(url)) : "_another";
      await it.terminal.type(responseFor(it.stage, "alice", { inResponseTo: id }));
      assert.equal(await it.end(), right ? 0 : 5, it.terminal.shown());
    }
  });

  test("cannot post a request, and says so", async () => {
    const sso = ["--sso-url", "https://idp.example/sso", "--sso-binding", "post"];
    await using it = start([...sso, "--paste"]);
    assert.equal(await it.end(), 2, it.terminal.shown());
    assert.match(it.terminal.shown(), /Cannot use --paste with a request that is posted/);
  });

  test("asks before sync removes profiles, and for nothing else", async () => {
    const stage = setStage({ maxSessionDuration: 7200 });
    await using _ = stage;
    const answers: readonly (readonly [user: string, answer: string | undefined, code: number])[] =
      [
        ["bob", undefined, 0],
        ["alice", "n", 130],
        ["alice", "y", 0],
      ];
    for (const [user, answer, code] of answers) {
      await using it = start(["sync", "--paste", "--prune"], { stage });
      await it.terminal.waitFor(READY);
      await it.terminal.type(responseFor(stage, user));
      if (answer !== undefined) {
        await it.terminal.waitFor("no longer in your sign-in: ");
        await it.terminal.waitFor("? [y/N] ");
        await it.terminal.type(`${answer}\r`);
      }
      assert.equal(await it.end(), code, it.terminal.shown());
      const profiles = filesOf(stage.home)[".aws/config"]?.match(/^\[profile /gm)?.length;
      assert.equal(profiles, answer === "y" ? 1 : 5);
    }
  });

  test("has a role chosen on the terminal, and keeps the session", async () => {
    await using it = start(["login", "--paste"], { redirections: "2>&1 >/dev/tty" });
    await it.terminal.waitFor(READY);
    const base64 = responseFor(it.stage, "bob");
    await it.terminal.type(formBody(base64));
    await it.terminal.waitFor("Role, 1 to 5: ");
    assert.match(
      it.terminal.shown(),
      /\r\n {2}1 {2}111122223333 {2}Dev\r\n {2}2 {2}111122223333 {2}ReadOnly\r\n/,
    );
    for (const line of ["x", "0", "6", ""]) {
      await it.terminal.type(`${line}\r`);
    }
    await it.terminal.type("5\r");
    assert.equal(await it.end(base64), 0, it.terminal.shown());
    assert.match(it.terminal.shown(), /role Audit in account 777788889999/);
    assert.equal(it.terminal.shown().split("Enter a number from 1 to 5").length, 5);

    await using again = start(["login", "--paste"], {
      stage: it.stage,
      redirections: "2>&1 >/dev/tty",
    });
    assert.equal(await again.end(), 0, again.terminal.shown());
    assert.match(again.terminal.shown(), /Already signed in/);
    assert.doesNotMatch(again.terminal.shown(), /paste the SAML/);
  });
}

/** Runs a driver whose stdin is a file, or a pipe, with this in it. */
async function withStdin(
  stage: Stage,
  program: Program,
  { words, stdin, piped = false }: {
    readonly words: readonly string[];
    readonly stdin: string;
    readonly piped?: boolean;
  },
): Promise<Ended> {
  const path = `${stage.home}/stdin`;
  Deno.writeTextFileSync(path, stdin);
  const script = piped ? 'cat "$0" | "$@"' : 'exec "$@" <"$0"';
  return await runDriver(words, {
    program: { ...program, command: ["sh", "-c", script, path, ...program.command] },
    home: stage.home,
    env: stage.env,
  });
}

for (const program of programs()) {
  const test = (title: string, body: (stage: Stage) => Promise<void>) =>
    Deno.test(`${program.name}: --paste ${title}`, async () => {
      await using stage = setStage({ maxSessionDuration: 7200 });
      await body(stage);
    });

  const inputs: Readonly<Record<string, (base64: string) => string>> = {
    "bare": (it) => it,
    "wrapped, with empty lines around": (it) => `\n\n${wrapped76(it)}\n\n`,
    "a form's body": (it) => formBody(it),
    "in quotes": (it) => `"SAMLResponse=${it}"\r\n`,
  };
  for (const [name, form] of Object.entries(inputs)) {
    test(`reads stdin: ${name}, from a file and from a pipe`, async (stage) => {
      for (const piped of [false, true]) {
        const stdin = form(responseFor(stage, "alice"));
        const words = [...ROLE, "--paste"];
        const { code, stdout, stderr } = await withStdin(stage, program, { words, stdin, piped });
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^\{"Version":1,.*\}\n$/);
        assert.match(stderr, /^Reading the SAML Response from stdin$/m);
      }
    });
  }

  test("opens no browser where stdin has the Response", async (stage) => {
    const browser = recordingProgram(stage.home, "browser");
    const words = [...ROLE, "--paste", "--start-url", URL, "--browser", browser.path];
    const stdin = responseFor(stage, "alice");
    assert.equal((await withStdin(stage, program, { words, stdin })).code, 0);
    assert.equal(browser.runs(), "");
  });

  const refused: readonly (readonly [string, (stage: Stage) => string, RegExp])[] = [
    ["nothing", () => "", /Cannot read a SAML Response from stdin: it is empty/],
    ["blanks", () => " \n\n\t", /it is empty/],
    ["no base64", () => "hello, world", /it is not base64/],
    ["half of one", (stage) => responseFor(stage, "alice").slice(0, 2000), /Cannot read/],
    ["base64 of something else", () => btoa("hello, world!!!"), /Cannot read/],
    ["no role", (stage) => responseFor(stage, "dave"), /role/],
    ["another role", (stage) => responseFor(stage, "bob", { roles: [] }), /role/],
    [
      "an old one",
      (stage) =>
        responseFor(stage, "alice", { issueInstant: 0, notBefore: 0, notOnOrAfter: 300_000 }),
      /expired/,
    ],
    ["too much", () => "A".repeat(3_000_000), /STS accepts at most 100000/],
  ];
  for (const [name, stdin, says] of refused) {
    test(`ends with 5 at once: ${name}`, async (stage) => {
      const text = stdin(stage);
      const words = [...ROLE, "--paste"];
      const ended = await withStdin(stage, program, { words, stdin: text });
      assertFailed(ended, { code: 5, says });
      assert.ok(text.length < 100 || !ended.stderr.includes(text.slice(100, 160)));
      assert.equal(stage.sts.calls.length, 0);
    });
  }

  test("lists the roles where nobody can be asked", async (stage) => {
    const stdin = responseFor(stage, "bob");
    const ended = await withStdin(stage, program, { words: ["--paste"], stdin });
    assertFailed(ended, {
      code: 2,
      says: "Cannot choose one of 5 roles without a terminal to ask on",
    });
    assert.match(ended.stderr, /^ {4}--role-arn arn:aws:iam::777788889999:role\/Audit$/m);
  });

  test("takes the only role there is", async (stage) => {
    const stdin = responseFor(stage, "alice");
    assert.equal((await withStdin(stage, program, { words: ["--paste"], stdin })).code, 0);
  });

  test("takes what STS says of it as its end", async (stage) => {
    const stdin = responseFor(stage, "alice", { recipient: "https://other.example/saml" });
    const ended = await withStdin(stage, program, { words: [...ROLE, "--paste"], stdin });
    assert.equal(ended.code, 6, ended.stderr);
  });

  test("keeps the session, which is then used without reading", async (stage) => {
    const words = [...ROLE, "--paste", "--cache"];
    const stdin = responseFor(stage, "alice");
    assert.equal((await withStdin(stage, program, { words, stdin })).code, 0);
    const again = await withStdin(stage, program, { words, stdin: "not read" });
    assert.equal(again.code, 0, again.stderr);
    const quiet = [...words, "--no-interactive"];
    assert.equal((await withStdin(stage, program, { words: quiet, stdin: "" })).code, 0);
    const other = ["--account", "111122223333", "--paste", "--cache", "--no-interactive"];
    assert.equal((await withStdin(stage, program, { words: other, stdin })).code, 9);
  });

  test("lists all roles, writes a profile of each, and sets one up", async (stage) => {
    const bob = () => responseFor(stage, "bob");
    const listed = await withStdin(stage, program, { words: ["roles", "--paste"], stdin: bob() });
    assert.equal(listed.stdout.trimEnd().split("\n").length, 6, listed.stderr);
    const synced = await withStdin(stage, program, { words: ["sync", "--paste"], stdin: bob() });
    assert.equal(synced.code, 0, synced.stderr);
    assert.equal(filesOf(stage.home)[".aws/config"]?.match(/aws_session_token/g)?.length, 5);
    const words = ["setup", "dev", ...ROLE, "--paste"];
    const setUp = await withStdin(stage, program, { words, stdin: responseFor(stage, "alice") });
    assert.equal(setUp.code, 0, setUp.stderr);
    assert.match(filesOf(stage.home)[".aws/config"] ?? "", /^credential_process = .* --paste /m);
  });

  test("removes nothing that nobody can confirm", async (stage) => {
    const words = ["sync", "--paste", "--prune"];
    const first = await withStdin(stage, program, { words, stdin: responseFor(stage, "bob") });
    assert.equal(first.code, 0, first.stderr);
    const before = filesOf(stage.home)[".aws/config"];
    const ended = await withStdin(stage, program, { words, stdin: responseFor(stage, "alice") });
    assertFailed(ended, { code: 2, says: /^Cannot remove profiles / });
    assert.equal(filesOf(stage.home)[".aws/config"], before);
  });

  test("brings a browser to the console, or prints its address", async () => {
    await using scene = await setConsoleStage();
    const { stage, urls } = scene;
    const browser = `${stage.home}/curl-browser`;
    Deno.writeTextFileSync(browser, `#!/bin/sh\ncurl -so '${stage.home}/page' "$1"\n`, {
      mode: 0o755,
    });
    const words = ["console", ...ROLE, ...urls, "--paste", "--no-cache"];
    const opened = await withStdin(stage, program, {
      words: [...words, "--browser", browser],
      stdin: responseFor(stage, "alice"),
    });
    assert.equal(opened.code, 0, opened.stderr);
    assert.equal(opened.stdout, "");
    assert.match(Deno.readTextFileSync(`${stage.home}/page`), /SigninToken=/);
    const printed = await withStdin(stage, program, {
      words: [...words, "--print-url"],
      stdin: responseFor(stage, "alice"),
    });
    assert.equal(printed.code, 0, printed.stderr);
    assert.match(printed.stdout, /^http\S+SigninToken=\S+\n$/);
  });

  test("needs no files of a listener that is not there", async (stage) => {
    const words = [
      ...ROLE,
      "--paste",
      "--tls-cert",
      "/none",
      "--tls-key",
      "/none",
      "--port",
      "9090",
    ];
    const stdin = responseFor(stage, "alice");
    assert.equal((await withStdin(stage, program, { words, stdin })).code, 0);
  });
}

async function pidOf(stage: Stage): Promise<number> {
  return await eventually("the driver's process", () => {
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const [env, command] = ["environ", "cmdline"].map((file) =>
          Deno.readTextFileSync(`/proc/${name}/${file}`)
        );
        if (!env?.includes(`HOME=${stage.home}\0`)) continue;
        const [first = ""] = command?.split("\0") ?? [];
        if (/\/(deno|stssamldriver)$/.test(first)) return Number(name);
      } catch {
        // Ended meanwhile.
      }
    }
    return undefined;
  });
}
