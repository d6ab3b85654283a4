import assert from "node:assert/strict";
import {
  holdersInLsof,
  type HolderWorld,
  inodesIn,
  pidsInNetstat,
  portHolders,
} from "../../src/system/port_holder.ts";
import { freePort } from "../support/driver.ts";

Deno.test({
  name: "portHolders: this process, on each of its addresses",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const hostname of ["127.0.0.1", "::1"]) {
      const port = freePort();
      assert.deepEqual(await portHolders(port), []);
      using _listener = Deno.listen({ hostname, port });
      const [holder, ...others] = await portHolders(port);
      assert.equal(holder?.pid, Deno.pid);
      assert.notEqual(holder?.name, "");
      assert.deepEqual(others, []);
    }
  },
});

const TABLE = [
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
  "   0: 0100007F:1F9A 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1",
  "   1: 0100007F:1F9A 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1",
  "   2: 0100007F:1F9B 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1",
].join("\n");

Deno.test("inodesIn: only sockets that listen, on this port alone", () => {
  assert.deepEqual(inodesIn(TABLE, 8090), ["4711"]);
  assert.deepEqual(inodesIn(TABLE, 8092), []);
  assert.deepEqual(inodesIn("", 8090), []);
});

Deno.test("holdersInLsof: a process and its name, with or without the lines of its files", () => {
  assert.deepEqual(holdersInLsof("p12\ncnode\nf20\nf21\np345\ncGoogle Chrome\nf3\n"), [
    { pid: 12, name: "node" },
    { pid: 345, name: "Google Chrome" },
  ]);
  assert.deepEqual(holdersInLsof(""), []);
});

const NETSTAT = [
  "Aktive Verbindungen",
  "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
  "  TCP    127.0.0.1:8090         0.0.0.0:0              ABHÖREN          4711",
  "  TCP    127.0.0.1:8090         127.0.0.1:50000        HERGESTELLT      4712",
  "  TCP    127.0.0.1:80900        0.0.0.0:0              ABHÖREN          4713",
  "  TCP    [::1]:8090             [::]:0                 ABHÖREN          4714",
  "  UDP    0.0.0.0:8090           *:*                                     4715",
].join("\r\n");

Deno.test("pidsInNetstat: both addresses, in any language", () => {
  assert.deepEqual(pidsInNetstat(NETSTAT, 8090), [4711, 4714]);
});

function world(os: typeof Deno.build.os, outputs: Readonly<Record<string, string>>): HolderWorld {
  const fail = () => {
    throw new Deno.errors.NotFound("nothing here");
  };
  return {
    os,
    readTextFile: fail,
    readLink: fail,
    names: fail,
    output: (command, args) => {
      const text = outputs[[command, ...args].join(" ")];
      return text === undefined
        ? Promise.reject(new Error("no such program"))
        : Promise.resolve(text);
    },
  };
}

Deno.test("portHolders: by lsof on macOS, by netstat and tasklist on Windows, by nothing without them", async () => {
  const lsof = { "lsof -nP -iTCP:8090 -sTCP:LISTEN -Fpc": "p12\ncnode\n" };
  assert.deepEqual(await portHolders(8090, world("darwin", lsof)), [{ pid: 12, name: "node" }]);
  const windows = {
    "netstat.exe -ano": NETSTAT,
    "tasklist.exe /FI PID eq 4711 /FO CSV /NH": '"node.exe","4711","Console","1","50 K"\r\n',
    "tasklist.exe /FI PID eq 4714 /FO CSV /NH": "INFO: No tasks\r\n",
  };
  assert.deepEqual(await portHolders(8090, world("windows", windows)), [
    { pid: 4711, name: "node.exe" },
    { pid: 4714, name: "a program" },
  ]);
  for (const os of ["linux", "darwin", "windows"] as const) {
    assert.deepEqual(await portHolders(8090, world(os, {})), []);
  }
});
