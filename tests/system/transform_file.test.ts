import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import {
  checkWritable,
  readTextFile,
  transformFile,
  type TransformStep,
} from "../../src/system/transform_file.ts";
import { lockFile } from "../../src/system/file_lock.ts";
import { runChild } from "./transform_child.ts";

const POSIX = Deno.build.os !== "windows";
const LINUX_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;
const NOBODY = 65534;
const STEPS: readonly TransformStep[] = [
  ...["folder-made", "locked", "read", "changed"] as const,
  ...["temp-created", "temp-written", "temp-owned", "temp-synced"] as const,
  ...["renamed", "folder-synced"] as const,
];

async function inFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** With a umask of its own; every path of a test that sets one is POSIX only. */
async function withUmask(umask: number, test: () => Promise<void>): Promise<void> {
  const before = Deno.umask(umask);
  try {
    await test();
  } finally {
    Deno.umask(before);
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
const read = (path: string) => Deno.readTextFileSync(path);
const append = (line: string) => (old = "") => old + line;

function refused(code: string, message: RegExp) {
  return (error: unknown) => {
    assert(error instanceof UserError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /os error|\.$|old text/);
    assert.equal(error.exitCode, 8);
    assert(error.hint, "it says what to do");
    return true;
  };
}

Deno.test("transformFile: a new file is 0600 in a 0700 folder, whatever the umask", async (t) => {
  for (const umask of [0o000, 0o022, 0o077]) {
    await t.step({
      name: umask.toString(8).padStart(3, "0"),
      ignore: !POSIX,
      fn: () =>
        inFolder((folder) =>
          withUmask(umask, async () => {
            const path = `${folder}/a/b/file`;
            const report = await transformFile(path, (old) => old === undefined ? "new" : "wrong");
            assert.deepEqual(report, {
              ...{ path, mode: 0o600, wide: false, foreign: false },
              written: true,
            });
            assert.equal(read(path), "new");
            const modes = ["a", "a/b", "a/b/file"].map((name) => modeOf(`${folder}/${name}`));
            assert.deepEqual(modes, [0o700, 0o700, 0o600]);
            assert.deepEqual(names(`${folder}/a/b`), ["file"], "nothing is left beside it");
          })
        ),
    });
  }
});

Deno.test("transformFile: a mode stays, is never wider on the way, and is reported", async (t) => {
  for (const umask of [0o000, 0o077]) {
    for (const mode of [0o600, 0o640, 0o644, 0o664, 0o700]) {
      await t.step({
        name: `${mode.toString(8)} under umask ${umask.toString(8)}`,
        ignore: !POSIX,
        fn: () =>
          inFolder((folder) =>
            withUmask(umask, async () => {
              const path = `${folder}/file`;
              Deno.writeTextFileSync(path, "old");
              Deno.chmodSync(path, mode);
              const report = await transformFile(path, append("+"), {
                onStep(step) {
                  if (step !== "temp-created" && step !== "temp-written") return;
                  assert.equal(modeOf(`${folder}/.file.stssamldriver-new`), 0o600);
                },
              });
              assert.equal(modeOf(path), mode);
              assert.deepEqual([report.mode, report.wide], [mode, (mode & 0o077) !== 0]);
              assert.equal(readTextFile(path)?.wide, report.wide);
              assert.equal((await checkWritable(path)).wide, report.wide);
            })
          ),
      });
    }
  }
});

Deno.test("transformFile: the same text or none writes nothing", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    assert.equal((await transformFile(path, () => undefined)).written, false);
    assert.deepEqual(names(folder), []);
    Deno.writeTextFileSync(path, "old");
    const before = Deno.statSync(path);
    for (const change of [(old?: string) => old, () => undefined]) {
      assert.equal((await transformFile(path, change)).written, false);
    }
    const after = Deno.statSync(path);
    assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
  });
});

Deno.test("transformFile: text comes and goes byte for byte", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["byte order mark", "\uFEFF[a]\n"],
    ["two of them", "\uFEFF\uFEFF"],
    ["mixed line ends", "a\r\nb\nc\rd"],
    ["NUL and controls", "\0\u0001\u001b"],
    ["outside the basic plane", "ä€😀"],
    ["replacement character that was there", "\uFFFD"],
    ["big", "x".repeat(3_000_000)],
  ];
  await inFolder(async (folder) => {
    for (const [name, text] of cases) {
      await t.step(name, async () => {
        const path = `${folder}/file`;
        const bytes = new TextEncoder().encode(text);
        Deno.writeFileSync(path, bytes);
        await transformFile(path, append("!"));
        const expected = new Uint8Array([...bytes, 33]);
        assert(Deno.readFileSync(path).every((byte, i) => byte === expected[i]));
        assert.equal(readTextFile(path)?.text, `${text}!`);
      });
    }
  });
});

