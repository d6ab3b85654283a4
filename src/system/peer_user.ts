/**
 * Whose a connection is. On Linux the kernel's socket table names the user of its other end, so that a
 * listener can refuse another user of the machine before it reads a byte.
 *
 * @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 * @module
 */

import { ifPossible } from "../errors.ts";
import { exists, isContainer, readKernelFile, UID, usersSeen } from "./machine.ts";

/** One end of a TCP connection. */
interface TcpEnd {
  readonly hostname: string;
  readonly port: number;
}

/** A connection as the listener sees it: its own end, and the peer's. */
export interface Ends {
  readonly local: TcpEnd;
  readonly peer: TcpEnd;
}

/** What is needed to tell whose a connection is. */
export interface PeerWorld {
  readonly os: typeof Deno.build.os;
  readonly env: (name: string) => string | undefined;
  /** This process's user; `null` where there is no such number. */
  readonly uid: number | null;
  /** The text of a file of /proc; throws where it cannot be read. */
  readonly readText: (path: string) => string;
  readonly exists: (path: string) => boolean;
  /** The users who have a process that this one can see. */
  readonly usersSeen: () => ReadonlySet<number>;
}

/** Decides about connections that arrived together, in their order: the table is read once for all. */
export type Doorman = (arrived: readonly Ends[]) => readonly Verdict[];

/** Whether a connection is let in; the user it was refused for, where that is known. */
export type Verdict = { readonly admitted: true } | {
  readonly admitted: false;
  readonly uid: number | undefined;
};

/**
 * Makes the doorman of a listener on loopback: our own user, root and, under sudo, the user who called it
 * are let in.
 *
 * Everybody is let in where the system cannot tell: macOS, Windows, WSL 1. In a container with the host's
 * network the browser's user is one of the host, none of whose processes can be seen here; a user of the
 * container itself has one by the time that a sign-in begins, or is taken for one of the host.
 */
export function doorman(world: PeerWorld): Doorman {
  if (world.os !== "linux" || world.uid === null) return everybody;
  const { uid } = world;
  const sudo = uid === 0 ? Number(world.env("SUDO_UID") || NaN) : NaN;
  const ours = new Set([uid, 0, sudo]);
  const container = isContainer(world);
  // The browser of Windows comes through a relay: as root, or as nobody whom this kernel knows.
  const wsl = Boolean(world.env("WSL_DISTRO_NAME"));
  return (arrived) => {
    const tables = ifPossible(() => new SocketTables(world.readText));
    if (tables === undefined) return everybody(arrived);
    return arrived.map((ends) => {
      const found = tables.peerUser(ends);
      if (found === undefined) return wsl ? ADMITTED : { admitted: false, uid: undefined };
      if (ours.has(found)) return ADMITTED;
      if (container && !world.usersSeen().has(found)) return ADMITTED;
      return { admitted: false, uid: found };
    });
  };
}

const ADMITTED: Verdict = { admitted: true };

/** The doorman of a listener whose requests prove by themselves who asks. */
export const everybody: Doorman = (arrived) => arrived.map(() => ADMITTED);

/** The kernel's TCP sockets of this network namespace, as they are at one moment. */
export class SocketTables {
  readonly #four: string;
  readonly #six: string;

  /** @throws where the table cannot be read; a machine without IPv6 has no second one */
  constructor(readText: PeerWorld["readText"]) {
    this.#four = readText("/proc/net/tcp");
    // Else IPv6 is off.
    this.#six = ifPossible(() => readText("/proc/net/tcp6")) ?? "";
  }

  /** The user of the peer's socket; `undefined` where no program holds it any more, or never did here. */
  peerUser({ local, peer }: Ends): number | undefined {
    for (const [table, address] of [[this.#four, hexOfIpv4], [this.#six, hexOfIpv6]] as const) {
      const [theirs, ours] = [address(peer), address(local)];
      if (theirs === undefined || ours === undefined) continue;
      // Behind the two addresses: st queues timer retrnsmt uid timeout inode …
      const [, , , , uid, , inode] = rowBehind(table, ` ${theirs} ${ours} `);
      // A socket without an inode is an orphan: its program is gone, and the table says uid 0.
      if (uid !== undefined && inode !== undefined && inode !== "0") return Number(uid);
    }
    return undefined;
  }
}

/** The fields of a row behind its addresses; none where there is no such row. */
function rowBehind(table: string, addresses: string): readonly string[] {
  const at = table.indexOf(addresses);
  if (at < 0) return [];
  const end = table.indexOf("\n", at);
  return table.slice(at + addresses.length, end < 0 ? undefined : end).trim().split(/\s+/);
}

/** `127.0.0.1` as a little-endian kernel prints it: `0100007F`. */
function ipv4(hostname: string): string | undefined {
  const parts = hostname.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  return parts.toReversed().map((part) => hex(Number(part), 2)).join("");
}

function hexOfIpv4({ hostname, port }: TcpEnd): string | undefined {
  const address = ipv4(hostname);
  return address && `${address}:${hex(port, 4)}`;
}

/** Of IPv6 only `::1` is on loopback; a socket of both families has an IPv4 address mapped into it. */
function hexOfIpv6({ hostname, port }: TcpEnd): string | undefined {
  const mapped = ipv4(hostname);
  const address = hostname === "::1"
    ? `${"0".repeat(24)}01000000`
    : mapped && `${"0".repeat(16)}FFFF0000${mapped}`;
  return address && `${address}:${hex(port, 4)}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, "0");
}

/** The system that this process runs on. */
export function realPeerWorld(): PeerWorld {
  return {
    os: Deno.build.os,
    env: (name) => Deno.env.get(name),
    uid: UID,
    readText: readKernelFile,
    exists,
    usersSeen,
  };
}
