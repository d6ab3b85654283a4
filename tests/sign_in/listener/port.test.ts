import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ExitCode, UserError } from "../../../src/errors.ts";
import type { SignInEvent } from "../../../src/sign_in/events.ts";
import { type ClaimOptions, claimPort } from "../../../src/sign_in/listener/port.ts";
import { lockFile, readLockNote } from "../../../src/system/file_lock.ts";
import { freePort } from "../../support/driver.ts";
import { eventually } from "../../support/eventually.ts";
import { portIsFree } from "../../support/raw_http.ts";

const CHILD = fileURLToPath(new URL("port_child.ts", import.meta.url));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(`${folder}/cache`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function claim(port: number, different: Partial<ClaimOptions> = {}) {
  const events: SignInEvent[] = [];
  const options: ClaimOptions = {
    listen: { port, handler: () => Promise.resolve(new Response("mine")) },
    purpose: "arn:aws:iam::111122223333:role/Mine",
    timeoutMs: 20_000,
    watch: (event) => void events.push(event),
    signal: new AbortController().signal,
    ...different,
  };
  return { events, options };
}

/** A driver in a process of its own. */
function driver(folder: string, port: number, purpose: string, timeoutMs = 20_000) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", CHILD, folder, String(port), String(timeoutMs), purpose],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  const until = async (text: string) => {
    while (!said.includes(text)) {
      const { value, done } = await lines.read();
      if (done) throw new Error(`It ended without "${text}", but: ${said}`);
      said += value;
    }
    return said;
  };
  return {
    until,
    pid: child.pid,
    async end() {
      const stdin = child.stdin.getWriter();
      await stdin.close().catch(() => {});
      await until("closed");
      await child.status;
      await lines.cancel();
    },
    async kill() {
      child.kill("SIGKILL");
      await child.status;
      await lines.cancel();
      await child.stdin.close().catch(() => {});
    },
    async gone() {
      while (!(await lines.read()).done);
      await child.status;
      await child.stdin.close().catch(() => {});
    },
  };
}

Deno.test("claimPort: a free port is ours, and free again after close", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    const { events, options } = claim(port);
    const listener = await claimPort(folder, options);
    assert.deepEqual(listener.addresses, ["127.0.0.1", "::1"]);
    assert.equal(await (await fetch(`http://localhost:${port}/`)).text(), "mine");
    const lock = `${folder}/port-${port}.lock`;
    if (Deno.build.os !== "windows") {
      assert.equal((Deno.statSync(folder).mode ?? 0) & 0o077, 0, "nobody else looks in");
      assert.equal((Deno.statSync(lock).mode ?? 0) & 0o077, 0);
      assert.deepEqual(JSON.parse(Deno.readTextFileSync(lock)), {
        pid: Deno.pid,
        purpose: options.purpose,
      });
    }
    await listener.close(100);
    assert.ok(portIsFree(port));
    (await lockFile(lock, { deadlineMs: 1000 })).release();
    assert.deepEqual(events, []);
  });
});

Deno.test("claimPort: a second driver waits for the first, says for whom, and takes over", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    const first = driver(folder, port, "arn:aws:iam::111122223333:role/First");
    await first.until("claimed");
    const { events, options } = claim(port);
    const second = claimPort(folder, options);
    while (events.length === 0) await pause(10);
    assert.deepEqual(events, [{
      kind: "queued",
      port,
      holder: `arn:aws:iam::111122223333:role/First, process ${first.pid}`,
    }]);
    const answered = await fetch(`http://localhost:${port}/`);
    assert.equal(await answered.text(), "arn:aws:iam::111122223333:role/First");
    await first.end();
    const listener = await second;
    assert.equal(await (await fetch(`http://localhost:${port}/`)).text(), "mine");
    await listener.close(100);
    assert.equal(events.length, 1);
  });
});

// The kernel frees a killed process's lock and its port one after the other.
Deno.test("claimPort: when the first is killed the second goes on", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    for (let round = 0; round < 5; round++) {
      const first = driver(folder, port, "first");
      await first.until("claimed");
      const { events, options } = claim(port);
      const second = claimPort(folder, options);
      while (events.length === 0) await pause(10);
      await first.kill();
      await (await second).close(100);
    }
  });
});

Deno.test("claimPort: a killed driver's port may be free later than its lock", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    const late = Deno.listen({ hostname: "127.0.0.1", port });
    const claimed = claimPort(folder, claim(port).options);
    await eventually("the lock", () => readLockNote(`${folder}/port-${port}.lock`));
    late.close();
    await (await claimed).close(100);
  });
});

Deno.test("claimPort: several that wait each get their turn", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    const first = await claimPort(folder, claim(port).options);
    const turns: number[] = [];
    const others = [1, 2, 3].map(async (number) => {
      const listener = await claimPort(folder, claim(port).options);
      turns.push(number);
      await listener.close(50);
    });
    await pause(150);
    assert.deepEqual(turns, []);
    await first.close(50);
    await Promise.all(others);
    assert.deepEqual(turns.toSorted(), [1, 2, 3]);
    assert.ok(portIsFree(port));
  });
});

