import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { lockFile, readLockNote, requestLock } from "../../src/system/file_lock.ts";

const POSIX = Deno.build.os !== "windows";

async function inFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A lock that was waited for in vain is granted and dropped when its turn comes: let it. */
async function drained(path: string): Promise<void> {
  (await lockFile(path, { deadlineMs: 5000 })).release();
  await pause(200);
}

async function holder(path: string, purpose: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", new URL("lock_child.ts", import.meta.url).href, path, purpose],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  await child.stdout.cancel();
  assert.equal(new TextDecoder().decode(value), "held\n");
  return child;
}

Deno.test("lockFile: a free lock comes at once, in a file for its owner alone", async () => {
  await inFolder(async (folder) => {
    const before = POSIX ? Deno.umask(0) : 0;
    const path = `${folder}/lock`;
    try {
      using _lock = await lockFile(path, { deadlineMs: 1000 });
      if (POSIX) assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    } finally {
      if (POSIX) Deno.umask(before);
    }
    assert.equal(Deno.statSync(path).size, 0, "it stays, empty");
  });
});

Deno.test("lockFile: two holders in one process exclude each other, in turn", async () => {
  await inFolder(async (folder) => {
    const log: string[] = [];
    await Promise.all(["a", "b", "c"].map(async (name) => {
      using _lock = await lockFile(`${folder}/lock`, { deadlineMs: 5000, removeOnRelease: true });
      log.push(`${name}+`);
      await pause(10);
      log.push(`${name}-`);
    }));
    assert.equal(log.length, 6);
    for (let i = 0; i < 6; i += 2) assert.equal(log[i]?.[0], log[i + 1]?.[0], log.join(" "));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("lockFile: the deadline is an error that names the file, and the next one gets the lock", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const first = await lockFile(path, { deadlineMs: 1000 });
    await assert.rejects(lockFile(path, { deadlineMs: 60 }), (error) => {
      assert(error instanceof UserError);
      assert.deepEqual([error.code, error.exitCode], ["lock-timeout", 8]);
      assert.equal(
        error.message,
        `Cannot lock "${path}": another process has held the lock for 0.1 s`,
      );
      return true;
    });
    first.release();
    await drained(path);
  });
});

Deno.test("requestLock: says soon that somebody holds it, then goes on waiting for the same lock", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const first = await lockFile(path, { deadlineMs: 1000 });
    const request = requestLock(path);
    const asked = performance.now();
    assert.equal(await request.within(50), undefined);
    assert(performance.now() - asked < 1000);
    setTimeout(() => first.release(), 30);
    const lock = await request.within(5000);
    assert(lock !== undefined);
    assert.equal(await request.within(1), lock, "asked again, it is the same one");
    assert.equal(await requestTaken(path), true);
    lock.release();
    await pause(300);
  });
});

async function requestTaken(path: string): Promise<boolean> {
  const request = requestLock(path);
  const lock = await request.within(50);
  request.abandon();
  return lock === undefined;
}

Deno.test("requestLock: abandoned before or after its turn, it holds nobody up", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const first = await lockFile(path, { deadlineMs: 1000 });
    const [early, late] = [requestLock(path), requestLock(path)];
    assert.equal(await early.within(20), undefined);
    early.abandon();
    assert.equal(await early.within(20), undefined);
    first.release();
    await pause(50); // `late` has the lock now, and nobody has asked for it
    late.abandon();
    assert.equal(await requestTaken(path), false);
    await drained(path);
  });
});

Deno.test("requestLock: a lock on a file that was removed meanwhile does not count", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const first = await lockFile(path, { deadlineMs: 1000, removeOnRelease: true });
    const second = requestLock(path);
    assert.equal(await second.within(30), undefined);
    first.release();
    const lock = await second.within(5000);
    assert(lock !== undefined);
    // A newcomer opens the path, so only a lock on what is there now keeps it out.
    assert.equal(await requestTaken(path), true);
    lock.release();
    await drained(path);
  });
});

Deno.test("release: never removes the lock file of somebody else", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const lock = await lockFile(path, { deadlineMs: 1000, removeOnRelease: true });
    Deno.removeSync(path); // tidied by hand
    using _other = await lockFile(path, { deadlineMs: 1000 });
    lock.release();
    lock.release();
    assert.equal(Deno.statSync(path).isFile, true);
  });
});

