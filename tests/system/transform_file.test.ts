import assert from "node:assert/strict";
import { readTextFile } from "../../src/system/text_file.ts";
import { checkWritable, transformFile } from "../../src/system/transform_file.ts";
import { append, inFolder, modeOf, names, POSIX, read, refused } from "./files.ts";

/** With a umask of its own; every path of a test that sets one is POSIX only. */
async function withUmask(umask: number, test: () => Promise<void>): Promise<void> {
  const before = Deno.umask(umask);
  try {
    await test();
  } finally {
    Deno.umask(before);
  }
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
    ["symlink to itself", link("x"), "x", "symlink-loop", /symlinks form a loop$/],
    ["folder that is a file", () => {}, "file/x", "folder-missing", /its path is a file/],
    [
      "folder that leads nowhere",
      link("none"),
      "x/y",
      "folder-missing",
      /or a symlink on the way is broken$/,
    ],
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

// The lock's name is longer than the file's: of a name that just fits it was a fault, exit code 1, and in a
// folder still to be made it was not found before the sign-in.
Deno.test("transformFile: a name that is too long, by itself or for its lock, is refused", () =>
  inFolder(async (folder) => {
    const long = refused("file-name-long", /or the name of its lock file, is too long$/);
    for (const path of ["x".repeat(255), "x".repeat(256), `new/${"x".repeat(255)}`]) {
      await assert.rejects(checkWritable(`${folder}/${path}`), long);
      assert.deepEqual(names(folder), []);
    }
    for (const length of [255, 256]) {
      await assert.rejects(transformFile(`${folder}/${"x".repeat(length)}`, append("x")), long);
      assert.deepEqual(names(folder), []);
    }
    assert.throws(() => readTextFile(`${folder}/${"x".repeat(256)}`), long);
  }));

Deno.test("checkWritable: rehearses with the text that a change would be given", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "old");
    const hourAgo = new Date(Date.now() - 3_600_000);
    Deno.utimeSync(`${folder}/file`, hourAgo, hourAgo);
    const seen: (string | undefined)[] = [];
    const rehearse = (old: string | undefined) => void seen.push(old);
    for (const path of ["file", "none", "new/file"]) {
      await checkWritable(`${folder}/${path}`, { rehearse });
    }
    assert.deepEqual(seen, ["old", undefined, undefined]);
    const fault = new RangeError("a fault");
    for (const path of ["file", "new/file"]) {
      const failing = checkWritable(`${folder}/${path}`, {
        rehearse() {
          throw fault;
        },
      });
      await assert.rejects(failing, (error) => error === fault);
    }
    assert.deepEqual(names(folder), ["file"]);
  }));

Deno.test("checkWritable: leaves a file as it was, its links counted", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    Deno.writeTextFileSync(path, "old");
    const { ino, nlink, mtime } = Deno.statSync(path);
    await checkWritable(path);
    const after = Deno.statSync(path);
    assert.deepEqual([after.ino, after.nlink, after.mtime], [ino, nlink, mtime]);
    assert.deepEqual(names(folder), ["file"]);
  }));

Deno.test("transformFile: where no lock can be had it writes only if told so, and leaves nothing", async () => {
  const { lock } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.lock = () => Promise.reject(new Error("No locks available (os error 37)"));
  try {
    await inFolder(async (folder) => {
      const path = `${folder}/new/config`;
      await assert.rejects(transformFile(path, append("a\n")), refused("lock-unsupported", /lock/));
      assert.deepEqual(names(folder), [], "not even the folder that was made");
      await transformFile(path, append("a\n"), { unlocked: true });
      await transformFile(path, append("b\n"), { unlocked: true });
      assert.deepEqual([names(`${folder}/new`), read(path)], [["config"], "a\nb\n"]);
    });
  } finally {
    Deno.FsFile.prototype.lock = lock;
  }
});

Deno.test({
  name:
    "checkWritable: root is warned of a new file in another's folder, and of no other (POSIX, as root)",
  ignore: !POSIX || Deno.uid() !== 0,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/.aws/config`;
      assert.deepEqual((await checkWritable(path)).warnings, []);
      Deno.chownSync(folder, 65534, 65534);
      const warned = async () => (await checkWritable(path)).warnings;
      const warning =
        `Running as root in a folder of the user with ID 65534: ${path} will belong to ` +
        "root. Without sudo it would be yours";
      assert.deepEqual(await warned(), [warning]);
      Deno.mkdirSync(`${folder}/.aws`);
      assert.deepEqual(await warned(), [], "root's own folder");
      Deno.chownSync(`${folder}/.aws`, 65534, 65534);
      assert.deepEqual(await warned(), [warning]);
      Deno.writeTextFileSync(path, "");
      assert.deepEqual(await warned(), [], "a file that is there keeps its owner");
    }),
});
