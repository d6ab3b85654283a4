/**
 * Programs that nobody here wrote, which tests run against where they are installed. A peer that is
 * missing makes its tests ignored, with the reason in their names; one that `REQUIRE_PEERS` lists (as
 * `.ci/run` does, separated by commas) makes them fail.
 *
 * @module
 */

import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Every peer that a test can ask for. `.ci/run` says which of them it requires. */
export const PEERS = [
  "chromium",
  "chromium-headless-shell",
  "firefox",
  "simplesamlphp",
  "zsh",
  "fish",
  "busybox",
  "js-sdk",
  "moto",
  "awscli",
  "awscli2",
  "boto3",
  "executable",
  "release-base",
  "dpkg-deb",
  "curl",
  "bash",
  "bash-completion",
  "dash",
  "ksh",
  "mksh",
  "nushell",
  "powershell",
  "node",
  "python-dotenv",
  "valgrind",
  "ruby-sdk",
  "ruby-endpoint",
  "go-sdk",
  "js-sdk-2",
  "aws-crt",
  "php",
  "rclone",
  "restic",
  "s3cmd",
  "terraform",
  "faketime",
  "strace",
  "unshare",
  "certutil",
  "mandoc",
  "tree-sitter-powershell",
] as const;

/** One of {@linkcode PEERS}. */
export type PeerName = (typeof PEERS)[number];

/** A peer that is here, or why it is not. */
export type Peer =
  | {
    readonly found: true;
    /**
     * The program to run; for release-base its command line, for a Python module and for s3cmd their
     * interpreter, for SimpleSAMLphp and npm's packages their folder, for faketime its library.
     */
    readonly path: string;
  }
  | {
    readonly found: false;
    /** What was looked for, in words that fit into a test's name. */
    readonly reason: string;
  };

/** Where Debian has the sources of Go's libraries. */
export const GO_PATH = "/usr/share/gocode";

/** The folders of a newer SDK for Ruby, with colons between; empty for the installed one. */
export const RUBYLIB = Deno.env.get("TEST_RUBYLIB") ?? "";

/** Where `deno task compile` leaves the executable, unless `TEST_EXECUTABLE` names one. */
const EXECUTABLE = fileURLToPath(
  new URL(`../../dist/stssamldriver${Deno.build.os === "windows" ? ".exe" : ""}`, import.meta.url),
);

const known = new Map<PeerName, Peer>();

/** Looks for a peer, once in a process. */
export function peer(name: PeerName): Peer {
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = DETECT[name]();
  known.set(name, found);
  return found;
}

/** The peers that must not be missing. Throws for a name that is none, since a typo would require nothing. */
export function requiredPeers(list: string | undefined): ReadonlySet<PeerName> {
  const names = (list ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  return new Set(names.map((name) => {
    const known = PEERS.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new Error(`REQUIRE_PEERS lists "${name}"; the peers are ${PEERS.join(", ")}`);
    }
    return known;
  }));
}

/**
 * Registers a test that needs a peer. `fn` is given the peer's path. Without the peer the test is ignored
 * under a name that says so, or fails when `REQUIRE_PEERS` lists the peer.
 */
export function peerTest(
  name: PeerName,
  title: string,
  fn: (path: string, t: Deno.TestContext) => void | Promise<void>,
): void {
  const required = requiredPeers(Deno.env.get("REQUIRE_PEERS")).has(name);
  Deno.test(peerTestDefinition(title, { peer: peer(name), required, fn }));
}

/** What {@linkcode peerTest} registers; apart from it so that it can be tested. */
export function peerTestDefinition(title: string, options: {
  readonly peer: Peer;
  readonly required: boolean;
  readonly fn: (path: string, t: Deno.TestContext) => void | Promise<void>;
}): Deno.TestDefinition {
  const { peer, required, fn } = options;
  if (peer.found) return { name: title, fn: (t) => fn(peer.path, t) };
  if (!required) return { name: `${title} (skipped: ${peer.reason})`, ignore: true, fn: () => {} };
  return {
    name: title,
    fn: () => {
      throw new Error(`REQUIRE_PEERS lists this peer, but there is ${peer.reason}`);
    },
  };
}

