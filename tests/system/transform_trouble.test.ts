import assert from "node:assert/strict";
import { checkWritable, transformFile } from "../../src/system/transform_file.ts";
import { append, inFolder, modeOf, names, read, refused } from "./files.ts";
import { CAN_MOUNT, LINUX_ROOT, mounted, unmount } from "../support/mounts.ts";
import { runChild } from "./transform_child.ts";

const NOBODY = 65534;

Deno.test({
  name: "transformFile: a full disk, a read-only one and a mounted file (needs root who may mount)",
  ignore: !CAN_MOUNT,
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
        // It was found by the rename alone: after the sign-in, whose session had nowhere to go.
        const busy = refused("file-busy", /in use, or mounted by itself$/);
        await assert.rejects(checkWritable(path), busy);
        await assert.rejects(transformFile(path, append("y")), busy);
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
      const hands: Case[1 | 4] = ["file-read-only", /: no permission to read and write it$/];
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
          /: no permission to create files in ".*folder"$/,
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
      // The rename alone was refused, and then for the reason that files cannot be made in the folder.
      await t.step("a folder where only owners may replace files", async () => {
        const folder = `${home}/sticky`;
        const path = `${folder}/file`;
        const why = /only its owner can replace it in this folder, and that is the user with ID 0$/;
        const rows = [
          [0, 0, 0o1777, why],
          [NOBODY, 0, 0o1777, undefined],
          [0, NOBODY, 0o1777, undefined],
          [0, 0, 0o777, undefined],
        ] as const;
        for (const [fileOf, folderOf, mode, refusal] of rows) {
          Deno.mkdirSync(folder);
          Deno.writeTextFileSync(path, "old");
          Deno.chmodSync(path, 0o666);
          Deno.chownSync(path, fileOf, fileOf);
          Deno.chownSync(folder, folderOf, folderOf);
          Deno.chmodSync(folder, mode);
          for (const action of ["check", "append"] as const) {
            const { result } = await runChild({ action, path, line: "+" }, as);
            assert.equal(result.code, refusal && "folder-sticky", result.message);
            if (refusal !== undefined) assert.match(result.message ?? "", refusal);
          }
          assert.deepEqual(names(folder), ["file"]);
          Deno.removeSync(folder, { recursive: true });
        }
      });
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
          assert.match(result.hint ?? "", /you can delete the lock file\.$/);
        },
      );
    }),
});
