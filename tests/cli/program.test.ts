import assert from "node:assert/strict";
import { run } from "../../src/cli/program.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { VERSION } from "../../src/version.ts";
import {
  FAKE_SECRETS,
  type FakeDeps,
  fakeDeps,
  type FakeDepsOptions,
  NOON,
} from "../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_attributes.ts";

const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];
const ARN_VARIABLES = {
  STSSAMLDRIVER_ROLE_ARN: DEFAULT_ROLE,
  STSSAMLDRIVER_SAML_PROVIDER_ARN: DEFAULT_PROVIDER,
};

interface Ran {
  readonly code: number;
  readonly deps: FakeDeps;
}

async function ran(args: readonly string[], options: FakeDepsOptions = {}): Promise<Ran> {
  const deps = fakeDeps(options);
  return { code: await run(args, deps), deps };
}

/** Runs a sign-in, in which a browser posts something. */
async function signedIn(
  args: readonly string[],
  options: FakeDepsOptions = {},
  posted = "good",
): Promise<Ran & { readonly page: string }> {
  const deps = fakeDeps(options);
  const running = run(args, deps);
  const page = await deps.world.post(posted);
  return { code: await running, deps, page: page.text };
}

Deno.test("run: a sign-in is one line of JSON on stdout, and nothing else is there", async () => {
  const { code, deps, page } = await signedIn(ARNS, { terminal: true });
  assert.equal(code, 0);
  assert.equal(
    deps.out(),
    JSON.stringify({
      Version: 1,
      AccessKeyId: "ASIAFAKE",
      SecretAccessKey: "fakeSecretAccessKey",
      SessionToken: "fakeSessionToken",
      Expiration: "2026-11-23T13:00:00Z",
      AccountId: "111122223333",
    }) + "\n",
  );
  assert.match(deps.shown(), /Signed in as alice@example\.com: role Dev/);
  assert.match(page, /Signed in to AWS/);
  assert.equal(deps.err(), "");
  for (const secret of FAKE_SECRETS) {
    for (const text of [deps.shown(), deps.err(), page]) assert.ok(!text.includes(secret));
  }
});

Deno.test("run: what a person reads goes to the terminal, else to stderr", async () => {
  const without = await signedIn(ARNS);
  assert.match(without.deps.err(), /Waiting on http:\/\/localhost:8090\/saml/);
  const json = await signedIn([...ARNS, "--log-format", "json"], { terminal: true });
  assert.equal(json.deps.shown(), "");
  const events = json.deps.err().trim().split("\n").map((line) => JSON.parse(line).event);
  assert.deepEqual(events, ["listening", "exchanging", "signed-in"]);
});

Deno.test("run: flags and variables reach the sign-in, flags first", async () => {
  const { code, deps } = await signedIn(["--duration-seconds", "900"], {
    env: { ...ARN_VARIABLES, STSSAMLDRIVER_DURATION_SECONDS: "7200", AWS_REGION: "eu-west-1" },
  });
  assert.equal(code, 0);
  const [asked] = deps.world.exchanges.all;
  assert.equal(asked?.durationSeconds, 900);
  assert.equal(asked?.region, "eu-west-1");
  const variables = await signedIn(["--print"], { env: ARN_VARIABLES, onTerminal: true });
  assert.equal(variables.code, 0, "settings there are");
});

Deno.test("run: without anything on a terminal the help comes on stderr, exit code 2", async () => {
  for (const env of [{}, { STSSAMLDRIVER_PORT: "" }, { AWS_REGION: "eu-west-1" }]) {
    const { code, deps } = await ran([], { onTerminal: true, env });
    assert.equal(code, 2);
    assert.equal(deps.out(), "");
    assert.match(deps.err(), /^stssamldriver .*\n\nStart here:/);
  }
});

