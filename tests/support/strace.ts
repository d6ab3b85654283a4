/**
 * A program that something happens to at one of its system calls, by strace: it is killed there, or the call
 * fails. Which calls there are is found out by a run to which nothing happens.
 *
 * @module
 */

import type { Program } from "./driver.ts";

/** A system call of a program, so that another run of it can be caught there. */
export interface SystemCall {
  readonly name: string;
  /** What it is about, below the home; `undefined` for a connection, or where the name is another in each run. */
  readonly path: string | undefined;
  /** The how manyth it is of this name, and about this path, in its thread. */
  readonly when: number;
  /** Whether it changes files. */
  readonly writes: boolean;
}

/** What happens at a call: `signal=SIGKILL`, or `error=ENOSPC`. */
export type Injection = `signal=${Deno.Signal}` | `error=${string}`;

/** What changes files, makes them last, or locks them. */
const FILE_CALLS = [
  ...["openat", "write", "fsync", "flock", "ftruncate", "chmod"],
  ...["rename", "link", "linkat", "unlink", "unlinkat", "mkdir", "rmdir"],
];
/** The steps of a conversation. */
const NETWORK_CALLS = ["bind", "listen", "accept4", "connect", "sendto", "recvfrom", "shutdown"];

/** Names that are others in each run; Deno's have up to 16 digits. */
const RANDOM = /[0-9a-f]{8}-[0-9a-f]{4}-|stssamldriver-[0-9a-f]{8,16}(\/|$)/;

/** A program whose calls are recorded in a file, for {@linkcode callsIn}. */
export function recorded(strace: string, program: Program, trace: string): Program {
  const calls = [...FILE_CALLS, ...NETWORK_CALLS].join();
  return under(strace, program, ["-y", "-s", "0", "-o", trace, "-e", `trace=${calls}`]);
}

/** A program that something happens to at a call, and at no other. */
export function struck(strace: string, program: Program, { home, call, injection, trace }: {
  readonly home: string;
  readonly call: SystemCall;
  readonly injection: Injection;
  /** Where it is told whether it happened. */
  readonly trace: string;
}): Program {
  return under(strace, program, [
    ...["-o", trace, "-e", `trace=${call.name}`],
    ...(call.path === undefined ? [] : ["-P", `${home}/${call.path}`]),
    // What cannot be written once cannot be written again.
    ...["-e", `inject=${call.name}:${injection}:when=${call.when}${writesOn(injection)}`],
  ]);
}

function writesOn(injection: Injection): string {
  return injection.startsWith("error=") ? "+" : "";
}

function under(strace: string, { name, command }: Program, options: readonly string[]): Program {
  return { name, command: [strace, "-f", "-qq", ...options, ...command] };
}

/** The calls that a recorded run made about its home and its connections. */
export function callsIn(trace: string, home: string): readonly SystemCall[] {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const found: SystemCall[] = [];
  for (const line of trace.split("\n")) {
    const [, thread, name = "", rest = ""] = /^(\d+) +(\w+)\((.*)/.exec(line) ?? [];
    const isNetwork = NETWORK_CALLS.includes(name);
    const about = rest.split(home)[1]?.slice(1).replace(/[">].*/, "");
    const path = isNetwork || (about !== undefined && RANDOM.test(about)) ? undefined : about;
    const count = (key: string) => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return counts.get(key) ?? 0;
    };
    // Where no path tells them apart, all calls of the name count.
    const whens = { any: count(`${thread} ${name}`), path: count(`${thread} ${name} ${path}`) };
    if (!isNetwork && about === undefined) continue;
    // Too many others have these names.
    if (!isNetwork && path === undefined && /^(openat|write)$/.test(name)) continue;
    const when = path === undefined ? whens.any : whens.path;
    const key = `${name} ${path} ${when}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const reads = name === "openat" && !/O_CREAT|O_WRONLY|O_RDWR/.test(rest);
    found.push({ name, path, when, writes: !isNetwork && !reads });
  }
  return found;
}