Deno.test("claimPort: a driver that keeps it too long is exit code 3 and named", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    const first = await claimPort(folder, claim(port, { purpose: "the first one" }).options);
    const { options } = claim(port, { timeoutMs: 50 });
    await assert.rejects(claimPort(folder, options), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, ExitCode.PORT);
      assert.equal(error.code, "port-busy");
      assert.equal(
        error.message,
        `Port ${port} is still taken by another sign-in (the first one, process ${Deno.pid})`,
      );
      assert.match(error.hint ?? "", /--timeout/);
      return true;
    });
    await first.close(100);
    // The turn that was waited for in vain comes now, and is given up by itself.
    await pause(50);
    await (await claimPort(folder, claim(port).options)).close(100);
  });
});

Deno.test("claimPort: a stranger on the port is exit code 3, and is not waited for", async () => {
  await inFolder(async (folder) => {
    for (const hostname of ["127.0.0.1", "::1"]) {
      const port = freePort();
      const stranger = Deno.listen({ hostname, port });
      const { events, options } = claim(port);
      try {
        await assert.rejects(claimPort(folder, options), { exitCode: 3, code: "port-taken" });
      } finally {
        stranger.close();
      }
      assert.deepEqual(events, []);
      assert.ok(portIsFree(port));
      await (await claimPort(folder, options)).close(100);
    }
  });
});

Deno.test("claimPort: other ports are none of its business", async () => {
  await inFolder(async (folder) => {
    const ports = [freePort(), freePort()];
    const listeners = await Promise.all(
      ports.map((port) => claimPort(folder, claim(port).options)),
    );
    await Promise.all(listeners.map((listener) => listener.close(100)));
  });
});

Deno.test("claimPort: where no lock can be kept the port alone decides", async () => {
  await inFolder(async (folder) => {
    // A file in the folder's place stops every user, root too.
    Deno.writeTextFileSync(folder, "");
    const port = freePort();
    const { events, options } = claim(port);
    const listener = await claimPort(folder, options);
    assert.equal(events.length, 1);
    assert.ok(events[0]?.kind === "detail");
    assert.match(
      events[0].message,
      /^No lock file is kept, so another sign-in is not waited for: /,
    );
    await assert.rejects(claimPort(folder, claim(port).options), { code: "port-taken" });
    await listener.close(100);
  });
  const port = freePort();
  const { events, options } = claim(port);
  await (await claimPort(undefined, options)).close(100);
  assert.deepEqual(events, [], "no home folder, no word about it");
});

Deno.test("claimPort: what stands in the lock file's place is no reason to fail", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    Deno.mkdirSync(`${folder}/port-${port}.lock`, { recursive: true });
    const { events, options } = claim(port);
    await (await claimPort(folder, options)).close(100);
    assert.equal(events[0]?.kind, "detail");
  });
});

Deno.test("claimPort: a note that is nonsense names nobody", async () => {
  await inFolder(async (folder) => {
    const notes = ["", "{", "null", "[]", "3", '{"purpose":3,"pid":"x"}', '{"purpose":""}'];
    for (const note of notes) {
      const port = freePort();
      Deno.mkdirSync(folder, { recursive: true });
      const path = `${folder}/port-${port}.lock`;
      const held = await lockFile(path, { deadlineMs: 1000 });
      Deno.writeTextFileSync(path, note);
      const { events, options } = claim(port, { timeoutMs: 20 });
      await assert.rejects(claimPort(folder, options), {
        message: `Port ${port} is still taken by another sign-in`,
      });
      assert.deepEqual(events, [{ kind: "queued", port, holder: undefined }], note);
      held.release();
      await pause(20);
    }
  });
});

Deno.test("claimPort: an interruption ends the waiting at once", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    const first = await claimPort(folder, claim(port).options);
    const interruption = new AbortController();
    const reason = new UserError("interrupted", "Interrupted", {
      exitCode: ExitCode.INTERRUPTED,
    });
    const { events, options } = claim(port, { signal: interruption.signal, timeoutMs: 700 });
    const second = claimPort(folder, options);
    const failed = assert.rejects(second, (error) => error === reason);
    while (events.length === 0) await pause(10);
    interruption.abort(reason);
    await failed;
    await first.close(100);
    assert.ok(portIsFree(port));
    // The abandoned wait keeps its timer until then.
    await pause(800);
  });
});

Deno.test("claimPort: the timeout of a driver in another process is exit code 3 there", async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    const first = await claimPort(folder, claim(port).options);
    const second = driver(folder, port, "second", 100);
    const said = await second.until("UserError");
    assert.match(said, /"kind":"queued"/);
    await second.until(`UserError 3 Port ${port} is still taken by another sign-in`);
    await second.gone();
    await first.close(100);
  });
});