Deno.test("writeNote: is read by who waits, replaced by a shorter one, and gone with the lock", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/lock`;
    assert.equal(readLockNote(path), undefined);
    const lock = await lockFile(path, { deadlineMs: 1000 });
    assert.equal(readLockNote(path), undefined);
    lock.writeNote({ purpose: "a long purpose with blanks", pid: 1 });
    lock.writeNote({ purpose: "ü" });
    // Windows lets nobody else read a locked file.
    assert.deepEqual(readLockNote(path), POSIX ? { purpose: "ü" } : undefined);
    lock.release();
    assert.equal(Deno.readTextFileSync(path), "");
  });
});

Deno.test({
  name: "attack: a lock file that is a hard link to another file does not empty that file (POSIX)",
  ignore: !POSIX,
  fn: async () => {
    await inFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/precious`, "precious", { mode: 0o600 });
      Deno.linkSync(`${folder}/precious`, `${folder}/lock`);
      {
        using lock = await lockFile(`${folder}/lock`, { deadlineMs: 1000 });
        lock.writeNote({ purpose: "a note that must not be written" });
        assert.equal(Deno.readTextFileSync(`${folder}/precious`), "precious");
      }
      assert.equal(Deno.readTextFileSync(`${folder}/precious`), "precious");
    });
  },
});

Deno.test("readLockNote: what is no note is no note", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["empty", ""],
    ["torn", '{"pid": 1, "purp'],
    ["not text", "\u0000\u0001"],
    ["longer than any note", `"${"x".repeat(5000)}"`],
  ];
  await inFolder(async (folder) => {
    for (const [name, text] of cases) {
      await t.step(name, () => {
        Deno.writeTextFileSync(`${folder}/lock`, text);
        assert.equal(readLockNote(`${folder}/lock`), undefined);
      });
    }
    await t.step("a folder", () => assert.equal(readLockNote(folder), undefined));
  });
});

Deno.test("lockFile: SIGKILL frees the lock, and the killed holder's note does not speak for the next", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/lock`;
    const child = await holder(path, "profile dev");
    try {
      const request = requestLock(path);
      assert.equal(await request.within(80), undefined);
      if (POSIX) assert.deepEqual(readLockNote(path), { pid: child.pid, purpose: "profile dev" });
      child.kill("SIGKILL");
      const lock = await request.within(5000);
      assert(lock !== undefined);
      assert.equal(readLockNote(path), undefined);
      lock.release();
    } finally {
      await child.stdin.close().catch(() => {});
      await child.status;
    }
  });
});

Deno.test("lockFile: a lock file that cannot be is an error with a reason", async (t) => {
  const cases: readonly (readonly [string, (path: string) => void, string, RegExp])[] = [
    ["no folder", () => {}, "none/lock", /the folder ".*none" does not exist/],
    ["folder", (path) => Deno.mkdirSync(path), "lock", /it is a folder, not a regular file/],
    ["symlink", (path) => Deno.symlinkSync("x", path), "lock", /it is a symlink, not a regular/],
    ["file as folder", (path) => Deno.writeTextFileSync(path.slice(0, -2), ""), "f/l", /is a file/],
  ];
  for (const [name, prepare, file, message] of cases) {
    await t.step(name, async () => {
      await inFolder(async (folder) => {
        prepare(`${folder}/${file}`);
        await assert.rejects(lockFile(`${folder}/${file}`, { deadlineMs: 1000 }), (error) => {
          assert(error instanceof UserError);
          assert.equal(error.exitCode, 8);
          assert.match(error.message, message);
          return true;
        });
        assert.equal(Deno.lstatSync(folder).isDirectory, true);
      });
    });
  }
});

Deno.test("lockFile: a file system without locks is told, and keeps no empty file of ours", async () => {
  const { lock } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.lock = () => Promise.reject(new Error("No locks available (os error 37)"));
  try {
    await inFolder(async (folder) => {
      const refused = async () => {
        const error = await lockFile(`${folder}/lock`, { deadlineMs: 1000 })
          .then(() => assert.fail(), (error) => error);
        assert(error instanceof UserError);
        assert.deepEqual([error.code, error.exitCode], ["lock-unsupported", 8]);
      };
      await refused();
      assert.deepEqual([...Deno.readDirSync(folder)], []);
      Deno.writeTextFileSync(`${folder}/lock`, "");
      await refused();
      assert.equal(Deno.statSync(`${folder}/lock`).size, 0, "another's stays");
    });
  } finally {
    Deno.FsFile.prototype.lock = lock;
  }
});
