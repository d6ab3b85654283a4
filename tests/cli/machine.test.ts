/** The machine's file, as commands take it. */

import assert from "node:assert/strict";
import { run } from "../../src/cli/program.ts";
import { type FakeDeps, fakeDeps, type FakeDepsOptions, MACHINE_FILE } from "../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_attributes.ts";

const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];
const START = "https://idp.example/start";

/** Signs in, and returns what was done. */
async function signedIn(
  args: readonly string[],
  text: string,
  options: FakeDepsOptions = {},
): Promise<FakeDeps> {
  const deps = fakeDeps({ machine: { text }, ...options });
  const running = run(args, deps);
  await deps.world.post("good");
  assert.equal(await running, 0, deps.err());
  return deps;
}

/** Runs what ends without a sign-in. */
async function ran(
  args: readonly string[],
  options: FakeDepsOptions,
): Promise<{ readonly code: number; readonly deps: FakeDeps }> {
  const deps = fakeDeps(options);
  return { code: await run(args, deps), deps };
}

const DEFAULTS = `[defaults]\nduration-seconds = 7200\nrole-arn = ${DEFAULT_ROLE}\n` +
  `saml-provider-arn = ${DEFAULT_PROVIDER}\n`;

Deno.test("the machine's file: a default is taken where nobody else says anything", async () => {
  const bare = await signedIn(["login"], DEFAULTS);
  assert.equal(bare.world.exchanges.all[0]?.durationSeconds, 7200);
  assert.equal(bare.world.exchanges.all[0]?.role.text, DEFAULT_ROLE);
  const variable = { env: { STSSAMLDRIVER_DURATION_SECONDS: "5400" } };
  const varied = await signedIn(["login"], DEFAULTS, variable);
  assert.equal(varied.world.exchanges.all[0]?.durationSeconds, 5400);
  const flagged = await signedIn(["login", "--duration-seconds=900"], DEFAULTS, variable);
  assert.equal(flagged.world.exchanges.all[0]?.durationSeconds, 900);
});

Deno.test("the machine's file: a profile wins over a default, and what is required over a profile", async () => {
  const config = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(config, "[profile dev]\nstssamldriver_duration_seconds = 5400\n");
    const options = { env: { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: "/dev/null" } };
    const args = ["login", "--profile", "dev"];
    const profile = await signedIn(args, DEFAULTS, options);
    assert.equal(profile.world.exchanges.all[0]?.durationSeconds, 5400);
    const required = `${DEFAULTS}[required]\nduration-seconds = 900\n`;
    const fixed = await signedIn(args, required, options);
    assert.equal(fixed.world.exchanges.all[0]?.durationSeconds, 900);
  } finally {
    Deno.removeSync(config);
  }
});

const REQUIRED = "[required]\nduration-seconds = 900\ncache = false\n";
const NOTICE =
  `Ignored --duration-seconds 1h: duration-seconds = 900 in line 2 of ${MACHINE_FILE} is required\n`;

Deno.test("the machine's file: who types something else than is required is told; a credential_process line is not", async () => {
  const args = [...ARNS, "--duration-seconds", "1h", "--cache"];
  const piped = await signedIn(["login", ...args], REQUIRED);
  assert.equal(piped.world.exchanges.all[0]?.durationSeconds, 900);
  assert.doesNotMatch(piped.err(), /Ignored/);
  const verbose = await signedIn(["login", ...args, "--verbose"], REQUIRED);
  assert.ok(verbose.err().includes(NOTICE), verbose.err());
  const typed = await signedIn(["env", "--shell", "sh", ...args], REQUIRED);
  assert.ok(typed.err().includes(NOTICE), typed.err());
  assert.match(typed.err(), /Ignored --cache=true: cache = false in line 3 of/);
  const printed = await signedIn(["login", "--print", ...args], REQUIRED, { onTerminal: true });
  assert.ok(printed.err().includes(NOTICE), printed.err());
});

