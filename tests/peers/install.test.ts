/** `install.sh` in every shell that can be somebody's sh: what it installs, and what it leaves when it fails. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { serveLoopback } from "../support/loopback_http.ts";
import { CAN_MOUNT, mounted, unmount } from "../support/mounts.ts";
import { NOBODY, whyNoOther } from "../support/nobody.ts";
import { type PeerName, peerTest } from "../support/peers.ts";
import { writeReleaseFiles } from "../support/release_files.ts";
import { inFolder, modeOf, names, read } from "../system/files.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/install.sh", import.meta.url));

/** What can be sh: the words that start it. */
const SHELLS: readonly (readonly [PeerName, ...string[]])[] = [
  ["dash"],
  ["bash", "--posix"],
  ["bash"],
  ["busybox", "ash"],
  ["ksh"],
  ["mksh"],
  ["zsh", "--emulate", "sh"],
];

/** The programs of every system that it runs; those that only some have are a test's to add. */
const TOOLS = "printf uname mkdir rmdir rm mv cp chmod tar gzip sha256sum ldd getconf".split(" ");
const LATEST = { version: "2.0.0" };

/** A machine on which nothing is installed yet. */
class Machine {
  readonly home: string;
  readonly bin: string;
  readonly release: string;

  constructor(folder: string, private readonly shell: readonly string[]) {
    this.home = `${folder}/home`;
    this.bin = `${folder}/bin`;
    this.release = `${folder}/release`;
    Deno.mkdirSync(this.home);
    Deno.mkdirSync(this.bin);
    for (const tool of TOOLS) this.add(tool);
    writeReleaseFiles(this.release, LATEST);
  }

  get installed(): string {
    return `${this.home}/.local/bin/stssamldriver`;
  }

  /** Puts a program of this machine into its PATH, under another name perhaps. */
  add(tool: string, as = tool): void {
    const path = ["/usr/bin", "/bin"].map((each) => `${each}/${tool}`).find((each) =>
      existsSync(each)
    );
    if (path !== undefined) Deno.symlinkSync(path, `${this.bin}/${as}`);
  }

