/** The wrapper scripts in shells that a person types into, and with the real driver. */

import assert from "node:assert/strict";
import { driverEnv, FROM_SOURCE } from "../support/driver.ts";
import { answers, eventually } from "../support/eventually.ts";
import { peer, peerTest, peerTestDefinition } from "../support/peers.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { post, soon } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import {
  changed,
  exported,
  FISH,
  leftBehind,
  looks,
  SOURCING,
  Theatre,
  watched,
  wrapper,
} from "./sourced.ts";

for (const shell of [...SOURCING, FISH]) {
  const terminal = ptyPeer();
  const here = terminal.found ? peer(shell.peer) : terminal;
  // Stand-ins that die of SIGINT, and that end in their own way as the driver does.
  for (const [ends, plan] of [["dies", ""], ["ends", "trap 'exit 130' INT; "]] as const) {
    Deno.test(peerTestDefinition(
      `wrapper: ${shell.name}: Ctrl-C, of which the driver ${ends}, leaves everything as it was`,
      {
        peer: here,
        required: false,
        fn: async (path) => {
          using theatre = new Theatre();
          theatre.does(`${plan}while :; do sleep 0.05; done`);
          const [before, after] = looks(shell);
          await Deno.writeTextFile(`${theatre.folder}/before`, before);
          await Deno.writeTextFile(`${theatre.folder}/after`, after);
          const interactive = [path, ...shell.args, ...(shell.name === "bash" ? ["--norc"] : [])];
          await using screen = onTerminal(
            `cd ${shellLine([theatre.folder])} && exec ${shellLine([...interactive, "-i"])}`,
            theatre.env({ TERM: "dumb", fish_greeting: "", PS1: "ready ", ENV: "" }),
          );
          await screen.type(`. ./before; echo "loo""ked"\n`);
          await screen.waitFor("looked");
          await screen.type(`. ${wrapper(shell)}\n`);
          await screen.waitFor("the driver speaks");
          await screen.type("\x03");
          await screen.type(". ./after; exit 0\n");
          assert.equal(await soon("the end", screen.ended), 0, screen.shown());
          assert.deepEqual(changed(theatre).filter((line) => !MOMENTARY.test(line)), []);
          assert.equal(exported(theatre)["AWS_ACCESS_KEY_ID"], "AKIAOLD");
        },
      },
    ));
  }
}

/** What a shell remembers of the lines that were typed, and of how they ended. */
const MOMENTARY =
  /^[+-]\$?('\?'=|(HISTCMD|LINES|COLUMNS|CMD_DURATION|history|(__)?fish_\w+|__kill_signals)\b)/;

for (const shell of [...SOURCING, FISH]) {
  peerTest(shell.peer, `wrapper: ${shell.name}: with the real driver`, async (path) => {
    await using stage = setStage();
    using theatre = new Theatre();
    theatre.does(`exec ${shellLine(FROM_SOURCE.command)} "$@"`);
    const args = stage.args.filter((arg) => arg !== "--port" && arg !== String(stage.port));
    const running = theatre.run(
      shell,
      path,
      watched(shell, shell.shell === "fish" ? "" : "set -eu", `. ${wrapper(shell)}`),
      {
        flags: [],
        env: {
          ...driverEnv({ home: stage.home, env: stage.env }),
          PATH: theatre.env()["PATH"] ?? "",
          BROWSER: "none",
          // What it is told by variables works in every shell, dash included.
          STSSAMLDRIVER_PORT: String(stage.port),
          STSSAMLDRIVER_ROLE_ARN: args[1] ?? "",
          STSSAMLDRIVER_SAML_PROVIDER_ARN: args[3] ?? "",
          STSSAMLDRIVER_REGION: "eu-central-1",
        },
      },
    );
    // Looked at by binding it, the port would be taken when the driver comes for it.
    await eventually("the driver to listen", () => answers(`http://localhost:${stage.port}/`));
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stdout, stderr } = await soon("the shell to end", running);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    const [given] = stage.sts.handedOut;
    assert.ok(given);
    assert.equal(exported(theatre)["AWS_ACCESS_KEY_ID"], given.accessKeyId);
    assert.equal(exported(theatre)["AWS_REGION"], "eu-central-1");
    assert.equal(exported(theatre)["AWS_PROFILE"], undefined);
    assert.deepEqual(leftBehind(theatre), []);
  });
}