Deno.test("run: help and version go to stdout, exit code 0", async () => {
  const cases: readonly [args: readonly string[], text: RegExp][] = [
    [["--version"], new RegExp(`^stssamldriver ${VERSION}\n$`)],
    [["version"], new RegExp(`^stssamldriver ${VERSION}\n$`)],
    [["-V"], new RegExp(`^stssamldriver ${VERSION}\n$`)],
    [["--help"], /^stssamldriver .*\n\nStart here:/],
    [["-h"], /^stssamldriver .*\n\nStart here:/],
    [["help"], /^stssamldriver .*\n\nStart here:/],
    [["--help-all"], /^Usage: stssamldriver \[COMMAND\] \[flags\]\n/],
    [["help", "credentials"], /^Usage: stssamldriver login/],
    [["login", "--help"], /^Usage: stssamldriver login/],
  ];
  for (const [args, text] of cases) {
    const { code, deps } = await ran(args);
    assert.equal(code, 0, args.join(" "));
    assert.match(deps.out(), text);
    assert.equal(deps.err(), "");
  }
});

Deno.test("run: help is there whatever the variables are", async () => {
  const env = { STSSAMLDRIVER_PORT: "nonsense", STSSAMLDRIVER_LOG_FORMAT: "nonsense" };
  for (const args of [["--help"], ["--version"]]) {
    assert.equal((await ran(args, { env })).code, 0);
  }
});

const USAGE: readonly [args: readonly string[], env: Record<string, string>, says: RegExp][] = [
  [["nonsense"], {}, /Unknown command "nonsense"/],
  [["--bogus"], {}, /Unknown flag --bogus/],
  [["--saml", "x"], {}, /flags cannot be abbreviated\n {2}Use --saml-provider-arn\n$/],
  [["--port="], {}, /--port= has no value/],
  [["--port"], {}, /--port needs a value/],
  [[...ARNS, "extra"], {}, /Unexpected argument "extra"/],
  [[...ARNS, "--port", "0"], {}, /Cannot use --port 0: must be a/],
  [
    [...ARNS, "--issuer", "javascript:alert(1)"],
    {},
    /--issuer javascript:.*: must start with https/,
  ],
  [[...ARNS, "--verbose=maybe"], {}, /Cannot use --verbose=maybe: must be/],
  [[...ARNS, "--log-format", "xml"], {}, /Cannot use --log-format xml/],
  [ARNS, { STSSAMLDRIVER_PORT: "0" }, /Cannot use STSSAMLDRIVER_PORT=0/],
  [ARNS, { STSSAMLDRIVER_VERBOSE: "yes" }, /Cannot use STSSAMLDRIVER_VERBOSE=yes/],
  [ARNS, { AWS_REGION: "nonsense" }, /AWS_REGION/],
  [
    [...ARNS, "--role-arn", "arn:aws:iam::444455556666:role/Dev"],
    {},
    /do not match: the role is in/,
  ],
  [
    [...ARNS, "--region", "cn-north-1"],
    {},
    /Cannot use --region: region cn-north-1 is in partition aws-cn/,
  ],
  [[...ARNS, "--policy-file", "none"], {}, /no such file/],
  [[...ARNS, "--tls-cert", "c"], {}, /must be used together/],
];

Deno.test("run: every error of usage is one message on stderr, exit code 2, and no port is taken", async () => {
  for (const [args, env, says] of USAGE) {
    const { code, deps } = await ran(args, {
      env,
      terminal: true,
      claimPort: () => {
        throw new Error("the port was taken");
      },
    });
    assert.equal(code, 2, `${args.join(" ")}: ${deps.err()}`);
    assert.match(deps.err(), says);
    assert.match(deps.err(), /^stssamldriver: [A-Z-]/);
    assert.equal(deps.out(), "", args.join(" "));
    assert.equal(deps.shown(), "", args.join(" "));
  }
});