  /** Puts a program into its PATH that does this, in sh, in the place of another. */
  stub(tool: string, script: string): void {
    this.drop(tool);
    Deno.writeTextFileSync(`${this.bin}/${tool}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  drop(...tools: readonly string[]): void {
    for (const tool of tools) {
      if (names(this.bin).includes(tool)) Deno.removeSync(`${this.bin}/${tool}`);
    }
  }

  /** Runs the script, which comes by a pipe as from curl. */
  async run(
    { env = {}, args = [], text = read(SCRIPT), as, interrupt }: {
      readonly env?: Readonly<Record<string, string>>;
      readonly args?: readonly string[];
      readonly text?: string;
      readonly as?: number;
      /** When it is to get a Ctrl-C. */
      readonly interrupt?: Promise<void>;
    } = {},
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const who = as === undefined
      ? []
      : ["/usr/bin/setpriv", `--reuid=${as}`, `--regid=${as}`, "--clear-groups"];
    const [command = "", ...words] = [
      ...who,
      ...this.shell,
      ...args.length ? ["-s", "--", ...args] : [],
    ];
    const child = new Deno.Command(command, {
      args: words,
      env: {
        HOME: this.home,
        PATH: this.bin,
        LC_ALL: "C",
        STSSAMLDRIVER_DOWNLOAD_URL: this.release,
        ...env,
      },
      clearEnv: true,
      cwd: this.home,
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // Who fails early does not read all of it.
    const piping = writer.write(new TextEncoder().encode(text)).then(() => writer.close())
      .catch(() => {});
    // To its whole group, as a terminal does it.
    interrupt?.then(() => Deno.kill(-child.pid, "SIGINT"));
    const { code, stdout, stderr } = await child.output();
    await piping;
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Runs the script, which installs this version. */
  async installs(version: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run({ env });
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    assert.match(stdout, new RegExp(`^Installed stssamldriver ${version} in `));
    const folder = env["STSSAMLDRIVER_INSTALL_DIR"] ?? `${this.home}/.local/bin`;
    assert.deepEqual(names(folder), ["stssamldriver"]);
    assert.equal(modeOf(`${folder}/stssamldriver`), 0o755);
    assert.match(read(`${folder}/stssamldriver`), new RegExp(`stssamldriver ${version}`));
    return stdout;
  }

  /** Runs the script, which fails with one message and leaves everything as it was. */
  async fails(says: RegExp, how: Parameters<Machine["run"]>[0] = {}): Promise<void> {
    const before = filesIn(this.home);
    const { code, stdout, stderr } = await this.run(how);
    assert.notEqual(code, 0, stdout);
    assert.equal(stdout, "");
    assert.match(stderr, /^Cannot install stssamldriver: .*\n(?:.+\n)?$/);
    assert.match(stderr, says);
    assert.deepEqual(filesIn(this.home), before);
  }
}

/** Every file and folder below a folder, with the text of files. */
function filesIn(folder: string): readonly string[] {
  return names(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    return Deno.lstatSync(path).isDirectory ? [path, ...filesIn(path)] : [`${path}: ${read(path)}`];
  });
}

/** A release's folder as a web server has it; a file that `broken` names breaks off. */
function serve(folder: string, broken = "") {
  return serveLoopback(({ target }) => {
    const path = folder + target;
    if (!existsSync(path)) return { status: 404, body: "Not found" };
    const answer = { status: 200, body: Deno.readFileSync(path) };
    return broken !== "" && target.endsWith(broken) ? { half: answer } : answer;
  });
}

const spoil = (path: string) => Deno.writeTextFileSync(path, "something else");

interface Failure {
  readonly name: string;
  readonly prepare?: (machine: Machine) => void;
  readonly env?: (machine: Machine) => Readonly<Record<string, string>>;
  readonly says: RegExp;
}

const archives = (machine: Machine) =>
  names(machine.release).filter((name) => name.endsWith(".gz")).map((name) =>
    `${machine.release}/${name}`
  );

const FAILURES: readonly Failure[] = [
  {
    name: "an archive that is not the one of the checksums",
    prepare: (machine) => archives(machine).forEach(spoil),
    says:
      /the checksum of .*\.tar\.gz is wrong\nIt is [0-9a-f]{64}, but SHA256SUMS says [0-9a-f]{64}\. Nothing/,
  },
  {
    name: "checksums that do not list the archive",
    prepare: (machine) => spoil(`${machine.release}/SHA256SUMS`),
    says: /SHA256SUMS does not list stssamldriver-linux-/,
  },
  {
    name: "no archive",
    prepare: (machine) => archives(machine).forEach((path) => Deno.removeSync(path)),
    says: /there is no file .*\/release\/stssamldriver-linux-\w+\.tar\.gz\n/,
  },
  {
    name: "no folder",
    env: () => ({ STSSAMLDRIVER_DOWNLOAD_URL: "/nowhere" }),
    says: /no file \/nowhere/,
  },
  {
    name: "an address of another kind",
    env: () => ({ STSSAMLDRIVER_DOWNLOAD_URL: "ftp://example.com/x" }),
    says: /"ftp:\/\/example\.com\/x" in STSSAMLDRIVER_DOWNLOAD_URL is not/,
  },
  {
    name: "another version than the one that was asked for",
    env: () => ({ STSSAMLDRIVER_VERSION: "v1.9.0" }),
    says: /has version 2\.0\.0, not 1\.9\.0/,
  },
  {
    name: "a version that is none",
    env: () => ({ STSSAMLDRIVER_VERSION: "../../x" }),
    says: /"..\/..\/x" in STSSAMLDRIVER_VERSION is not a version/,
  },
  {
    name: "no program for checksums",
    prepare: (machine) => machine.drop("sha256sum"),
    says: /none of sha256sum, shasum and openssl/,
  },
  {
    name: "neither curl nor wget",
    env: () => ({ STSSAMLDRIVER_DOWNLOAD_URL: "https://localhost:1/x" }),
    says: /neither curl nor wget/,
  },
  {
    name: "a server that is not there",
    prepare: (machine) => machine.add("curl"),
    env: () => ({ STSSAMLDRIVER_DOWNLOAD_URL: "http://127.0.0.1:1" }),
    says: /cannot download http:\/\/127\.0\.0\.1:1\/SHA256SUMS: curl: \(7\)/,
  },
  {
    name: "musl",
    prepare: (machine) => machine.stub("ldd", "echo 'musl libc (x86_64)' >&2; exit 1"),
    says: /uses musl; .*\nOn Alpine/,
  },
  {
    name: "a 32-bit system on a 64-bit kernel",
    prepare: (machine) => machine.stub("getconf", "echo 32"),
    says: /32-bit/,
  },
  {
    name: "another processor",
    prepare: (machine) => machine.stub("uname", '[ "$1" = -m ] && echo riscv64 || echo Linux'),
    says: /there is no executable for riscv64/,
  },
  {
    name: "another system",
    prepare: (machine) => machine.stub("uname", "echo FreeBSD"),
    says: /there is no executable for FreeBSD/,
  },
  {
    name: "Git Bash on Windows",
    prepare: (machine) => machine.stub("uname", "echo MINGW64_NT-10.0-19045"),
    says: /install\.ps1 in PowerShell/,
  },
  {
    name: "an executable that does not run",
    prepare: (machine) =>
      writeReleaseFiles(machine.release, {
        ...LATEST,
        script: "echo GLIBC_2.27 not found >&2; exit 1",
      }),
    says: /does not run on this system: GLIBC_2\.27 not found/,
  },
  {
    name: "a file where a folder should be",
    prepare: (machine) => Deno.writeTextFileSync(`${machine.home}/.local`, ""),
    says: /cannot write to .*\/\.local\/bin: Not a directory|cannot write to .*: File exists/,
  },
  {
    name: "a folder where the executable should be",
    prepare: (machine) => Deno.mkdirSync(machine.installed, { recursive: true }),
    says: /bin\/stssamldriver is a folder/,
  },
  { name: "no HOME", env: () => ({ HOME: "" }), says: /HOME is not set/ },
];

for (const [name, ...words] of SHELLS) {
  const test = (
    what: string,
    fn: (
      machine: Machine,
      on: { readonly t: Deno.TestContext; readonly shell: readonly string[] },
    ) => Promise<void>,
  ) =>
    peerTest(name, `install.sh: ${[name, ...words].join(" ")}: ${what}`, (path, t) => {
      const shell = [path, ...words];
      return inFolder((folder) => fn(new Machine(folder, shell), { t, shell }));
    });

  test("from a folder and a file URL, anew and over what is there", async (machine) => {
    const said = await machine.installs("2.0.0");
    assert.match(said, /\.local\/bin is not in your PATH\. .*\n {2}echo 'export PATH=/);
    assert.match(said, /\nUpgrade: .*\nUninstall: stssamldriver uninstall\n$/);
    writeReleaseFiles(machine.release, { version: "2.1.0" });
    await machine.installs("2.1.0", { STSSAMLDRIVER_DOWNLOAD_URL: `file://${machine.release}/` });
    const folder = `${machine.home}/my tools`;
    await machine.installs("2.1.0", {
      STSSAMLDRIVER_INSTALL_DIR: folder,
      STSSAMLDRIVER_VERSION: "v2.1.0",
    });
    const inPath = { PATH: `${machine.bin}:${machine.home}/.local/bin` };
    assert.doesNotMatch(await machine.installs("2.1.0", inPath), /PATH/);
  });

