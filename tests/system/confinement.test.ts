/** What a sign-in gives up, tried from inside. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { serveLoopback } from "../support/loopback_http.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { peerTestDefinition } from "../support/peers.ts";

const CHILD = fileURLToPath(new URL("confined_child.ts", import.meta.url));

/** Breaking out; each is refused. */
const REFUSED = [
  "start a program",
  "start a program by a module of Node's",
  "load a native library",
  "load code from elsewhere",
  "run code from elsewhere in a worker",
  "start a program in a worker",
  "ask for what was given up",
  "read the memory of this process",
  "ask for the machine's name",
];

/** What a sign-in still does. */
const STILL = ["read a file", "write a file", "read the table of sockets"];

async function tries(
  mode: "confined" | "relay" | "free",
): Promise<Readonly<Record<string, string>>> {
  const server = serveLoopback(() => ({
    status: 200,
    headers: { "Content-Type": "text/javascript" },
    body: "globalThis.postMessage?.(1);",
  }));
  const file = await Deno.makeTempFile();
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-prompt",
        "--no-check",
        "--no-config",
        CHILD,
        `${server.url}/x.js`,
        file,
        mode,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(text.startsWith("{"), new TextDecoder().decode(stderr));
    return JSON.parse(text);
  } finally {
    await server.close();
    await Deno.remove(file);
  }
}

Deno.test({
  name: "attack: code inside a sign-in starts nothing, loads nothing, and is given nothing back",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const outcomes = await tries("confined");
    for (const what of REFUSED) {
      assert.match(outcomes[what] ?? "", /Requires|denied|failed/, `${what}: ${outcomes[what]}`);
    }
    for (const what of STILL) assert.equal(outcomes[what], "through", what);
    assert.equal(Object.keys(outcomes).length, REFUSED.length + STILL.length);
  },
});

Deno.test({
  name: "attack: code inside a relay has the network, and nothing else",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const outcomes = await tries("relay");
    for (const what of [...REFUSED, "read a file", "write a file"]) {
      assert.match(outcomes[what] ?? "", /Requires|denied|failed/, `${what}: ${outcomes[what]}`);
    }
  },
});

Deno.test({
  name: "the same code breaks out where nothing was given up: the attacks are real",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const outcomes = await tries("free");
    for (const what of REFUSED) {
      assert.equal(outcomes[what], "through", `${what}: ${outcomes[what]}`);
    }
  },
});

Deno.test(peerTestDefinition("attack: y typed at a terminal gives nothing back", {
  peer: ptyPeer(),
  required: false,
  fn: async () => {
    const path = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(
        path,
        'Deno.permissions.revokeSync({ name: "run" });' +
          'const { state } = await Deno.permissions.request({ name: "run" });' +
          'console.log("state is " + state);',
      );
      const line = shellLine([Deno.execPath(), "run", "-A", "--no-prompt", "--no-check", path]);
      await using screen = onTerminal(line, { NO_COLOR: "1", TERM: "dumb" });
      await screen.type("y\ny\ny\n");
      await screen.ended;
      assert.match(screen.shown(), /state is (denied|prompt)/);
    } finally {
      await Deno.remove(path);
    }
  },
}));