Deno.test("transformFile: what is not text is refused, not mended", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    const bytes = new Uint8Array([0x61, 0xff, 0x62]);
    Deno.writeFileSync(path, bytes);
    const wanted = refused("file-not-utf8", /it is not UTF-8 text$/);
    await assert.rejects(transformFile(path, append("x")), wanted);
    await assert.rejects(checkWritable(path), wanted);
    assert.throws(() => readTextFile(path), wanted);
    assert.deepEqual(Deno.readFileSync(path), bytes);
    const half = refused("file-not-utf8", /the new text is not valid Unicode$/);
    await assert.rejects(transformFile(`${folder}/other`, () => "\uD800"), half);
    assert.deepEqual(names(folder), ["file"]);
  });
});

Deno.test("transformFile: symlinks are followed and stay", async (t) => {
  type Links = Readonly<Record<string, string>>;
  const cases: readonly (readonly [string, Links, string])[] = [
    ["relative", { link: "real/file" }, "real/file"],
    ["absolute", { link: "/real/file" }, "real/file"],
    ["chain", { link: "one", one: "real/two", "real/two": "../real/file" }, "real/file"],
    ["dangling", { link: "real/new" }, "real/new"],
    ["dangling, its folder missing", { link: "real/deep/er/new" }, "real/deep/er/new"],
    ["folder", { "real/in": "../other", link: "real/in/file" }, "other/file"],
    // By text, `real/in/../x` is `real/x`; for the kernel it is beside where `in` leads.
    [
      "up from a folder that is a link",
      { "real/in": "../other/sub", link: "real/in/../x" },
      "other/x",
    ],
  ];
  for (const [name, links, real] of cases) {
    await t.step({
      name,
      ignore: !POSIX,
      fn: () =>
        inFolder(async (folder) => {
          Deno.mkdirSync(`${folder}/real`);
          Deno.mkdirSync(`${folder}/other/sub`, { recursive: true });
          for (const [from, to] of Object.entries(links)) {
            Deno.symlinkSync(to.startsWith("/") ? folder + to : to, `${folder}/${from}`);
          }
          assert.equal((await checkWritable(`${folder}/link`)).path, `${folder}/${real}`);
          const report = await transformFile(`${folder}/link`, append("new"));
          assert.equal(report.path, `${folder}/${real}`);
          assert.equal(read(`${folder}/${real}`), "new");
          assert.equal(Deno.lstatSync(`${folder}/${real}`).isFile, true);
          for (const from of Object.keys(links)) {
            assert.equal(Deno.lstatSync(`${folder}/${from}`).isSymlink, true);
          }
          const place = `${folder}/${real}`.replace(/\/[^/]*$/, "");
          assert.deepEqual(names(place).filter((name) => name.startsWith(".")), []);
        }),
    });
  }
});

Deno.test("transformFile: a relative path starts from the current folder", async () => {
  await inFolder(async (folder) => {
    const before = Deno.cwd();
    Deno.chdir(folder);
    try {
      for (const path of ["file", "./sub/file"]) {
        await checkWritable(path);
        const report = await transformFile(path, append("x"));
        assert.equal(report.path, `${folder}/${path.replace("./", "")}`);
        assert.equal(readTextFile(path)?.text, "x");
      }
    } finally {
      Deno.chdir(before);
    }
    assert.deepEqual(names(folder), ["file", "sub"]);
  });
});

