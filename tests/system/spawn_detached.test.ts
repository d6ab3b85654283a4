import assert from "node:assert/strict";
import { spawnDetached } from "../../src/system/spawn_detached.ts";
import { ended, posix, withPrograms } from "../support/programs.ts";

Deno.test({
  ...posix,
  name: "spawnDetached: the child has a session of its own and holds none of our streams",
  fn: () =>
    withPrograms({
      helper: 'echo noise; echo noise >&2; cat; ls -l /proc/$$/fd | cat >"$HERE/fd"; ' +
        'cut -d" " -f1,6 /proc/$$/stat >"$HERE/stat"',
    }, async (folder, env) => {
      const child = spawnDetached({ command: "helper", args: [] }, env);
      const { code } = await ended(child);
      if (Deno.build.os !== "linux") return;
      assert.equal(code, 0);
      const [pid, session] = (await Deno.readTextFile(`${folder}/stat`)).trim().split(" ");
      assert.equal(pid, String(child.pid));
      assert.equal(session, pid);
      const fds = (await Deno.readTextFile(`${folder}/fd`)).match(/ [012] -> .*/g);
      assert.deepEqual(fds, [" 0 -> /dev/null", " 1 -> /dev/null", " 2 -> /dev/null"]);
    }),
});

Deno.test("spawnDetached: a program that does not exist is NotFound", () => {
  assert.throws(
    () => spawnDetached({ command: "no-such-program-here", args: [] }, { PATH: "/usr/bin:/bin" }),
    (error) => error instanceof Error && error.name === "NotFound",
  );
});

Deno.test({
  ...posix,
  name: "spawnDetached: a process whose helper runs on can end",
  fn: async () => {
    const module = new URL("../../src/system/spawn_detached.ts", import.meta.url).href;
    const code = `import { spawnDetached } from ${JSON.stringify(module)};
      const child = spawnDetached({ command: "sleep", args: ["60"] }, { PATH: "/usr/bin:/bin" });
      child.status.then(() => {});
      console.log(child.pid);`;
    const started = performance.now();
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", code],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const pid = Number(new TextDecoder().decode(stdout));
    Deno.kill(pid, "SIGKILL");
    assert.ok(performance.now() - started < 30_000);
  },
});

Deno.test({
  ...posix,
  name: "spawnDetached: what the child must not have in its arguments is its input",
  fn: () =>
    withPrograms(
      { helper: 'cat >"$HERE/input"; echo "$#" >"$HERE/count"' },
      async (folder, env) => {
        const child = spawnDetached({ command: "helper", args: [], input: "a line\n" }, env);
        assert.equal((await ended(child)).code, 0);
        assert.equal(await Deno.readTextFile(`${folder}/input`), "a line\n");
        assert.equal(await Deno.readTextFile(`${folder}/count`), "0\n");
      },
    ),
});

Deno.test({
  ...posix,
  name: "spawnDetached: a child that does not read its input ends as it likes",
  fn: () =>
    withPrograms({ helper: "exit 3" }, async (_folder, env) => {
      const child = spawnDetached({ command: "helper", args: [], input: "x".repeat(1e6) }, env);
      assert.equal((await ended(child)).code, 3);
    }),
});
