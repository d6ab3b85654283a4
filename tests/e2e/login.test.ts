/** A sign-in that somebody typed on a terminal: no key is shown, and the next commands find its session. */

import assert from "node:assert/strict";
import { driverEnv, programs } from "../support/driver.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { type OnTerminal, onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { post, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const program = programs().at(-1) ?? programs()[0];

function test(title: string, body: (stage: Stage) => Promise<void>): void {
  const fn = async () => {
    await using stage = setStage();
    await body(stage);
  };
  Deno.test(
    peerTestDefinition(`${program.name}: ${title}`, { peer: ptyPeer(), required: false, fn }),
  );
}

interface Typed {
  readonly env?: Readonly<Record<string, string>>;
  /** What the shell does with the driver's output. */
  readonly redirections?: string;
}

function typed(stage: Stage, words: readonly string[], more: Typed = {}): OnTerminal {
  return inShell(
    stage,
    `${shellLine([...program.command, ...words])} ${more.redirections ?? ""}`,
    more.env,
  );
}

function inShell(
  stage: Stage,
  line: string,
  env: Readonly<Record<string, string>> = {},
): OnTerminal {
  return onTerminal(
    line,
    driverEnv({
      home: stage.home,
      env: { ...stage.env, BROWSER: "none", TERM: "xterm", LANG: "C.UTF-8", ...env },
    }),
  );
}

async function end(terminal: OnTerminal, code = 0): Promise<void> {
  assert.equal(await soon("the end", terminal.ended), code, terminal.shown());
}

/** Signs a user in as soon as the driver waits. */
async function signIn(stage: Stage, terminal: OnTerminal): Promise<void> {
  await terminal.waitFor(" left");
  await post(stage, stage.idp.signIn("alice").fields);
}

/** The line that the terminal shows below another one, without its indentation. */
function below(terminal: OnTerminal, heading: string): string {
  const lines = terminal.lines();
  const line = lines[lines.indexOf(heading) + 1] ?? "";
  assert.ok(lines.includes(heading) && line.startsWith("  "), terminal.shown());
  return line.trim();
}

function assertNoKey(stage: Stage, text: string): void {
  for (const { accessKeyId, secretAccessKey, sessionToken } of stage.sts.handedOut) {
    for (const key of [accessKeyId, secretAccessKey, sessionToken]) {
      assert.ok(!text.includes(key), "a key is shown");
    }
  }
}

const WHO = "✓ Signed in as alice@example.com: role Dev in account 111122223333, until ";
const IN_SHELL = "Use it in this shell:";
const ONE_COMMAND = "Use it for one command:";
const PROFILE = "Use it in every AWS tool, as a profile:";

test("login shows who and what next, and the commands that it shows find the session", async (stage) => {
  const words = ["login", ...stage.args, "--start-url", stage.idp.startUrl, "--verbose"];
  await using terminal = typed(stage, [...words, "--role-filter", "D*"]);
  await signIn(stage, terminal);
  await end(terminal);
  assertNoKey(stage, terminal.shown());
  const success = terminal.lines().find((line) => line.startsWith(WHO));
  assert.match(success?.slice(WHO.length) ?? "", /^(\d{4}-\d\d-\d\d )?\d\d:\d\d \(in 1 hour\)$/);

  // Nobody signs in again: each of the lines is run as it stands.
  const key = stage.sts.handedOut[0]?.accessKeyId ?? "";
  const variables = { STSSAMLDRIVER_NO_INTERACTIVE: "1", PATH: `${stage.home}:/usr/bin:/bin` };
  await Deno.writeTextFile(`${stage.home}/aws`, '#!/bin/sh\necho "aws $* $AWS_ACCESS_KEY_ID"\n');
  await Deno.chmod(`${stage.home}/aws`, 0o755);
  await using eval_ = inShell(stage, `${below(terminal, IN_SHELL)}; aws`, variables);
  await end(eval_);
  assert.ok(eval_.lines().includes(`aws  ${key}`), eval_.shown());
  await using exec = inShell(stage, below(terminal, ONE_COMMAND), variables);
  await end(exec);
  assert.ok(exec.lines().includes(`aws s3 ls ${key}`), exec.shown());
  await using setup = inShell(stage, below(terminal, PROFILE), variables);
  await end(setup);
  const config = await Deno.readTextFile(`${stage.home}/.aws/config`);
  const line = /^credential_process = (.*)$/m.exec(config)?.[1] ?? "";
  assert.match(line, / --start-url /);
  await using process = inShell(stage, `${line} >"$HOME/product"`, variables);
  await end(process);
  const product = JSON.parse(await Deno.readTextFile(`${stage.home}/product`));
  assert.equal(product.AccessKeyId, key);
  assert.equal(stage.sts.calls.length, 1);
});