Deno.test("transformFile: what is in the file's place is refused, and stays", async (t) => {
  const mkfifo = (path: string) => {
    assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  };
  const link = (to: string) => (path: string) => Deno.symlinkSync(to, path);
  const cases: readonly (readonly [string, (path: string) => void, string, string, RegExp])[] = [
    ["folder", Deno.mkdirSync, "x", "file-irregular", /x": it is a folder, not a regular file$/],
    ["fifo", mkfifo, "x", "file-irregular", /x": it is a named pipe, not a regular file$/],
    ["device", link("/dev/zero"), "x", "file-irregular", /zero": it is a device or socket/],
    ["name of a folder", () => {}, "x/", "file-irregular", /it is a folder/],
    ["symlink to itself", link("x"), "x", "symlink-loop", /symlinks lead round in a loop$/],
    ["folder that is a file", () => {}, "file/x", "folder-missing", /its path is a file/],
    ["folder that leads nowhere", link("none"), "x/y", "folder-missing", /symlink to nothing$/],
  ];
  for (const [name, prepare, file, code, message] of cases) {
    await t.step({
      name,
      ignore: !POSIX,
      fn: () =>
        inFolder(async (folder) => {
          Deno.writeTextFileSync(`${folder}/file`, "");
          prepare(`${folder}/x`);
          const before = names(folder);
          const path = `${folder}/${file}`;
          await assert.rejects(transformFile(path, append("x")), refused(code, message));
          await assert.rejects(checkWritable(path), refused(code, message));
          assert.deepEqual(names(folder), before);
        }),
    });
  }
});

Deno.test("readTextFile: a missing file is undefined, the null device empty, a folder an error", async () => {
  await inFolder((folder) => {
    assert.equal(readTextFile(`${folder}/none`), undefined);
    assert.equal(readTextFile(`${folder}/none/none`), undefined);
    assert.throws(() => readTextFile(folder), refused("file-irregular", /it is a folder/));
    if (!POSIX) return;
    assert.equal(readTextFile("/dev/null")?.text, "");
    Deno.symlinkSync("none", `${folder}/dangling`);
    assert.equal(readTextFile(`${folder}/dangling`), undefined);
    Deno.symlinkSync("loop", `${folder}/loop`);
    assert.throws(() => readTextFile(`${folder}/loop`), refused("symlink-loop", /^Cannot read/));
  });
});

Deno.test("transformFile: 50 changes at once in one process all stay", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i}\n`);
    await Promise.all(lines.map((line) => transformFile(path, append(line))));
    assert.deepEqual(read(path).match(/.*\n/g)?.sort(), lines.sort());
    assert.deepEqual(names(folder), ["file"]);
  });
});

Deno.test("transformFile: 50 processes at once all stay", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/new/file`; // they race to make the folder, too
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i}\n`);
    await Promise.all(lines.map(async (line) => {
      const { status, result } = await runChild({ action: "append", path, line });
      assert.equal(status.code, 0, result.message);
    }));
    assert.deepEqual(read(path).match(/.*\n/g)?.sort(), lines.sort());
    assert.deepEqual(names(`${folder}/new`), ["file"]);
  });
});

Deno.test("transformFile: SIGKILL at any step leaves the old file or the new, and stops nobody", async (t) => {
  for (const [i, step] of STEPS.entries()) {
    await t.step({
      name: step,
      ignore: !POSIX,
      fn: () =>
        inFolder(async (folder) => {
          const path = `${folder}/file`;
          Deno.writeTextFileSync(path, "old ");
          Deno.chmodSync(path, 0o640);
          const { status } = await runChild({ action: "signal", path, line: "new ", step });
          assert.equal(status.signal, "SIGKILL");
          const done = i >= STEPS.indexOf("renamed");
          assert.equal(read(path), done ? "old new " : "old ");
          assert.equal(modeOf(path), 0o640);
          await transformFile(path, append("next"), { lockDeadlineMs: 1000 });
          assert.equal(read(path), done ? "old new next" : "old next");
          assert.deepEqual(names(folder), ["file"], "what the killed one left is swept");
        }),
    });
  }
});

Deno.test("transformFile: an exit on SIGINT waits for the write, and leaves nothing beside it", async (t) => {
  for (const step of ["locked", "temp-created", "temp-synced", "renamed"]) {
    await t.step({
      name: step,
      ignore: !POSIX,
      fn: () =>
        inFolder(async (folder) => {
          const path = `${folder}/file`;
          const task = { action: "signal", signal: "SIGINT", path, line: "new", step } as const;
          assert.equal((await runChild(task)).status.code, 130);
          assert.deepEqual(names(folder), ["file"]);
          assert.equal(read(path), "new");
        }),
    });
  }
});

Deno.test("transformFile: what somebody without the lock wrote meanwhile is kept", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    for (const moment of ["read", "temp-synced"] as const) {
      for (const old of ["old ", undefined]) {
        if (old !== undefined) Deno.writeTextFileSync(path, old);
        let others = 1;
        await transformFile(path, append("ours"), {
          onStep(step) {
            if (step === moment && others-- > 0) Deno.writeTextFileSync(path, `${old}theirs `);
          },
        });
        assert.equal(read(path), `${old}theirs ours`);
        assert.deepEqual(names(folder), ["file"]);
        Deno.removeSync(path);
      }
    }
    let size = 0;
    const onStep = (step: TransformStep) => {
      if (step === "temp-synced") Deno.writeTextFileSync(path, "x".repeat(++size));
    };
    const wanted = refused("file-busy", /another program keeps writing it$/);
    await assert.rejects(transformFile(path, append("ours"), { onStep }), wanted);
    assert.equal(read(path), "x".repeat(size));
    assert.deepEqual(names(folder), ["file"]);
  });
});

Deno.test("transformFile: a mode that was narrowed meanwhile stays narrow", async () => {
  if (!POSIX) return;
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    Deno.writeTextFileSync(path, "old", { mode: 0o644 });
    const onStep = (step: TransformStep) => {
      if (step === "temp-synced") Deno.chmodSync(path, 0o600);
    };
    await transformFile(path, append("+"), { onStep });
    assert.deepEqual([read(path), modeOf(path)], ["old+", 0o600]);
  });
});

Deno.test("transformFile: a rename that is refused for a moment, as on Windows, is tried again", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    let refusals = 3;
    const rename = (from: string, to: string) => {
      if (refusals-- > 0) throw new Deno.errors.PermissionDenied("Access is denied. (os error 5)");
      Deno.renameSync(from, to);
    };
    await transformFile(path, append("a"), { rename, renamePausesMs: [1, 2, 4] });
    assert.equal(read(path), "a");
    refusals = 4;
    await assert.rejects(
      transformFile(path, append("b"), { rename, renamePausesMs: [1, 2, 4] }),
      refused("file-failed", /^Cannot change ".*file": Access is denied$/m),
    );
    assert.equal(read(path), "a");
    assert.deepEqual(names(folder), ["file"]);
  });
});

Deno.test("transformFile: what the change throws comes through, and nothing stays behind", async () => {
  await inFolder(async (folder) => {
    const fault = new RangeError("a fault");
    const failing = transformFile(`${folder}/file`, () => {
      throw fault;
    });
    await assert.rejects(failing, (error) => error === fault);
    assert.deepEqual(names(folder), []);
  });
});

Deno.test("transformFile: a writer that keeps the lock is waited for until the deadline", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    const lock = await lockFile(`${folder}/.file.stssamldriver-lock`, { deadlineMs: 1000 });
    const wanted = refused("lock-timeout", /another process has held it for 0.1 s$/);
    await assert.rejects(transformFile(path, append("x"), { lockDeadlineMs: 50 }), wanted);
    await assert.rejects(checkWritable(path, { lockDeadlineMs: 50 }), wanted);
    lock.release();
    await transformFile(path, append("x"));
    assert.deepEqual(names(folder), ["file"]);
    await new Promise((resolve) => setTimeout(resolve, 30)); // the two that gave up get their turn
  });
});

function mounted(args: readonly string[], at: string): boolean {
  return new Deno.Command("mount", { args: [...args, at], stderr: "null" }).outputSync().success;
}
function unmount(at: string): void {
  assert(new Deno.Command("umount", { args: [at] }).outputSync().success);
}
const mounts = LINUX_ROOT && (() => {
  const folder = Deno.makeTempDirSync();
  const can = mounted(["-t", "tmpfs", "none"], folder);
  if (can) unmount(folder);
  Deno.removeSync(folder);
  return can;
})();

Deno.test({
  name: "transformFile: a full disk, a read-only one and a mounted file (needs root who may mount)",
  ignore: !mounts,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      assert(mounted(["-t", "tmpfs", "-o", "size=64k", "none"], folder));
      try {
        Deno.writeTextFileSync(path, "x".repeat(20_000));
        await checkWritable(path);
        const full = refused("disk-full", /the disk is full$/);
        await assert.rejects(transformFile(path, append("y".repeat(40_000))), full);
        assert.equal(read(path), "x".repeat(20_000));
        assert.deepEqual(names(folder), ["file"]);
        await transformFile(path, append("y"));
        // A second one of the same size would just fit, but nothing could be added.
        Deno.writeTextFileSync(path, "x".repeat(32 * 1024));
        await assert.rejects(checkWritable(path), full);
        assert.deepEqual(names(folder), ["file"]);

        Deno.writeTextFileSync(path, "old");
        assert(mounted(["--bind", path], path));
        await assert.rejects(
          transformFile(path, append("y")),
          refused("file-busy", /in use, or a mount of its own$/),
        );
        unmount(path);
        assert.equal(read(path), "old");
        assert.deepEqual(names(folder), ["file"]);

        assert(mounted(["-o", "remount,ro"], folder));
        const frozen = refused("folder-read-only", /its file system is read-only$/);
        await assert.rejects(transformFile(path, append("y")), frozen);
        await assert.rejects(checkWritable(path), frozen);
        await assert.rejects(checkWritable(`${folder}/new/file`), frozen);
      } finally {
        unmount(folder);
      }
    }),
});

Deno.test({
  name: "transformFile: root keeps the owner of another user's file (needs root)",
  ignore: !LINUX_ROOT,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      Deno.writeTextFileSync(path, "old");
      Deno.chmodSync(path, 0o640);
      Deno.chownSync(path, NOBODY, NOBODY - 1);
      const report = await transformFile(path, append("+"));
      const { uid, gid, mode } = Deno.statSync(path);
      assert.deepEqual([uid, gid, (mode ?? 0) & 0o777], [NOBODY, NOBODY - 1, 0o640]);
      assert.equal(report.foreign, true);
    }),
});

Deno.test({
  name: "transformFile: another user's files and folders (needs root, to become nobody)",
  ignore: !LINUX_ROOT,
  fn: (t) =>
    inFolder(async (home) => {
      Deno.chownSync(home, NOBODY, NOBODY);
      try {
        Deno.linkSync(Deno.realPathSync(Deno.execPath()), `${home}/deno`);
      } catch {
        Deno.copyFileSync(Deno.execPath(), `${home}/deno`);
      }
      const as = { uid: NOBODY, home };
      type Case = readonly [
        name: string,
        mode: number,
        gid: number,
        folder: "mine" | "root's",
        then: number | readonly [code: string, message: RegExp],
      ];
      const hands: Case[1 | 4] = ["file-read-only", /you may not both read and write it$/];
      const cases: readonly Case[] = [
        ["root's file", 0o644, 0, "mine", hands],
        ["root's closed file", 0o600, 0, "mine", hands],
        // Nobody may give a file away, so it becomes nobody's; whom it was open to never grows.
        ["root's open file", 0o666, 0, "mine", 0o666],
        ["root's file, open to others but not to its group", 0o606, 0, "mine", 0o606],
        ["root's file, more open to its group", 0o676, 0, "mine", 0o666],
        ["my group's file", 0o660, NOBODY, "mine", 0o660],
        ["open file in root's folder", 0o666, 0, "root's", [
          "folder-read-only",
          /you may not make files in its folder ".*folder"$/,
        ]],
      ];
      for (const [name, mode, gid, owner, then] of cases) {
        await t.step(name, async () => {
          const folder = `${home}/folder`;
          const path = `${folder}/file`;
          Deno.mkdirSync(folder);
          if (owner === "mine") Deno.chownSync(folder, NOBODY, NOBODY);
          Deno.writeTextFileSync(path, "old");
          Deno.chmodSync(path, mode);
          Deno.chownSync(path, 0, gid);
          for (const action of ["check", "append"] as const) {
            const { result } = await runChild({ action, path, line: "+" }, as);
            if (typeof then === "number") {
              assert.equal(result.message, undefined);
            } else {
              assert.equal(result.code, then[0]);
              assert.match(result.message ?? "", then[1]);
            }
          }
          assert.equal(read(path), typeof then === "number" ? "old+" : "old");
          assert.equal(modeOf(path), typeof then === "number" ? then : mode);
          assert.deepEqual(names(folder), ["file"]);
          Deno.removeSync(folder, { recursive: true });
        });
      }
      await t.step(
        "a folder that cannot be made, a file that cannot be read, root's lock",
        async () => {
          Deno.mkdirSync(`${home}/root`);
          for (const action of ["check", "append"] as const) {
            const task = { action, path: `${home}/root/a/b/file`, line: "+" };
            assert.equal((await runChild(task, as)).result.code, "folder-read-only");
          }
          Deno.writeTextFileSync(`${home}/root/file`, "", { mode: 0o600 });
          const reading = { action: "read", path: `${home}/root/file` } as const;
          assert.equal((await runChild(reading, as)).result.code, "file-unreadable");
          Deno.writeTextFileSync(`${home}/.x.stssamldriver-lock`, "", { mode: 0o600 });
          const { result } = await runChild({ action: "check", path: `${home}/x` }, as);
          assert.equal(result.code, "lock-unavailable");
          assert.match(result.hint ?? "", /the lock file may be removed$/);
        },
      );
    }),
});