Deno.test("the machine's file: a region among the defaults stands below AWS_REGION and profiles, and is not delivered", async () => {
  const text = "[defaults]\nregion = eu-central-1\n";
  const args = ["env", "--shell", "sh", "--no-cache", ...ARNS];
  const regionOf = (deps: FakeDeps) => deps.world.exchanges.all[0]?.region;
  const alone = await signedIn(args, text);
  assert.equal(regionOf(alone), "eu-central-1");
  assert.doesNotMatch(alone.out(), /AWS_REGION=/);
  assert.equal(
    regionOf(await signedIn(args, text, { env: { AWS_REGION: "sa-east-1" } })),
    "sa-east-1",
  );
  assert.equal(regionOf(await signedIn([...args, "--region=us-west-2"], text)), "us-west-2");
  const profile = fakeDeps({ machine: { text } });
  const configured = () => Promise.resolve({ profile: "default", value: "ap-east-1", path: "" });
  const running = run(args, { ...profile, configured });
  await profile.world.post("good");
  assert.equal(await running, 0);
  assert.equal(regionOf(profile), "ap-east-1");
  const required = await signedIn(
    [...args, "--region=us-west-2"],
    text.replace("defaults", "required"),
  );
  assert.equal(regionOf(required), "eu-central-1");
  assert.match(required.out(), /AWS_REGION=.?eu-central-1/);
});

Deno.test("the machine's file: without a cache there is no login on a terminal, and it is said why", async () => {
  const { code, deps } = await ran(["login", "--cache", ...ARNS], {
    machine: { text: REQUIRED },
    onTerminal: true,
  });
  assert.deepEqual([code, deps.out()], [2, ""]);
  assert.ok(
    deps.err().endsWith(
      "stssamldriver: Cannot sign in without the cache here: the session would be lost " +
        `(cache = false in line 3 of ${MACHINE_FILE} is required)\n` +
        "  Use stssamldriver env or exec, or add --print to print the credentials\n",
    ),
    deps.err(),
  );
  const text = "[defaults]\ncache = false\n";
  const unset = await ran(["login", ...ARNS], { machine: { text }, onTerminal: true });
  assert.match(unset.deps.err(), /would be lost\n {2}Add --cache, or --print to print/);
});

Deno.test("the machine's file: where nobody may sign in, nobody is told to", async () => {
  const text = "[required]\nno-interactive = true\n";
  const { code, deps } = await ran(["login", ...ARNS], { machine: { text } });
  assert.equal(code, 9);
  assert.match(
    deps.err(),
    /\n {2}This command must not sign in here: no-interactive = true in line 2 of/,
  );
});

const SIGN_INS = ["login", "setup", "env", "exec", "console", "roles", "sync", "__serve"];

Deno.test("the machine's file: no command signs in where it is not believed, or not understood", async () => {
  const files = [
    [
      { risk: "/etc can be written by every user" },
      /^stssamldriver: Cannot use \S+: \/etc can be/m,
    ],
    [{ text: "[required]\ncash = no\n" }, /^stssamldriver: Unknown setting "cash" in line 2 of/m],
  ] as const;
  for (const [machine, says] of files) {
    for (const command of SIGN_INS) {
      const words = ["setup", "__serve"].includes(command) ? ["x"] : [];
      const { code, deps } = await ran([command, ...words], { machine });
      assert.deepEqual([code, deps.out()], [2, ""], command);
      assert.match(deps.err(), says, command);
    }
  }
});

Deno.test("the machine's file: help, the relay and the commands that do not sign in read nothing of it", async () => {
  const machine = { risk: "/etc can be written by every user" };
  for (const args of [["--help"], ["login", "--help"], ["--version"]]) {
    assert.equal((await ran(args, { machine })).code, 0);
  }
  const { deps } = await ran(["relay"], { machine });
  assert.match(deps.err(), /without --listen/);
  const others = await ran(["logout"], { machine });
  assert.match(others.deps.err(), /Which session\?/);
});

Deno.test("the machine's file: on Windows one that is not believed is ignored with a warning", async () => {
  const deps = fakeDeps({
    machine: { risk: "config does not belong to the group Administrators" },
    os: "windows",
  });
  const running = run(["login", "--start-url", START, ...ARNS], deps);
  await deps.world.post("good");
  assert.equal(await running, 0);
  assert.match(
    deps.err(),
    /^Warning: Ignored .*, since others may have written it: config does not/,
  );
});

Deno.test("the machine's file: the process that signs in for others does not start where the cache is forbidden", async () => {
  const { code, deps } = await ran(["__serve", "/nonexistent/meeting"], {
    machine: { text: REQUIRED },
  });
  assert.equal(code, 8);
  assert.match(deps.err(), /This machine forbids the cache/);
});
