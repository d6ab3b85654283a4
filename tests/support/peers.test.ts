import assert from "node:assert/strict";
import { peer, PEERS, peerTest, peerTestDefinition, requiredPeers } from "./peers.ts";

const missing = { found: false, reason: "no zsh in PATH" } as const;

Deno.test("requiredPeers: nothing is required unless it is listed", () => {
  assert.deepEqual([...requiredPeers(undefined)], []);
  assert.deepEqual([...requiredPeers("")], []);
  assert.deepEqual([...requiredPeers(" zsh, js-sdk,")], ["zsh", "js-sdk"]);
});

Deno.test("requiredPeers: a name that is no peer is an error, since it would require nothing", () => {
  assert.throws(() => requiredPeers("zsh,chrome"), /lists "chrome"/);
});

Deno.test("peer: knows every peer, and says what it looked for when there is none", () => {
  for (const name of PEERS) {
    const found = peer(name);
    assert.equal(typeof (found.found ? found.path : found.reason), "string");
  }
});

Deno.test("peerTestDefinition: a peer that is here is given to the test", async (t) => {
  const given: string[] = [];
  const definition = peerTestDefinition("title", {
    peer: { found: true, path: "/bin/zsh" },
    required: true,
    fn: (path) => void given.push(path),
  });
  assert.equal(definition.name, "title");
  assert.notEqual(definition.ignore, true);
  await definition.fn(t);
  assert.deepEqual(given, ["/bin/zsh"]);
});

Deno.test("peerTestDefinition: without the peer the test is ignored and says why", () => {
  const definition = peerTestDefinition("title", { peer: missing, required: false, fn: fail });
  assert.equal(definition.name, "title (skipped: no zsh in PATH)");
  assert.equal(definition.ignore, true);
});

Deno.test("peerTestDefinition: without a required peer the test fails and says why", (t) => {
  const definition = peerTestDefinition("title", { peer: missing, required: true, fn: fail });
  assert.notEqual(definition.ignore, true);
  assert.throws(
    () => definition.fn(t),
    /REQUIRE_PEERS lists this peer, but there is no zsh in PATH/,
  );
});

peerTest("bash", "peerTest: the path that is found is a program that runs", async (bash) => {
  const { stdout } = await new Deno.Command(bash, { args: ["-c", "printf here"] }).output();
  assert.equal(new TextDecoder().decode(stdout), "here");
});

function fail(): void {
  throw new Error("must not run");
}
