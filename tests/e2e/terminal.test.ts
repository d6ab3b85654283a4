/** The driver on a real terminal: who sees what. */

import assert from "node:assert/strict";
import { driverEnv, programs } from "../support/driver.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { assertFree, post, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const HELP = "Start here:\r\n  stssamldriver setup ";

for (const program of programs()) {
  const test = (title: string, fn: () => Promise<void>) =>
    Deno.test(
      peerTestDefinition(`${program.name}: ${title}`, { peer: ptyPeer(), required: false, fn }),
    );
  const staged = (stage: Stage, args: readonly string[], redirections: string) =>
    onTerminal(
      `${shellLine([...program.command, ...args])} ${redirections}`,
      driverEnv({ home: stage.home, env: { ...stage.env, BROWSER: "none", TERM: "xterm" } }),
    );

  test("without any flag a person is shown the help, exit 2", async () => {
    await using stage = setStage();
    await using terminal = staged(stage, [], "");
    assert.equal(await soon("the end", terminal.ended), 2);
    assert.ok(terminal.shown().includes(HELP), terminal.shown());
  });

  test("without any flag the help is not on stdout", async () => {
    await using stage = setStage();
    await using terminal = staged(stage, [], "2>~/stderr");
    assert.equal(await soon("the end", terminal.ended), 2);
    assert.equal(terminal.shown(), "");
    assert.match(await Deno.readTextFile(`${stage.home}/stderr`), /^Start here:$/m);
  });

  test("--help is a product: it is on stdout, exit 0", async () => {
    await using stage = setStage();
    await using terminal = staged(stage, ["--help"], ">~/stdout");
    assert.equal(await soon("the end", terminal.ended), 0);
    assert.equal(terminal.shown(), "");
    const help = await Deno.readTextFile(`${stage.home}/stdout`);
    for (const line of help.split("\n")) assert.ok(line.length <= 80, line);
  });

  test("an SDK that takes stdout and stderr leaves the terminal, where the person reads it all", async () => {
    await using stage = setStage();
    const args = [...stage.args, "--issuer", stage.idp.startUrl];
    await using terminal = staged(stage, args, ">~/stdout 2>~/stderr");
    await terminal.waitFor(`Sign in at http://localhost:${stage.port}/start/`);
    await terminal.waitFor(`your identity provider still posts to AWS, not to ${stage.acsUrl}`);
    await terminal.waitFor("Waiting for the sign-in, 5:00 left (Ctrl-C to cancel)");
    await post(stage, [["SAMLResponse", "AAAA"]]);
    await terminal.waitFor("Sign-in rejected: Cannot read the posted SAMLResponse");
    await post(stage, stage.idp.signIn("alice").fields);
    assert.equal(await soon("the end", terminal.ended), 0);
    assert.match(terminal.shown(), /Signed in as alice@example\.com: role Dev/);
    assert.equal(await Deno.readTextFile(`${stage.home}/stderr`), "");
    const stdout = await Deno.readTextFile(`${stage.home}/stdout`);
    assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
    assert.ok(!terminal.shown().includes("\x1b[3"), "NO_COLOR");
    assert.equal(terminal.shown().at(-1), "\n", "the line that counts down is gone");
  });

  test("the final error is on the terminal and on the stderr that the SDK took", async () => {
    await using stage = setStage();
    const args = [...stage.args, "--timeout", "1s"];
    await using terminal = staged(stage, args, ">~/stdout 2>~/stderr");
    assert.equal(await soon("the end", terminal.ended), 4);
    const error = "stssamldriver: No assertion came to";
    assert.ok(terminal.shown().includes(error), terminal.shown());
    assert.ok((await Deno.readTextFile(`${stage.home}/stderr`)).startsWith(error));
    assert.equal(await Deno.readTextFile(`${stage.home}/stdout`), "");
  });

  test("on a terminal the final error is shown once", async () => {
    await using stage = setStage();
    await using terminal = staged(stage, [...stage.args, "--timeout", "1s"], "");
    assert.equal(await soon("the end", terminal.ended), 4);
    assert.equal(terminal.shown().split("No assertion came to").length, 2, terminal.shown());
  });

  test("--log-format json leaves the terminal alone", async () => {
    await using stage = setStage();
    const args = [...stage.args, "--timeout", "1s", "--log-format", "json"];
    await using terminal = staged(stage, args, ">~/stdout 2>~/stderr");
    assert.equal(await soon("the end", terminal.ended), 4);
    assert.equal(terminal.shown(), "");
    const log = (await Deno.readTextFile(`${stage.home}/stderr`)).trimEnd().split("\n");
    assert.deepEqual(log.map((line) => JSON.parse(line).event), ["listening", "error"]);
  });

  test("--log-to stderr is for callers that show it: the terminal is left alone", async () => {
    await using stage = setStage();
    const args = [...stage.args, "--timeout", "1s"];
    for (
      const [flags, env] of [[["--log-to", "stderr"], ""], [
        [],
        "STSSAMLDRIVER_LOG_TO=stderr ",
      ]] as const
    ) {
      await using terminal = onTerminal(
        `${env}${shellLine([...program.command, ...args, ...flags])} >~/stdout 2>~/stderr`,
        driverEnv({ home: stage.home, env: { ...stage.env, BROWSER: "none", TERM: "xterm" } }),
      );
      assert.equal(await soon("the end", terminal.ended), 4);
      assert.equal(terminal.shown(), "");
      const said = await Deno.readTextFile(`${stage.home}/stderr`);
      assert.match(
        said,
        /^Waiting on http:\/\/localhost:\d+\/saml for 1 second \(Ctrl-C to cancel\)$/m,
      );
      assert.match(said, /^stssamldriver: No assertion came to /m);
      assert.ok(!said.includes("\x1b"));
    }
  });

  test("Ctrl-C ends it with 130, and nothing is on stdout", async () => {
    await using stage = setStage();
    await using terminal = staged(stage, stage.args, ">~/stdout");
    await terminal.waitFor("Waiting for the sign-in");
    await terminal.type("\x03");
    assert.equal(await soon("the end", terminal.ended), 130);
    assert.match(terminal.shown(), /stssamldriver: Interrupted\r\n$/);
    assert.equal(await Deno.readTextFile(`${stage.home}/stdout`), "");
    assertFree(stage.port);
  });
}