  test("over HTTP: right, cut off, missing", async (machine) => {
    await using whole = serve(machine.release);
    const env = { STSSAMLDRIVER_DOWNLOAD_URL: whole.url };
    await using cut = serve(machine.release, ".tar.gz");
    const cutEnv = { STSSAMLDRIVER_DOWNLOAD_URL: cut.url };
    const missing = { STSSAMLDRIVER_DOWNLOAD_URL: `${whole.url}/nowhere` };
    for (const [tool, as] of [["curl", "curl"], ["busybox", "wget"], ["wget", "wget"]] as const) {
      machine.drop("curl", "wget");
      machine.add(tool, as);
      if (!existsSync(`${machine.bin}/${as}`)) continue;
      await machine.installs("2.0.0", env);
      await machine.fails(
        /cannot download http:.*\/nowhere\/SHA256SUMS: .*\b(?:404|no such file)/,
        {
          env: missing,
        },
      );
      // GNU's tries again and again, a little later each time.
      if (tool !== "wget") await machine.fails(/cannot download|checksum/, { env: cutEnv });
    }
  });

  test("a failure leaves nothing new, and the old executable", async (_, { t, shell }) => {
    for (const { name, prepare, env, says } of FAILURES) {
      await t.step(name, () =>
        inFolder(async (folder) => {
          const machine = new Machine(folder, shell);
          // What is there for some, and for others nothing.
          if (prepare === undefined) writeOld(machine);
          prepare?.(machine);
          await machine.fails(says, { env: env?.(machine) ?? {} });
        }));
    }
  });

