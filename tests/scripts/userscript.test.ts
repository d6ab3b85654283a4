/** The userscript's text: where it may act, and which hosts it knows. */

import assert from "node:assert/strict";
import { PARTITIONS } from "../../src/aws/partition.ts";
import { VERSION } from "../../src/version.ts";

const TEXT = Deno.readTextFileSync(new URL("../../scripts/stssamldriver.user.js", import.meta.url));

Deno.test("userscript: it knows the sign-in of every partition, and no other host", () => {
  const [, list = ""] = /AWS_HOSTS = \[([^\]]+)\]/.exec(TEXT) ?? [];
  const hosts = [...list.matchAll(/"([^"]+)"/g)].map(([, host]) => host);
  assert.deepEqual(
    hosts,
    PARTITIONS.map(({ signIn }) => signIn.replace(/^\[?\{region\}\.\]?/, "*.")),
  );
});

Deno.test("userscript: its head asks for no permission, and loads nothing", () => {
  const [, head = ""] = /^\/\/ ==UserScript==\n([^]*?)\n\/\/ ==\/UserScript==/.exec(TEXT) ?? [];
  const entries = [...head.matchAll(/^\/\/ @(\S+) *(.*)$/gm)].map((
    [, name, value],
  ) => [name, value]);
  assert.deepEqual(entries.filter(([name]) => name === "grant"), [["grant", "none"]]);
  assert.deepEqual(entries.filter(([name]) => name === "run-at"), [["run-at", "document-start"]]);
  assert.deepEqual(entries.filter(([name]) => name === "version"), [["version", VERSION]]);
  for (const name of ["require", "resource", "connect"]) {
    assert.deepEqual(entries.filter(([each]) => each === name), [], name);
  }
  assert.doesNotMatch(TEXT, /\b(fetch|XMLHttpRequest|sendBeacon|innerHTML|eval)\b/);
});