const DETECT: Readonly<Record<PeerName, () => Peer>> = {
  "chromium-headless-shell": () => program("chromium-headless-shell"),
  chromium: () => program("chromium", "chromium-browser", "google-chrome"),
  firefox: () => program("firefox-esr", "firefox"),
  simplesamlphp: () => {
    const folder = "/usr/share/simplesamlphp";
    if (!existsSync(join(folder, "lib/_autoload.php"))) {
      return missing(`no SimpleSAMLphp in ${folder}`);
    }
    return program("php").found ? { found: true, path: folder } : missing("no php in PATH");
  },
  zsh: () => program("zsh"),
  fish: () => program("fish"),
  busybox: () => program("busybox"),
  // In the import map and the lock file: what is left to find out is found by importing it.
  "js-sdk": () => ({ found: true, path: "@aws-sdk/credential-providers" }),
  moto: () => pythonModule("moto"),
  awscli: () => program("aws"),
  // Beside which an older one may come first in PATH.
  awscli2: () => {
    const path = programs("aws").find((each) => printed(each, "--version").startsWith("aws-cli/2"));
    return path === undefined ? missing("no AWS CLI 2 in PATH") : { found: true, path };
  },
  boto3: () => pythonModule("boto3"),
  executable: () => {
    const path = Deno.env.get("TEST_EXECUTABLE") ?? EXECUTABLE;
    return isFile(path) ? { found: true, path } : missing(`no executable at ${path}`);
  },
  "release-base": () => {
    const line = Deno.env.get("RELEASE_BASE");
    if (Deno.build.os !== "linux") return missing("no Linux");
    return line ? { found: true, path: line } : missing("no RELEASE_BASE");
  },
  "dpkg-deb": () => program("dpkg-deb"),
  curl: () => program("curl"),
  bash: () => program("bash"),
  "bash-completion": () => {
    const path = "/usr/share/bash-completion/bash_completion";
    return isFile(path) ? { found: true, path } : missing(`no ${path}`);
  },
  dash: () => program("dash"),
  ksh: () => program("ksh"),
  mksh: () => program("mksh"),
  nushell: () => program("nu"),
  powershell: () => program("pwsh", "powershell"),
  node: () => program("node"),
  "python-dotenv": () => pythonModule("dotenv"),
  valgrind: () => program("valgrind"),
  "ruby-sdk": () => {
    const ruby = program("ruby");
    if (!ruby.found || runs(ruby.path, "-e", 'Gem::Specification.find_by_name("aws-sdk-core")')) {
      return ruby;
    }
    return missing("no aws-sdk-core for ruby");
  },
  // 3.171 and newer ask an endpoint; `TEST_RUBYLIB` says where such a one is that is not installed.
  "ruby-endpoint": () => {
    const ruby = program("ruby");
    const code = 'require "aws-sdk-core"; ' +
      'exit Gem::Version.new(Aws::CORE_GEM_VERSION) >= Gem::Version.new("3.171")';
    if (!ruby.found || runs(ruby.path, "-I", RUBYLIB, "-e", code)) return ruby;
    return missing("no aws-sdk-core 3.171 for ruby");
  },
  "go-sdk": () =>
    existsSync(`${GO_PATH}/src/github.com/aws/aws-sdk-go-v2/config`)
      ? program("go")
      : missing(`no aws-sdk-go-v2 in ${GO_PATH}`),
  "js-sdk-2": () => npmPackage("aws-sdk"),
  "aws-crt": () => npmPackage("aws-crt"),
  php: () => program("php"),
  rclone: () => program("rclone"),
  restic: () => program("restic"),
  // Its modules are where only the system's Python looks for them.
  s3cmd: () =>
    program("s3cmd").found && runs("/usr/bin/python3", "-c", "import S3.Config")
      ? { found: true, path: "/usr/bin/python3" }
      : missing("no s3cmd of the system's Python"),
  terraform: () => program("terraform"),
  faketime: () => {
    const path = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
      .map((machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`).find(isFile);
    return path === undefined ? missing("no libfaketime") : { found: true, path };
  },
  strace: () => {
    const strace = program("strace");
    if (!strace.found || runs(strace.path, "-o", "/dev/null", "true")) return strace;
    return missing("no right to trace");
  },
  // Of NSS, for the CAs that a Chromium trusts; macOS has another program of this name.
  certutil: () => program("certutil"),
  mandoc: () => program("mandoc"),
  // With web-tree-sitter beside it, which runs it.
  "tree-sitter-powershell": () => npmPackage("tree-sitter-powershell"),
  // Takes root; `ip` sets the loopback address up.
  unshare: () => {
    const [unshare, ip] = [program("unshare"), program("ip")];
    if (!unshare.found || !ip.found) return missing("no unshare, or no ip, in PATH");
    return runs(unshare.path, "--net", "ip", "link", "set", "lo", "up")
      ? unshare
      : missing("no right to make a network namespace");
  },
};

function missing(reason: string): Peer {
  return { found: false, reason };
}

/** The first of these programs that is in PATH. */
function program(...names: readonly string[]): Peer {
  const [path] = names.flatMap(programs);
  return path === undefined ? missing(`no ${names.join(" or ")} in PATH`) : { found: true, path };
}

/** Every program of this name in PATH, in its order. */
function programs(name: string): readonly string[] {
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  return (Deno.env.get("PATH") ?? "").split(delimiter).filter((folder) => folder !== "")
    .map((folder) => join(folder, name + suffix)).filter(isFile);
}

/** What a program prints. */
function printed(path: string, ...args: readonly string[]): string {
  const { stdout } = new Deno.Command(path, { args: [...args], stdin: "null", stderr: "null" })
    .outputSync();
  return new TextDecoder().decode(stdout);
}

/** A package that is installed beside programs that are in PATH, in `node_modules/.bin`; for Node. */
function npmPackage(name: string): Peer {
  if (!program("node").found) return missing("no node in PATH");
  const folder = (Deno.env.get("PATH") ?? "").split(delimiter)
    .filter((folder) => /node_modules[\\/]\.bin$/.test(folder))
    .map((folder) => join(folder, "..", name)).find((path) => isFile(join(path, "package.json")));
  return folder === undefined
    ? missing(`no ${name} beside a node_modules/.bin in PATH`)
    : { found: true, path: folder };
}

/** A module that Python can import; asked without importing it, which takes moto a second. */
function pythonModule(module: string): Peer {
  const python = program("python3", "python");
  if (!python.found) return python;
  const code = "import sys, importlib.util as u; sys.exit(u.find_spec(sys.argv[1]) is None)";
  return runs(python.path, "-c", code, module) ? python : missing(`no Python module ${module}`);
}

/** Whether a program ends well. */
function runs(path: string, ...args: readonly string[]): boolean {
  return new Deno.Command(path, { args: [...args], stdin: "null", stdout: "null", stderr: "null" })
    .outputSync().success;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
