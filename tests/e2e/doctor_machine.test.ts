/** `doctor` as a person runs it: real processes on a machine in order, and on one that is not. */

import assert from "node:assert/strict";
import { putFiles } from "../support/aws_files.ts";
import { CA_NAME, hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { lineOf, type Machine, startMachine } from "../support/doctor_machine.ts";
import { type Program, programs, runDriver, startDriver } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { startProxy } from "../support/proxy.ts";
import { assertFree, endOf, soon, waitingDriver } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import { tlsInFrontOf } from "../support/tls.ts";

interface Run {
  readonly program: Program;
  readonly args?: readonly string[];
  /** Its variables beside the machine's; empty ones are not set. */
  readonly env?: Readonly<Record<string, string>>;
}

function environment({ env }: Machine, more: Run["env"] = {}): Record<string, string> {
  const all = Object.entries({ ...env, ...more });
  return Object.fromEntries(all.filter(([, value]) => value !== ""));
}

async function doctor(machine: Machine, { program, args = [], env }: Run) {
  return await soon(
    "doctor to end",
    runDriver(["doctor", ...args], {
      program,
      home: machine.home,
      env: environment(machine, env),
    }),
  );
}

/** The commands that a report shows. */
function commandsIn(report: string): readonly string[] {
  return [...report.matchAll(/^ +Run: (.*)$/gm)].map(([, command = ""]) => command);
}

for (const program of programs()) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: `${program.name}: doctor ${name}`,
      ignore: Deno.build.os !== "linux",
      fn,
    });

  test("finds a machine in order, and changes nothing but its cache folder", async () => {
    await using machine = startMachine();
    const before = [...Deno.readDirSync(machine.home)].map(({ name }) => name);
    const { code, stdout, stderr } = await doctor(machine, { program, env: { TERM: "dumb" } });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^Everything is in order$/m);
    assert.doesNotMatch(stdout, /^(?:warning|problem)/m);
    assert.equal(stderr, "");
    const after = [...Deno.readDirSync(machine.home)].map(({ name }) => name);
    assert.deepEqual(after.filter((name) => !before.includes(name)), [".cache"]);
    assertFree(machine.port);
  });

  test("mends everything that is wrong at once with the commands that it shows", async () => {
    await using machine = startMachine();
    const { home, port } = machine;
    const gone = lineOf("/opt/old/stssamldriver");
    putFiles(home, {
      ".aws/config": `[profile dev]\ncredential_process = ${gone} --duration-seconds 7200\n` +
        `[profile web]\ncredential_process = ${lineOf(machine.driver)}\naws_access_key_id = AKIA\n`,
    });
    Deno.chmodSync(`${home}/.aws/credentials`, 0o666);
    Deno.mkdirSync(`${home}/.cache/stssamldriver`, { recursive: true });
    Deno.chmodSync(`${home}/.cache/stssamldriver`, 0o777);
    machine.env["STSSAMLDRIVER_TIMEOUT"] = "soon";
    machine.env["AWS_CA_BUNDLE"] = "/etc/gone.pem";
    const stranger = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        "--no-config",
        `Deno.listen({ port: ${port}, hostname: "127.0.0.1" }); ` +
        `console.log("ready"); await new Promise(() => setInterval(() => {}, 9e5))`,
      ],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const ready = stranger.stdout.getReader();
    await ready.read();
    try {
      const { code, stdout, stderr } = await doctor(machine, { program });
      // Of 2, 3 and 8.
      assert.equal(code, 2, stdout);
      assert.match(
        stderr,
        /^stssamldriver: This machine is not in order: Cannot use STSSAMLDRIVER_TIMEOUT=soon: .* \(and 6 more problems\)$/m,
      );
      const commands = commandsIn(stdout);
      assert.equal(commands.length, 7, stdout);
      for (const command of commands) await machine.shell(command);
    } finally {
      await ready.cancel();
      await stranger.status;
    }
    const { code, stdout } = await doctor(machine, { program });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^Everything is in order$/m);
    const config = Deno.readTextFileSync(`${home}/.aws/config`);
    assert.equal(config.match(/^credential_process = .* --role-arn /gm)?.length, 2);
    assert.match(config, /--duration-seconds 7200/);
    assert.doesNotMatch(config, /old|aws_access_key_id|no-cache/);
  });

  test("prints JSON with the same findings, to be passed on", async () => {
    await using machine = startMachine();
    Deno.chmodSync(`${machine.home}/.aws/credentials`, 0o644);
    const [text, json] = await Promise.all([
      doctor(machine, { program, env: { STSSAMLDRIVER_PORT: "" } }),
      doctor(machine, {
        program,
        env: { STSSAMLDRIVER_PORT: "" },
        args: ["--json", "--port", String(machine.port)],
      }),
    ]);
    assert.equal(json.code, 0, json.stderr);
    const { version, os, checks } = JSON.parse(json.stdout);
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.equal(os, Deno.build.os);
    const said = text.stdout.split("\n").filter((line) => /^(?:ok|warning|problem) /.test(line));
    assert.deepEqual(
      checks.map(({ status }: { status: string }) => status),
      said.map((line) => line.split(" ")[0]),
    );
    assert.ok(!json.stdout.includes(machine.home));
    assert.ok(text.stdout.includes(`Run: chmod 600 ${machine.home}/.aws/credentials`));
  });

  test("says that another sign-in has the port, and which", async () => {
    await using stage = setStage();
    await using machine = startMachine();
    await using other = await waitingDriver({ ...stage, home: machine.home }, { program });
    const env = { STSSAMLDRIVER_PORT: String(stage.port) };
    const { code, stdout } = await doctor(machine, { program, env });
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      new RegExp(
        `^warning  Port ${stage.port} is still taken by another sign-in \\(.*process ${other.pid}\\)$`,
        "m",
      ),
    );
    for (const command of commandsIn(stdout)) await machine.shell(command);
    await endOf(other);
    assert.match((await doctor(machine, { program, env })).stdout, /^ok {7}Port \d+ is free/m);
  });

  /** What may be between this machine and STS. */
  const ways: Readonly<Record<string, readonly [env: Run["env"], says: RegExp]>> = {
    "says nothing": [{}, /^problem {2}Timed out waiting for STS at 127\.0\.0\.1:\d+$/m],
    "is not there": [
      { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9" },
      /^problem {2}Cannot reach STS at 127\.0\.0\.1:9: /m,
    ],
    "is behind a proxy that wants a sign-in": [
      { AWS_ENDPOINT_URL_STS: "", HTTPS_PROXY: "PROXY" },
      /^problem {2}Cannot reach STS at sts\.us-east-1\.amazonaws\.com: the proxy requires a sign-in \(HTTP 407\)$[^]*through the proxy 127\.0\.0\.1:\d+, which HTTPS_PROXY names/m,
    ],
  };
  test("tells why STS cannot be reached, and all else", async () => {
    await Promise.all(
      Object.entries(ways).map(async ([name, [env = {}, says]]) => {
        await using machine = startMachine();
        await using proxy = startProxy({ refuseWith: 407 });
        machine.sts.behave({ kind: "hang", times: Infinity });
        const filled = Object.fromEntries(
          Object.entries(env).map(([key, value]) =>
            [key, value === "PROXY" ? proxy.url.replace("//", "//me:hunter2@") : value] as const
          ),
        );
        const { code, stdout, stderr } = await doctor(machine, { program, env: filled });
        assert.equal(code, 7, `${name}: ${stdout}`);
        assert.match(stdout, says, name);
        assert.match(stdout, /^ok {7}Port /m);
        assert.match(stdout, /^ok {7}\S+\/stssamldriver can be used/m);
        assert.doesNotMatch(stdout + stderr, /hunter2/);
      }),
    );
  });

  test("says by which proxy STS is reached, whose certificate it shows and which CAs are trusted", async () => {
    if (!hasOpenssl) return;
    await using machine = startMachine();
    using certificates = makeCertificates(["sts.eu-west-1.amazonaws.com"]);
    await using tls = tlsInFrontOf(machine.sts.port, certificates);
    await using proxy = startProxy({ only: "me:hunter2", standIn: () => tls.port });
    const env = {
      AWS_ENDPOINT_URL_STS: "",
      AWS_REGION: "eu-west-1",
      HTTPS_PROXY: proxy.url.replace("//", "//me:hunter2@"),
    };
    const untrusted = await doctor(machine, { program, env });
    assert.equal(untrusted.code, 7, untrusted.stdout);
    assert.match(
      untrusted.stdout,
      new RegExp(`its certificate is not trusted \\(issued by "${CA_NAME}"\\)$`, "m"),
    );
    const { code, stdout } = await doctor(machine, {
      program,
      env: { ...env, AWS_CA_BUNDLE: certificates.caFile },
    });
    assert.equal(code, 0, stdout);
    const said = stdout.split("\n").find((line) => line.includes(" STS "));
    assert.equal(
      said,
      "ok       STS answers at sts.eu-west-1.amazonaws.com, through the proxy " +
        `${new URL(proxy.url).host} (HTTPS_PROXY), certificate issued by "${CA_NAME}", ` +
        `trusted CAs: this system's and AWS_CA_BUNDLE=${certificates.caFile}`,
    );
    assert.doesNotMatch(untrusted.stdout + stdout, /hunter2/);
  });

  test("ends at Ctrl-C while STS says nothing, and prints nothing", async () => {
    await using machine = startMachine();
    machine.sts.behave({ kind: "hang", times: Infinity });
    await using driver = startDriver(["doctor"], {
      program,
      home: machine.home,
      env: environment(machine),
    });
    await eventually("STS to be asked", () => machine.sts.calls.length > 0 || undefined);
    driver.kill("SIGINT");
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 130);
    assert.equal(stdout, "");
    assert.match(stderr, /^stssamldriver: Interrupted$/m);
    assertFree(machine.port);
  });

  test("works without a home", async () => {
    await using machine = startMachine();
    const env = { ...environment(machine), HOME: "" };
    const { code, stdout } = await runDriver(["doctor"], { program, env });
    assert.equal(code, 8, stdout);
    assert.match(stdout, /^problem {2}Cannot find the cache folder: HOME is not set$/m);
  });
}
