/** The machine's file, at its real path: what it says holds for every command, and in the process that signs in for all. */

import assert from "node:assert/strict";
import { filesOf, productOf, putFiles } from "../support/aws_files.ts";
import { type Ended, type Program, programs, runDriver, startDriver } from "../support/driver.ts";
import { type Machine, machineWith, PATH, WHY_NO_MACHINE } from "../support/machine_file.ts";
import { commandDriver } from "../support/offering.ts";
import { DEFAULT_PROVIDER } from "../support/saml_response.ts";
import { endOf, post, signInOnce, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

/** With the provider's name nobody is asked in the browser. */
const ARGS = ["--saml-provider-arn", DEFAULT_PROVIDER];

function machineTest(
  program: Program,
  title: string,
  fn: (stage: Stage) => Promise<void>,
): void {
  const name = `${program.name}: ${title}`;
  const ignore = WHY_NO_MACHINE !== undefined;
  Deno.test({
    name: ignore ? `${name} (skipped: ${WHY_NO_MACHINE})` : name,
    ignore,
    fn: async () => {
      await using stage = setStage();
      await fn(stage);
    },
  });
}

/** The files of the cache, without the lock of the port. */
function cacheOf(stage: Stage): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) walk(`${folder}/${name}`);
      else found.push(`${folder}/${name}`);
    }
  };
  try {
    walk(`${stage.home}/.cache`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.filter((path) => !path.endsWith(".lock"));
}

/** Runs the credential_process line of the config file, as an SDK does. */
async function runLine(stage: Stage, machine: Machine): Promise<Ended> {
  const config = filesOf(stage.home)[".aws/config"] ?? "";
  const line = /^credential_process = (.*)$/m.exec(config)?.[1];
  assert.ok(line, config);
  return await runDriver(["-c", `${line} --no-interactive`], {
    program: machine.runs({ name: "sh", command: ["/bin/sh"] }),
    home: stage.home,
    env: { ...stage.env, BROWSER: "none" },
  });
}

for (const each of programs()) {
  machineTest(each, "where the cache is forbidden no command writes a session", async (stage) => {
    using machine = machineWith("[required]\ncache = false\n");
    const program = machine.runs(each);
    const env = await signInOnce({
      ...stage,
      args: ["env", "--shell=sh", ...stage.args, "--cache"],
    }, { program });
    assert.equal(env.code, 0, env.stderr);
    assert.ok(
      env.stderr.includes(`Ignored --cache=true: cache = false in line 2 of ${PATH} is required\n`),
      env.stderr,
    );
    const line = await signInOnce(stage, { program, args: ["--cache"] });
    assert.deepEqual(JSON.parse(line.stdout), productOf(stage.sts.handedOut[1]));
    assert.doesNotMatch(line.stderr, /Ignored/, "a line that was written before");
    putFiles(stage.home, { ".aws/config": "" });
    const args = [...stage.args, "--profile-to-update=dev", "--cache"];
    await using driver = startDriver(args, {
      program,
      home: stage.home,
      env: { ...stage.env, BROWSER: "none" },
    });
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    Deno.removeSync(`${stage.home}/.aws/config`);
    Deno.mkdirSync(`${stage.home}/.aws/config`);
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 8);
    assert.match(stderr, /could not be cached either: cache = false in line 2 of \S+ is required/);
    // What is remembered holds no credentials.
    for (const path of cacheOf(stage)) assert.match(path, /\/choices\/[^/]+$/);
  });

  machineTest(
    each,
    "a line of setup follows the machine's file, and finds the session of setup",
    async (stage) => {
      const text = `[defaults]\nstart-url = https://idp.example/start\n` +
        "region = eu-central-1\n[required]\nduration-seconds = 900\n";
      using machine = machineWith(text);
      const program = machine.runs(each);

      await using driver = commandDriver(stage, ["setup", "dev", ...ARGS], { program });
      await soon("the driver to listen", driver.waitFor("Waiting on"));
      await post(stage, stage.idp.signIn("alice").fields);
      const { code, stderr } = await endOf(driver);
      assert.equal(code, 0, stderr);
      const config = filesOf(stage.home)[".aws/config"] ?? "";
      assert.match(config, /^region = eu-central-1$/m);
      assert.doesNotMatch(config, /start-url|duration|--region/);
      const { stdout, stderr: said } = await runLine(stage, machine);
      assert.deepEqual(JSON.parse(stdout || said), productOf(stage.sts.handedOut[0]));
      assert.equal(stage.sts.calls[0]?.parameters.get("DurationSeconds"), "900");
    },
  );

  machineTest(
    each,
    "what is required holds in the process that signs in for all",
    async (stage) => {
      using machine = machineWith("[required]\nduration-seconds = 900\n");
      const program = machine.runs(each);
      const { code, stderr } = await signInOnce(stage, {
        program,
        args: ["--cache", "--duration-seconds=1h"],
      });
      assert.equal(code, 0, stderr);
      assert.equal(stage.sts.calls[0]?.parameters.get("DurationSeconds"), "900");
    },
  );

  machineTest(each, "a file that others can write is refused", async (stage) => {
    using machine = machineWith("[defaults]\nstart-url = https://evil.example/\n", 0o666);
    const program = machine.runs(each);
    const { code, stdout, stderr } = await runDriver(stage.args, { program, home: stage.home });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^stssamldriver: Cannot use \S+: it can be written by every user\n/);
  });
}