test("a session that is cached is used, and said", async (stage) => {
  await using first = typed(stage, stage.args);
  await signIn(stage, first);
  await end(first);
  assert.ok(first.lines().some((line) => line.startsWith(WHO)), "the bare command does the same");
  await using second = typed(stage, ["login", ...stage.args], { env: { LANG: "C" } });
  await end(second);
  const [said = "", blank, heading] = second.lines();
  assert.match(
    said,
    /^\[ok\] Already signed in as alice@example\.com: role Dev in account 1111222/,
  );
  assert.deepEqual([blank, heading], ["", IN_SHELL]);
  assertNoKey(stage, first.shown() + second.shown());
  assert.equal(stage.sts.calls.length, 1);
});

test("variables are settings: the bare command signs in, and needs them no more in what it shows", async (stage) => {
  const [, role = "", , provider = "", , port = ""] = stage.args;
  const env = {
    STSSAMLDRIVER_ROLE_ARN: role,
    STSSAMLDRIVER_SAML_PROVIDER_ARN: provider,
    STSSAMLDRIVER_PORT: port,
  };
  await using terminal = typed(stage, [], { env });
  await signIn(stage, terminal);
  await end(terminal);
  assert.match(below(terminal, ONE_COMMAND), / exec -- aws s3 ls$/);
});

test("nothing changes for a pipe, a file and $(…): JSON, and nothing is cached", async (stage) => {
  const command = shellLine([...program.command, ...stage.args]);
  for (
    const line of [
      `${command} | cat >"$HOME/product"`,
      `${command} >"$HOME/product"`,
      `product="$(${command})"; printf '%s\\n' "$product" >"$HOME/product"`,
    ]
  ) {
    await using terminal = inShell(stage, line);
    await signIn(stage, terminal);
    await end(terminal);
    const product = await Deno.readTextFile(`${stage.home}/product`);
    assert.equal(product.split("\n").length, 2);
    assert.equal(JSON.parse(product).AccessKeyId, stage.sts.handedOut.at(-1)?.accessKeyId);
    assertNoKey(stage, terminal.shown());
  }
  assert.equal(stage.sts.calls.length, 3);
});

test("--print prints the JSON on a terminal, on lines of its own, and caches nothing", async (stage) => {
  for (const _ of [1, 2]) {
    await using terminal = typed(stage, [...stage.args, "--print"]);
    await terminal.waitFor(/4:5\d left/);
    await signIn(stage, terminal);
    await end(terminal);
    const json = terminal.lines().find((line) => line.startsWith("{")) ?? "";
    assert.equal(JSON.parse(json).AccessKeyId, stage.sts.handedOut.at(-1)?.accessKeyId);
    assert.ok(!terminal.lines().includes(ONE_COMMAND));
  }
  assert.equal(stage.sts.calls.length, 2);
});

test("--profile-to-update writes the profile, as anywhere else", async (stage) => {
  await using terminal = typed(stage, [...stage.args, "--profile-to-update", "dev"]);
  await signIn(stage, terminal);
  await end(terminal);
  assertNoKey(stage, terminal.shown());
  assert.ok(!terminal.lines().includes(ONE_COMMAND));
  const key = stage.sts.handedOut[0]?.accessKeyId ?? "";
  assert.ok((await Deno.readTextFile(`${stage.home}/.aws/config`)).includes(key));
});

test("a session that could go nowhere is refused before anybody signs in", async (stage) => {
  const cases: readonly [
    words: readonly string[],
    env: Record<string, string>,
    code: number,
    hint?: string,
  ][] = [
    [["--no-cache"], {}, 2, "Leave out --no-cache, or add --print to print the credentials"],
    [[], { STSSAMLDRIVER_CACHE: "0" }, 2, "Add --cache, or --print to print the credentials"],
    [[], { XDG_CACHE_HOME: "/proc/self/none" }, 8],
  ];
  for (const [words, env, code, hint] of cases) {
    await using terminal = typed(stage, [...stage.args, ...words], { env });
    await end(terminal, code);
    if (hint !== undefined) {
      assert.deepEqual(terminal.lines(), [
        "✗ stssamldriver: Cannot sign in without the cache here: the session would be lost",
        `  ${hint}`,
        "",
      ]);
    }
    assert.ok(!terminal.shown().includes(" left"), terminal.shown());
  }
});

test("exec without a command says which shell it starts, and for what", async (stage) => {
  await using terminal = typed(stage, ["exec", ...stage.args], { env: { SHELL: "/bin/sh" } });
  await signIn(stage, terminal);
  const says = "Starting /bin/sh with AWS credentials for role Dev in account 111122223333; " +
    "exit to return";
  await terminal.waitFor(says);
  await terminal.type("exit 7\n");
  await end(terminal, 7);
});