  test("interrupted, it leaves nothing", async (machine) => {
    machine.add("curl");
    const asked = Promise.withResolvers<void>();
    await using server = serveLoopback(({ target }) => {
      if (target.endsWith("SHA256SUMS")) return { status: 200, body: "" };
      asked.resolve();
      return "hang";
    });
    const { code } = await machine.run({
      env: { STSSAMLDRIVER_DOWNLOAD_URL: server.url },
      interrupt: asked.promise,
    });
    assert.equal(code, 130);
    assert.deepEqual(names(machine.home), []);
  });

  test("cut off anywhere, the script does nothing", async (machine) => {
    const text = read(SCRIPT);
    const lines = text.split("\n");
    // In each function, between them, and in the last line.
    const cuts = [...lines.keys()].filter((line) => line % 23 === 0)
      .map((line) => lines.slice(0, line).join("\n") + "\n  i");
    for (const cut of [...cuts, text.trimEnd().slice(0, -6)]) {
      await machine.run({ text: cut });
      assert.deepEqual(names(machine.home), [], cut.slice(-100));
    }
  });
}

function writeOld({ installed }: Machine): void {
  Deno.mkdirSync(dirname(installed), { recursive: true });
  Deno.writeTextFileSync(installed, "#!/bin/sh\necho stssamldriver 1.0.0\n", { mode: 0o755 });
}

/** In the one shell that every system with Debian's sh has: these are not about the shell. */
const test = (
  what: string,
  fn: (machine: Machine) => Promise<void>,
  { ignore = false }: { readonly ignore?: boolean } = {},
) =>
  Deno.test({
    name: `install.sh: ${what}`,
    ignore: ignore || Deno.build.os !== "linux",
    fn: () => inFolder((folder) => fn(new Machine(folder, ["/bin/sh"]))),
  });

test("what fails on the way over an old version leaves it", async (machine) => {
  for (const { name, prepare, env, says } of FAILURES) {
    if (/where (?:a folder|the executable) should be/.test(name)) continue;
    await inFolder(async (folder) => {
      const machine = new Machine(folder, ["/bin/sh"]);
      writeOld(machine);
      prepare?.(machine);
      await machine.fails(says, { env: env?.(machine) ?? {} });
    });
  }
  assert.deepEqual(names(machine.home), []);
});

test("a folder that this user may not write to", async (machine) => {
  writeOld(machine);
  // It gets to what root has written, but not further.
  for (let path = machine.home; path !== "/tmp" && path !== "/"; path = dirname(path)) {
    Deno.chmodSync(path, 0o755);
  }
  await machine.fails(
    /cannot write to .*\/\.local\/bin: Permission denied\nFree some space, change/,
    {
      as: NOBODY,
    },
  );
}, { ignore: whyNoOther() !== undefined });

