import assert from "node:assert/strict";
import { lockFile } from "../../src/system/file_lock.ts";
import {
  checkWritable,
  transformFile,
  type TransformStep,
} from "../../src/system/transform_file.ts";
import { append, inFolder, modeOf, names, POSIX, read, refused } from "./files.ts";
import { runChild } from "./transform_child.ts";

const STEPS: readonly TransformStep[] = [
  ...["folder-made", "locked", "read", "changed"] as const,
  ...["temp-created", "temp-written", "temp-owned", "temp-synced"] as const,
  ...["renamed", "folder-synced"] as const,
];

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
    const wanted = refused("lock-timeout", /another process has held the lock for 0.1 s$/);
    await assert.rejects(transformFile(path, append("x"), { lockDeadlineMs: 50 }), wanted);
    await assert.rejects(checkWritable(path, { lockDeadlineMs: 50 }), wanted);
    lock.release();
    await transformFile(path, append("x"));
    assert.deepEqual(names(folder), ["file"]);
    await new Promise((resolve) => setTimeout(resolve, 30)); // the two that gave up get their turn
  });
});
