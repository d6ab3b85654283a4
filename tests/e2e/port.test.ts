/** Whose the port is, and that it is given back however the driver ends. */

import assert from "node:assert/strict";
import { driverEnv, programs } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { rawConnection, strayTexts } from "../support/raw_http.ts";
import {
  assertFailed,
  assertFree,
  detailOf,
  endOf,
  headingOf,
  post,
  someAtATime,
  soon,
  stagedDriver,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

/** Who else may have the port. */
const HOLDERS: readonly {
  readonly name: string;
  readonly holds: readonly string[];
  readonly named: string;
}[] = [
  { name: "127.0.0.1 only", holds: ["127.0.0.1"], named: "127.0.0.1:" },
  { name: "::1 only", holds: ["::1"], named: "[::1]:" },
  { name: "both", holds: ["127.0.0.1", "::1"], named: "127.0.0.1:" },
  { name: "every IPv4 address", holds: ["0.0.0.0"], named: "127.0.0.1:" },
  { name: "every address", holds: ["::"], named: ":" },
];

/** A helper that leaves a file when it is started. */
async function tellTale(stage: Stage): Promise<{ readonly path: string; opened(): boolean }> {
  const path = `${stage.home}/browser`;
  await Deno.writeTextFile(path, `#!/bin/sh\n: > '${stage.home}/opened'\n`);
  await Deno.chmod(path, 0o755);
  return {
    path,
    opened: () => Deno.statSync(stage.home) && exists(`${stage.home}/opened`),
  };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const SIGNALS = [["SIGINT", 130, "Interrupted"], ["SIGTERM", 143, "Terminated"]] as const;

/** Far less than the 45 seconds of an exchange or the minutes of a wait, and more than a busy machine takes. */
const AT_ONCE_MS = 5000;

for (const program of programs()) {
  const posix = Deno.build.os !== "windows";
  const test = (title: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${program.name}: ${title}`, ignore: !posix, fn });

  test("a stranger's port is exit 3 at once, and no browser is opened", async () => {
    await someAtATime(HOLDERS, 3, async ({ name, holds, named }) => {
      await using stage = setStage();
      const browser = await tellTale(stage);
      const held = holds.map((hostname) => Deno.listen({ hostname, port: stage.port }));
      try {
        const args = ["--issuer", stage.idp.startUrl, "--browser", browser.path];
        await using driver = stagedDriver(stage, { program, args });
        const end = await endOf(driver);
        const taken = `Port ${stage.port} is in use: another program is listening on `;
        assertFailed(end, {
          code: 3,
          says: /^Port \d+ is in use: another program is listening on /,
        });
        assert.ok(end.stderr.includes(taken), name);
        assert.ok(end.stderr.split("\n")[0]?.includes(`${named}${stage.port}`) || named === ":");
        assert.match(end.stderr, /^ {2}To see which one: (ss|lsof|netstat) .*\d/m);
        assert.match(end.stderr, /--port/);
        assert.equal(browser.opened(), false);
      } finally {
        for (const listener of held) listener.close();
      }
      assertFree(stage.port);
    });
  });

  test("a second driver says for whom it waits, and then has its turn", async () => {
    await using stage = setStage();
    await using first = await waitingDriver(stage, { program });
    await using second = stagedDriver(stage, { program });
    const says = `Another sign-in has port ${stage.port} (`;
    await soon("the second to queue", second.waitFor(says));
    assert.match(second.said(), /role\/Dev, process \d+\); waiting for it to end/);
    assert.ok(second.said().includes(`process ${first.pid}`));
    await post(stage, stage.idp.signIn("alice").fields);
    assert.equal((await endOf(first)).code, 0);
    await soon("the second to listen", second.waitFor("Waiting on"));
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stdout, stderr } = await endOf(second);
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[1]?.accessKeyId);
    assertFree(stage.port);
  });

  test("a driver that was killed leaves its port to the next", async () => {
    await using stage = setStage();
    await using first = await waitingDriver(stage, { program });
    await using second = stagedDriver(stage, { program });
    await soon("the second to queue", second.waitFor("Another sign-in has port"));
    first.kill("SIGKILL");
    await soon("the second to listen", second.waitFor("Waiting on"));
    await post(stage, stage.idp.signIn("alice").fields);
    assert.equal((await endOf(second)).code, 0);
    // And one that nobody waited for leaves nothing that hinders.
    await using third = await waitingDriver(stage, { program });
    third.kill("SIGKILL");
    await endOf(third);
    await using fourth = await waitingDriver(stage, { program });
    assert.doesNotMatch(fourth.said(), /Another sign-in/);
  });

  test("one that queues in vain is told who has the port, exit 3", async () => {
    await using stage = setStage();
    await using _first = await waitingDriver(stage, { program });
    await using second = stagedDriver(stage, { program, args: ["--timeout", "1s"] });
    const says = /^Port \d+ is still taken by another sign-in \(.*role\/Dev, process \d+\)$/;
    assertFailed(await endOf(second), { code: 3, says });
  });

  test("a folder that takes no lock file hinders nobody", async () => {
    await using stage = setStage();
    await Deno.writeTextFile(`${stage.home}/.cache`, "");
    await using driver = await waitingDriver(stage, { program, args: ["--verbose"] });
    assert.match(driver.said(), /^No lock file is kept/m);
    await post(stage, stage.idp.signIn("alice").fields);
    assert.equal((await endOf(driver)).code, 0);
  });

  /** Brings a driver to a point, and says which driver the signal is for. */
  const MOMENTS = {
    "while it waits": async (stage: Stage) => [await waitingDriver(stage, { program })],
    "while it waits and logs in JSON": async (stage: Stage) => [
      await waitingDriver(stage, {
        program,
        args: ["--log-format", "json"],
        waits: '"listening"',
      }),
    ],
    "while it queues": async (stage: Stage) => {
      const first = await waitingDriver(stage, { program });
      const second = stagedDriver(stage, { program });
      await soon("the second to queue", second.waitFor("Another sign-in has port"));
      return [second, first];
    },
    "during the exchange": async (stage: Stage) => {
      stage.sts.behave({ kind: "hang" });
      const driver = await waitingDriver(stage, { program });
      using connection = await rawConnection(stage.port);
      const body = `SAMLResponse=${
        encodeURIComponent(stage.idp.signIn("alice").fields[0]?.[1] ?? "")
      }`;
      await connection.send(
        `POST /saml HTTP/1.1\r\nHost: localhost:${stage.port}\r\nContent-Length: ${body.length}\r\n` +
          `Content-Type: application/x-www-form-urlencoded\r\n\r\n${body}`,
      );
      await eventually("STS to be asked", () => stage.sts.calls.length > 0 ? true : undefined);
      return [driver];
    },
    "with connections that never finish": async (stage: Stage) => {
      const driver = await waitingDriver(stage, { program });
      for (const text of Object.values(strayTexts(stage.port))) {
        const connection = await rawConnection(stage.port, { text });
        driver.ended.finally(() => connection[Symbol.dispose]());
      }
      return [driver];
    },
    "after a refusal": async (stage: Stage) => {
      const driver = await waitingDriver(stage, { program });
      await post(stage, [["SAMLResponse", "AAAA"]]);
      return [driver];
    },
  };

  for (const [signal, code, says] of SIGNALS) {
    test(`${signal} ends it at once with ${code}, whatever it does`, async () => {
      await someAtATime(Object.entries(MOMENTS), 3, async ([moment, reach]) => {
        await using stage = setStage();
        const [driver, other] = await reach(stage);
        assert.ok(driver);
        try {
          driver.kill(signal);
          const end = await soon(`${signal} ${moment}`, driver.ended, AT_ONCE_MS);
          assert.equal(end.code, code, `${moment}: ${end.stderr}`);
          assert.equal(end.stdout, "", moment);
          assert.ok(end.stderr.includes(says), `${moment}: ${end.stderr}`);
          assert.doesNotMatch(end.stderr, /at file:|Uncaught/, moment);
          if (other === undefined) assertFree(stage.port);
        } finally {
          await driver[Symbol.asyncDispose]();
          await other?.[Symbol.asyncDispose]();
        }
        assertFree(stage.port);
      });
    });
  }

  test("without an assertion in time it ends with 4, and says to which address none came", async () => {
    await using stage = setStage();
    await using driver = stagedDriver(stage, { program, args: ["--timeout", "1s"] });
    const says = `No assertion came to http://localhost:${stage.port}/saml within 1 second`;
    assertFailed(await endOf(driver), { code: 4, says });
    assertFree(stage.port);
  });

  test("an assertion that came in time is seen through", async () => {
    await using stage = setStage({ sts: { behaviours: [{ kind: "delay", ms: 4500 }] } });
    await using driver = await waitingDriver(stage, { program, args: ["--timeout", "3s"] });
    const page = await post(stage, stage.idp.signIn("alice").fields);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(headingOf(page.text), "Signed in to AWS");
  });

  test("when nobody takes the product it ends with a failure, and does not hang", async () => {
    for (const redirection of [">/dev/full", "| true"]) {
      if (redirection === ">/dev/full" && Deno.build.os !== "linux") continue;
      await using stage = setStage();
      const [command, ...before] = program.command;
      // The pipe's reader is gone before the driver writes: it listens first.
      const line = `{ "$@" 4>&-; echo $? >"$HOME/code"; } ${redirection}`;
      const child = new Deno.Command("/bin/sh", {
        args: ["-c", line, "sh", command, ...before, ...stage.args],
        env: driverEnv({ home: stage.home, env: { ...stage.env, BROWSER: "none" } }),
        clearEnv: true,
        detached: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = child.output();
      await eventually("the driver to listen", async () => {
        const answer = await fetch(new URL("/", stage.acsUrl));
        await answer.body?.cancel();
        return true;
      });
      const page = await post(stage, stage.idp.signIn("alice").fields);
      const { stdout, stderr } = await soon("the end", output);
      const said = new TextDecoder().decode(stderr);
      const code = await eventually(
        "its exit code",
        () => Deno.readTextFileSync(`${stage.home}/code`).trim() || undefined,
      );
      assert.equal(code, "8", `${redirection}: ${said}`);
      assert.match(said, /^stssamldriver: Cannot write to stdout: /m);
      assert.match(detailOf(page.text), /^Cannot write to stdout: /);
      assert.equal(new TextDecoder().decode(stdout), "");
      for (const { secretAccessKey, sessionToken } of stage.sts.handedOut) {
        assert.ok(!said.includes(secretAccessKey) && !said.includes(sessionToken), redirection);
      }
      assertFree(stage.port);
    }
  });
}