test("a full disk", async (machine) => {
  machine.add("curl");
  await using server = serve(machine.release);
  const disk = `${machine.home}/.local`;
  Deno.mkdirSync(disk);
  assert.ok(mounted(["-t", "tmpfs", "-o", "size=200k", "none"], disk));
  try {
    writeOld(machine);
    // Neither the archive fits, nor, where it does, what is in it.
    for (const padding of [900_000, 150_000]) {
      writeReleaseFiles(machine.release, { ...LATEST, padding });
      for (const url of [machine.release, server.url]) {
        await machine.fails(
          /cannot write to .*\/\.local\/bin: No space left on device\nFree some space/,
          {
            env: { STSSAMLDRIVER_DOWNLOAD_URL: url },
          },
        );
      }
    }
  } finally {
    unmount(disk);
  }
}, { ignore: !CAN_MOUNT });

test("with each program for checksums", async (machine) => {
  for (const tool of ["shasum", "openssl"]) {
    machine.drop("sha256sum", "shasum", "openssl");
    machine.add(tool);
    // The first is a Perl script.
    machine.drop("perl");
    machine.add("perl");
    if (!existsSync(`${machine.bin}/${tool}`)) continue;
    await machine.installs("2.0.0");
    archives(machine).forEach(spoil);
    await machine.fails(/the checksum of .* is wrong/);
    writeReleaseFiles(machine.release, LATEST);
  }
});

test("the archive is the system's and the processor's, under Rosetta as well", async (machine) => {
  for (
    const { system, processor, real = 0, archive } of [
      { system: "Linux", processor: "x86_64", archive: "linux-x64" },
      { system: "Linux", processor: "aarch64", archive: "linux-arm64" },
      { system: "Darwin", processor: "x86_64", archive: "macos-x64" },
      { system: "Darwin", processor: "arm64", archive: "macos-arm64" },
      { system: "Darwin", processor: "x86_64", real: 1, archive: "macos-arm64" },
    ]
  ) {
    machine.stub("uname", `[ "$1" = -m ] && echo ${processor} || echo ${system}`);
    machine.stub("sysctl", `echo ${real}`);
    writeReleaseFiles(machine.release, LATEST);
    const others = archives(machine).filter((path) => !path.includes(archive));
    others.forEach((path) => Deno.removeSync(path));
    await machine.installs("2.0.0");
  }
});

test("says which other one comes first in PATH, and what its arguments are", async (machine) => {
  machine.stub("stssamldriver", "");
  const said = await machine.installs("2.0.0", {
    PATH: `${machine.bin}:${machine.home}/.local/bin`,
  });
  assert.ok(
    said.includes(`But ${machine.bin}/stssamldriver comes first in your PATH: remove it\n`),
  );
  await machine.fails(/"--force" is not an argument/, { args: ["--force"] });
});

Deno.test("install.ps1: cut off anywhere, it does nothing: all of it is one function", () => {
  const lines = read(SCRIPT.replace(/\.sh$/, ".ps1")).trimEnd().split("\n");
  const outside = lines.filter((line) => !/^(?:#|\s|$)/.test(line));
  assert.deepEqual(outside, ["function Install-StsSamlDriver {", "}", "Install-StsSamlDriver"]);
  assert.equal(lines.at(-1), outside.at(-1));
});

test("by default it goes to the project's releases, by https", async (machine) => {
  machine.stub("curl", 'echo "$*" >&2; exit 22');
  const { stderr } = await machine.run({ env: { STSSAMLDRIVER_DOWNLOAD_URL: "" } });
  assert.match(
    stderr,
    /--proto =https .* https:\/\/github\.com\/\S+\/releases\/latest\/download\/SHA256SUMS\n/,
  );
  const other = await machine.run({
    env: { STSSAMLDRIVER_DOWNLOAD_URL: "", STSSAMLDRIVER_VERSION: "1.2.3" },
  });
  assert.match(other.stderr, /\/releases\/download\/v1\.2\.3\/SHA256SUMS\n/);
});
