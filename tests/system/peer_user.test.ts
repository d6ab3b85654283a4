import assert from "node:assert/strict";
import { doorman, type Ends, type PeerWorld, SocketTables } from "../../src/system/peer_user.ts";

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid" +
  "  timeout inode\n";

/** A row of the table: the peer's own socket. */
function row(local: string, remote: string, uid: number, inode: number): string {
  return `   1: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  ${uid}        0 ` +
    `${inode} 1 0000000000000000 20 4 30 10 -1\n`;
}

const SIX = "00000000000000000000000001000000";
const MAPPED = "0000000000000000FFFF00000100007F";

const FOUR_TABLE = HEADER +
  // Our own end of the first connection comes first.
  row("0100007F:1F9A", "0100007F:D431", 0, 7) +
  row("0100007F:D431", "0100007F:1F9A", 1000, 11) +
  row("0100007F:D432", "0100007F:1F9A", 1001, 12) +
  row("0200007F:D431", "0100007F:1F9A", 1001, 13) +
  row("0100007F:D433", "0100007F:1F9A", 0, 0) +
  row("0100007F:D434", "0100007F:1F9A", 0, 14);
const SIX_TABLE = HEADER +
  row(`${SIX}:D431`, `${SIX}:1F9A`, 1001, 21) +
  row(`${MAPPED}:D440`, `${MAPPED}:1F9A`, 1000, 22);

function world(changes: Partial<PeerWorld> = {}): PeerWorld {
  return {
    os: "linux",
    env: () => undefined,
    uid: 1000,
    readText: (path) => path.endsWith("6") ? SIX_TABLE : FOUR_TABLE,
    exists: () => false,
    usersSeen: () => new Set([0, 1000, 1001]),
    ...changes,
  };
}

function from(port: number, hostname = "127.0.0.1", local = hostname): Ends {
  return { local: { hostname: local, port: 0x1f9a }, peer: { hostname, port } };
}

const USERS: readonly [name: string, ends: Ends, uid: number | undefined][] = [
  ["IPv4", from(0xd431), 1000],
  ["another user's", from(0xd432), 1001],
  ["the same port of another address", from(0xd431, "127.0.0.2", "127.0.0.1"), 1001],
  ["IPv6", from(0xd431, "::1"), 1001],
  ["IPv4 by a socket of both families", from(0xd440), 1000],
  ["an orphan, whose uid reads 0", from(0xd433), undefined],
  ["root's", from(0xd434), 0],
  ["none", from(0xd499), undefined],
  ["an address that is not on loopback", from(0xd431, "fe80::1"), undefined],
];

for (const [name, ends, uid] of USERS) {
  Deno.test(`SocketTables.peerUser: ${name}`, () => {
    assert.equal(new SocketTables(world().readText).peerUser(ends), uid);
  });
}

Deno.test("SocketTables: a machine without IPv6 has one table", () => {
  const readText = (path: string) => {
    if (path.endsWith("6")) throw new Deno.errors.NotFound();
    return FOUR_TABLE;
  };
  assert.equal(new SocketTables(readText).peerUser(from(0xd431)), 1000);
});

const unreadable = () => {
  throw new Deno.errors.NotFound();
};

const VERDICTS: readonly [
  name: string,
  changes: Partial<PeerWorld>,
  ends: Ends,
  admitted: boolean,
][] = [
  ["our own user", {}, from(0xd431), true],
  ["root", {}, from(0xd434), true],
  ["another user", {}, from(0xd432), false],
  ["nobody any more", {}, from(0xd499), false],
  ["an orphan", {}, from(0xd433), false],
  [
    "the user behind sudo",
    { uid: 0, env: (name) => name === "SUDO_UID" ? "1001" : undefined },
    from(0xd432),
    true,
  ],
  [
    "a user whom SUDO_UID names though we are not root",
    { env: (name) => name === "SUDO_UID" ? "1001" : undefined },
    from(0xd432),
    false,
  ],
  ["another user, as root without sudo", { uid: 0 }, from(0xd432), false],
  [
    "nobody on WSL, where Windows' browser comes through a relay",
    { env: (name) => name === "WSL_DISTRO_NAME" ? "Debian" : undefined },
    from(0xd499),
    true,
  ],
  [
    "another user on WSL",
    { env: (name) => name === "WSL_DISTRO_NAME" ? "Debian" : undefined },
    from(0xd432),
    false,
  ],
  [
    "a user of the host, from a container",
    { exists: (path) => path === "/.dockerenv", usersSeen: () => new Set([0]) },
    from(0xd432),
    true,
  ],
  [
    "another user of the same container",
    { exists: (path) => path === "/.dockerenv" },
    from(0xd432),
    false,
  ],
  ["anybody where there is no table", { readText: unreadable }, from(0xd432), true],
  ["anybody on macOS", { os: "darwin" }, from(0xd432), true],
  ["anybody where users have no numbers", { os: "windows", uid: null }, from(0xd432), true],
];

for (const [name, changes, ends, admitted] of VERDICTS) {
  Deno.test(`doorman: ${admitted ? "lets in" : "refuses"} ${name}`, () => {
    const [verdict] = doorman(world(changes))([ends]);
    assert.equal(verdict?.admitted, admitted);
  });
}

Deno.test("doorman: the table is read once for all that arrived together, and names whom it refused", () => {
  let reads = 0;
  const admits = doorman(world({
    readText: (path) => {
      reads++;
      return world().readText(path);
    },
  }));
  const verdicts = admits([from(0xd431), from(0xd432), from(0xd433)]);
  assert.deepEqual(verdicts, [
    { admitted: true },
    { admitted: false, uid: 1001 },
    { admitted: false, uid: undefined },
  ]);
  assert.equal(reads, 2);
});
