/** What a command prints never stands on a line with what the terminal draws, and is never drawn over. */

import assert from "node:assert/strict";
import { driverEnv, programs } from "../support/driver.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { post, soon } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const program = programs().at(-1) ?? programs()[0];

/** What is run, and the lines of its product. */
const PRODUCTS: readonly (readonly [words: readonly string[], lines: readonly RegExp[]])[] = [
  [["roles"], [
    /^ACCOUNT +ROLE +PROVIDER$/,
    /^111122223333 +Dev +Idp$/,
    /^ {2}\S.* setup dev --port=\d+ --role-arn=\S+:role\/Dev --saml-provider-arn=\S+\/Idp$/,
  ]],
  [["roles", "--json"], [/^\{$/, /^ {2}"roles": \[$/]],
  [["sync", "--dry-run"], [/^PROFILE +ROLE$/, /^111122223333-Dev +arn:aws:iam::\S+:role\/Dev$/]],
  [["env", "--shell", "sh"], [/^export AWS_ACCESS_KEY_ID='?ASIA\w+'?;?$/, /^unset AWS_PROFILE;?$/]],
];

for (const [words, wanted] of PRODUCTS) {
  const title = `${program.name}: ${words.join(" ")}: the countdown is gone before the product`;
  Deno.test(peerTestDefinition(title, {
    peer: ptyPeer(),
    required: false,
    fn: async () => {
      await using stage = setStage();
      const role = words[0] === "env" ? stage.args.slice(0, 4) : [];
      const flags = [...role, "--port", String(stage.port)];
      await using terminal = onTerminal(
        shellLine([...program.command, ...words, ...flags]),
        driverEnv({ home: stage.home, env: { ...stage.env, BROWSER: "none", TERM: "xterm" } }),
      );
      await terminal.waitFor(/4:5\d left/);
      await post(stage, stage.idp.signIn("alice").fields);
      assert.equal(await soon("the end", terminal.ended), 0, terminal.shown());
      const lines = terminal.lines();
      for (const line of wanted) {
        assert.ok(
          lines.some((each) => line.test(each)),
          `${line} is no line of\n${lines.join("\n")}`,
        );
      }
      assert.ok(!lines.some((line) => line.includes(" left")), lines.join("\n"));
      assert.equal(lines.at(-1), "", "nothing is drawn below");
    },
  }));
}