// Who forgot --profile-to-update beside --path had keys printed into the terminal. But AWS' own driver passes
// over such a --path, and a credential_process line that has one must go on working.
Deno.test("run: --path without a profile is refused where a person looks, and nowhere else", async () => {
  const { code, deps } = await ran([...ARNS, "--path", "x"], { onTerminal: true });
  assert.equal(code, 2);
  assert.match(deps.err(), /Cannot use --path without --profile-to-update/);
  assert.equal(deps.out(), "");
  const old = await signedIn([...ARNS, "--path", "x"]);
  assert.equal(old.code, 0, old.deps.err());
  assert.match(old.deps.out(), /^\{"Version":1,/);
});

Deno.test("run: what is wrong with the flags is said in the format that was asked for", async () => {
  const { code, deps } = await ran(["--port", "0", "--log-format", "json"]);
  assert.equal(code, 2);
  assert.equal(JSON.parse(deps.err()).code, "option-malformed");
  const variable = await ran(["--bogus"], { env: { STSSAMLDRIVER_LOG_FORMAT: "json" } });
  assert.equal(JSON.parse(variable.deps.err()).code, "unknown-flag");
});

const FAILURES: readonly [name: string, exitCode: ExitCode][] = [
  ["a role that is not for this person", ExitCode.REFUSED],
  ["a network that is down", ExitCode.UNREACHABLE],
];

Deno.test("run: an error of the sign-in is its exit code, its message on stderr and the terminal", async () => {
  for (const [name, exitCode] of FAILURES) {
    const { code, deps, page } = await signedIn(ARNS, {
      terminal: true,
      sts: () =>
        Promise.reject(new UserError("x", `Failed by ${name}`, { exitCode, hint: "Mend" })),
    });
    assert.equal(code, exitCode);
    assert.equal(deps.out(), "");
    assert.equal(deps.err(), `stssamldriver: Failed by ${name}\n  Mend\n`);
    assert.ok(
      deps.shown().endsWith(`\x1b[31m[x] stssamldriver: Failed by ${name}\x1b[0m\n  Mend\n`),
    );
    assert.ok(page.includes(`Failed by ${name}`));
  }
});

Deno.test("run: an interruption is 130 with nothing on stdout", async () => {
  const deps = fakeDeps();
  const running = run(ARNS, deps);
  await deps.world.send(new Request("http://localhost:8090/"));
  deps.world.interrupt();
  assert.equal(await running, 130);
  assert.equal(deps.out(), "");
});

Deno.test("run: no assertion in time is 4, and no timer is left", async () => {
  // One second is the shortest there is.
  const { code, deps } = await ran([...ARNS, "--timeout", "1"], { terminal: true });
  assert.equal(code, 4);
  assert.equal(deps.out(), "");
  assert.match(deps.err(), /within 1 second/);
});

Deno.test("run: a fault of the program is exit code 1, asks for a report and keeps secrets", async () => {
  const { code, deps, page } = await signedIn(ARNS, {
    sts: () => Promise.reject(new TypeError("x is undefined")),
  });
  assert.equal(code, 1);
  assert.equal(deps.out(), "");
  assert.match(deps.err(), /The driver failed: x is undefined\n/);
  assert.match(deps.err(), new RegExp(`bug in stssamldriver ${VERSION}\\. Please report`));
  assert.ok(!page.includes("x is undefined"));
  const odd = await signedIn(ARNS, { sts: () => Promise.reject("a text") });
  assert.equal(odd.code, 1);
  assert.match(odd.deps.err(), /The driver failed: a text/);
});

Deno.test("run: when nobody reads stdout it fails, and the page says so", async () => {
  const { code, page } = await signedIn(ARNS, {
    stdout: () => Promise.reject(new Deno.errors.BrokenPipe("Broken pipe (os error 32)")),
  });
  assert.notEqual(code, 0);
  assert.doesNotMatch(page, /Signed in to AWS/);
});

Deno.test("run: colours on a terminal, but not with NO_COLOR or on a dumb one", async () => {
  const cases: readonly [env: Record<string, string>, coloured: boolean, drawn: boolean][] = [
    [{}, true, true],
    [{ NO_COLOR: "" }, true, true],
    [{ NO_COLOR: "1" }, false, true],
    [{ TERM: "dumb" }, false, false],
  ];
  for (const [env, coloured, drawn] of cases) {
    const { deps } = await signedIn(ARNS, { env, terminal: true, now: () => NOON });
    assert.equal(deps.shown().includes("\x1b[32m"), coloured, JSON.stringify(env));
    assert.equal(deps.shown().includes("\x1b[2K"), drawn, JSON.stringify(env));
  }
});

Deno.test("run: --verbose tells of strays", async () => {
  for (const verbose of [true, false]) {
    const deps = fakeDeps();
    const running = run([...ARNS, ...(verbose ? ["--verbose"] : [])], deps);
    const stray = await deps.world.send(
      new Request("http://localhost:8090/x", { headers: { host: "localhost:8090" } }),
    );
    await stray.body?.cancel();
    await deps.world.post("good");
    assert.equal(await running, 0);
    assert.equal(deps.err().includes("stray request: GET /x"), verbose);
  }
});
