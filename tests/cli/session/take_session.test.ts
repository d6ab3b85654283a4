/** Commands that need a session, in one process with the server that signs in for all: the cache, and around it. */

import assert from "node:assert/strict";
import type { Deps } from "../../../src/deps.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";
import { FAKE_SECRETS } from "../../support/fakes.ts";
import { onMachine } from "../../support/machine.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_attributes.ts";

const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

Deno.test("exec: the first one signs in, the second one finds the session in the cache", () =>
  onMachine(async (machine) => {
    for (const signIns of [1, 1]) {
      const { code, deps } = await machine.run(["exec", ...ARNS, "--", "aws", "s3", "ls"]);
      assert.equal(code, 7, deps.err());
      assert.equal(machine.signIns, signIns);
      assert.equal(deps.out(), "");
    }
  }));

Deno.test("exec: without a command it says which shell starts with which role", () =>
  onMachine(async (machine) => {
    const { deps } = await machine.run(["exec", ...ARNS], { env: { SHELL: "/bin/zsh" } });
    assert.match(deps.err(), /Starting \/bin\/zsh with AWS credentials for role Dev in account/);
  }));

Deno.test("credentials: on a terminal the session goes to the cache, and the next steps are shown", () =>
  onMachine(async (machine) => {
    for (const says of ["Signed in as", "Already signed in as"]) {
      const { code, deps } = await machine.run(ARNS, { onTerminal: true });
      assert.equal(code, 0, deps.err());
      assert.ok(deps.err().includes(says), deps.err());
      assert.match(deps.out(), /eval "\$\(stssamldriver env.*\nUse it for one command:/);
      for (const secret of FAKE_SECRETS) assert.ok(!deps.out().includes(secret));
    }
    assert.equal(machine.signIns, 1);
    const without = await machine.run([...ARNS, "--no-cache"], { onTerminal: true });
    assert.equal(without.code, ExitCode.USAGE);
    assert.match(without.deps.err(), /without the cache here: the session would be lost/);
  }));

Deno.test("credentials: --verbose tells why the cache has nothing, and until when what it has is good", () =>
  onMachine(async (machine) => {
    const args = [...ARNS, "--cache", "--verbose"];
    assert.match((await machine.run(args)).deps.err(), /Not from the cache: there is no entry/);
    const { deps } = await machine.run(args);
    assert.match(deps.err(), /From the cache, valid until/);
    assert.match(deps.out(), /"AccessKeyId":"ASIAFAKE"/);
  }));

Deno.test("credentials: where the last choice is not known yet, the cache is not asked", () =>
  onMachine(async (machine) => {
    const { code, deps } = await machine.run(["--cache", "--no-interactive", "--verbose"]);
    assert.equal(code, ExitCode.SIGN_IN_NEEDED);
    assert.match(deps.err(), /Not from the cache: no role was chosen with these settings yet/);
    assert.match(deps.err(), /A sign-in is needed for a role to choose\n/);
    const filtered = await machine.run(["--no-interactive", "--account", "111122223333"]);
    assert.match(filtered.deps.err(), /A sign-in is needed for one of the roles asked for\n/);
  }));

Deno.test("exec: --no-interactive names the command that signs in, and of the program the first word", () =>
  onMachine(async (machine) => {
    const args = ["exec", ...ARNS, "--no-interactive", "--", "mysql", "-phunter2"];
    const { code, deps } = await machine.run(args);
    assert.equal(code, ExitCode.SIGN_IN_NEEDED);
    const line = `stssamldriver exec --role-arn=${DEFAULT_ROLE} ` +
      `--saml-provider-arn=${DEFAULT_PROVIDER} -- mysql …`;
    assert.ok(deps.err().includes(`Sign in with:\n    ${line}\n`), deps.err());
    assert.doesNotMatch(deps.err(), /hunter2/);
    const env = { STSSAMLDRIVER_NO_INTERACTIVE: "true" };
    const variable = await machine.run(["exec", ...ARNS, "--", "aws"], { env });
    assert.match(variable.deps.err(), /--no-interactive=false -- aws\n/);
  }));

const NO_FOLDER = new UserError("cache-place", "Cannot use a cache: HOME is not set", {
  exitCode: ExitCode.FILE,
});
const noCache = {
  cache: () => {
    throw NO_FOLDER;
  },
};

Deno.test("env: without a place for the cache somebody signs in, and is told", () =>
  onMachine(async (machine) => {
    const { code, deps } = await machine.run(["env", ...ARNS], { deps: noCache });
    assert.equal(code, 0, deps.err());
    assert.match(deps.err(), /Warning: The session is not cached: Cannot use a cache/);
    assert.match(deps.out(), /^export AWS_ACCESS_KEY_ID='ASIAFAKE';\n/);
    const login = await machine.run(ARNS, { deps: noCache, onTerminal: true });
    assert.equal(login.code, ExitCode.FILE, "where the cache is all that it is for");
    const asked = await machine.run(["env", ...ARNS, "--no-interactive"], { deps: noCache });
    assert.equal(asked.code, ExitCode.FILE);
  }));

Deno.test("env: where callers cannot meet, one signs in for oneself", () =>
  onMachine(async (machine) => {
    Deno.writeTextFileSync(`${machine.home}/sharing`, "a file");
    const { code, deps } = await machine.run(["env", ...ARNS]);
    assert.equal(code, 0, deps.err());
    assert.match(deps.err(), /Warning: The session is not cached: .*sharing/);
    assert.equal(machine.signIns, 1);
    const login = await machine.run(ARNS, { onTerminal: true });
    assert.equal(login.code, ExitCode.FILE, login.deps.err());
  }));

Deno.test("env: a session that cannot be cached is handed over, and that is said", () =>
  onMachine(async (machine) => {
    Deno.writeTextFileSync(`${machine.home}/cache`, "a file");
    const { code, deps } = await machine.run(["env", ...ARNS]);
    assert.equal(code, 0, deps.err());
    assert.match(deps.err(), /Warning: The session is not cached: Cannot .*cache/);
    assert.match(deps.err(), /Signed in as alice@example\.com/);
    assert.match(deps.out(), /^export AWS_ACCESS_KEY_ID='ASIAFAKE';\n/);
  }));

Deno.test("env: for a shell that is not known it asks which", () =>
  onMachine(async (machine) => {
    const parentNames = () => Promise.resolve(["tcsh"]);
    const { code, deps } = await machine.run(["env", ...ARNS], { deps: { parentNames } });
    assert.equal(code, ExitCode.USAGE);
    assert.match(deps.err(), /Cannot tell which shell this is for\n.*--shell/);
    assert.equal(machine.signIns, 0);
  }));

Deno.test("env: a shell that cannot unset gets one line all the same", () =>
  onMachine(async (machine) => {
    const { deps } = await machine.run(["env", ...ARNS, "--shell", "nushell"]);
    assert.match(deps.out(), /^\{"AWS_ACCESS_KEY_ID":"ASIAFAKE".*\}\n$/);
  }));

Deno.test("status and logout: which sessions there are, and how they go", () =>
  onMachine(async (machine) => {
    assert.equal((await machine.run(["status"])).deps.out(), "No cached sessions\n");
    await machine.run(["exec", ...ARNS, "--", "aws"]);
    Deno.mkdirSync(`${machine.home}/.aws`);
    const line = `credential_process = stssamldriver ${ARNS.join(" ")}`;
    Deno.writeTextFileSync(`${machine.home}/.aws/config`, `[profile dev]\n${line}\n`);
    const table = (await machine.run(["status"])).deps.out();
    assert.match(table, /^ACCOUNT +ROLE +WHO +PROFILES +UNTIL\n111122223333 +Dev +alice.* dev /);
    const { sessions: [session] } = JSON.parse(
      (await machine.run(["status", "--json"])).deps.out(),
    );
    assert.deepEqual(session, {
      account: "111122223333",
      role: "Dev",
      roleArn: DEFAULT_ROLE,
      person: "alice@example.com",
      profiles: ["dev"],
      expiration: "2026-11-23T13:00:00Z",
      secondsLeft: 3600,
    });
    const which = await machine.run(["logout"]);
    assert.equal(which.code, ExitCode.USAGE);
    const other = ["logout", "--role-arn", `${DEFAULT_ROLE}2`];
    assert.match((await machine.run(other)).deps.err(), /Removed 0 sessions/);
    assert.match((await machine.run(["logout", "--all"])).deps.err(), /Removed 1 session\n/);
    assert.equal((await machine.run(["status"])).deps.out(), "No cached sessions\n");
  }));

Deno.test("status: a config file that cannot be read is a warning, the sessions are shown", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws/config`, { recursive: true });
    const { code, deps } = await machine.run(["status"]);
    assert.equal(code, 0);
    assert.match(deps.err(), /Warning: Cannot show profiles: .*it is a folder/);
  }));

Deno.test("console: --print-url prints the way in, and says that it did", () =>
  onMachine(async (machine) => {
    const { code, deps } = await machine.run(["console", ...ARNS, "--print-url"]);
    assert.equal(code, 0, deps.err());
    assert.equal(deps.out(), "https://console.example/\n");
  }));

/** A console that lets nobody in. */
const consoleLogin = () =>
  Promise.reject(
    new UserError("console-refused", "The console refused the session", {
      exitCode: ExitCode.REFUSED,
      hint: "Try again.",
    }),
  );

Deno.test("console: the browser is opened in the container that was named", () =>
  onMachine(async (machine) => {
    const opened: unknown[] = [];
    const openContainer: Deps["openContainer"] = (_url, how) => {
      opened.push(how);
      return Promise.resolve({ opened: true, by: "firefox" });
    };
    const args = ["console", ...ARNS, "--start-url", "https://idp.example/", "--container", "work"];
    const { code } = await machine.run(args, { deps: { openContainer, consoleLogin } });
    assert.equal(code, ExitCode.REFUSED, "of the console");
    assert.deepEqual(opened, [{ container: "work", browser: undefined }]);
  }));

Deno.test("exec: a console that does not open is a warning, the command runs", () =>
  onMachine(async (machine) => {
    const deps = { consoleLogin };
    // The second one has the session from the cache.
    for (const signIns of [1, 1]) {
      const ran = await machine.run(["exec", ...ARNS, "--console", "--", "aws"], { deps });
      assert.equal(ran.code, 7, ran.deps.err());
      assert.match(ran.deps.err(), /Warning: The console did not open: The console refused/);
      assert.equal(machine.signIns, signIns);
    }
    const required = await machine.run(["console", ...ARNS], { deps });
    assert.equal(required.code, ExitCode.REFUSED);
  }));

/** A paste from another program's output. */
const pasting: Deps["pasting"] = {
  openInput: () => {
    const pieces = ["good"];
    return Promise.resolve({
      isTerminal: false,
      read: () => Promise.resolve(pieces.shift()),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
  openDialog: () => Promise.resolve(undefined),
  seesBrowser: () => true,
};

Deno.test("credentials: what is pasted is read here, cached, and goes on to the console in a tab of its own", () =>
  onMachine(async (machine) => {
    const opened: string[] = [];
    const deps: Partial<Deps> = {
      listenAnywhere: (handler) =>
        Promise.resolve({
          port: 4321,
          lost: new Promise<never>(() => {}),
          close: async () => {
            for (const url of opened) await (await handler(new Request(url))).body?.cancel();
          },
        }),
    };
    const options = { pasting, deps, terminal: true };
    const { code, deps: { out, shown } } = await machine.run(
      [...ARNS, "--paste", "--cache"],
      options,
    );
    assert.equal(code, 0, shown());
    assert.match(out(), /"AccessKeyId":"ASIAFAKE"/);
    assert.equal((await machine.run([...ARNS, "--cache", "--no-interactive"])).code, 0);
  }));

Deno.test("credentials: what is pasted is delivered where it cannot be cached, and that is said", () =>
  onMachine(async (machine) => {
    Deno.writeTextFileSync(`${machine.home}/cache`, "a file");
    const { code, deps } = await machine.run([...ARNS, "--paste", "--cache"], { pasting });
    assert.equal(code, 0, deps.err());
    assert.match(deps.err(), /Warning: The session is not cached: Cannot .*cache/);
    assert.match(deps.out(), /"AccessKeyId":"ASIAFAKE"/);
  }));

Deno.test("credentials: a console that does not open costs what was pasted nothing", () =>
  onMachine(async (machine) => {
    const args = [...ARNS, "--paste", "--console"];
    const refused = await machine.run(args, { pasting, deps: { consoleLogin } });
    assert.equal(refused.code, 0);
    assert.match(refused.deps.err(), /Warning: The console did not open: The console refused/);
    const none = new UserError("port-taken", "No port is free", {
      exitCode: ExitCode.PORT,
      hint: "Try again.",
    });
    const deps = { listenAnywhere: () => Promise.reject(none) };
    const { code, deps: { err, out } } = await machine.run(args, { pasting, deps });
    assert.equal(code, 0, err());
    assert.match(err(), /Warning: The console did not open: No port is free/);
    assert.match(out(), /"AccessKeyId"/);
  }));

Deno.test("exec: the region of the profile in use is STS's and the command's", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws`);
    const config = `${machine.home}/.aws/config`;
    Deno.writeTextFileSync(config, "[profile base]\nregion = eu-west-2\n", { mode: 0o600 });
    const set: string[] = [];
    const runChild: Deps["runChild"] = (_child, environment) => {
      set.push(
        ...environment.set.filter(([name]) => name === "AWS_REGION").map(([, text]) => text),
      );
      return Promise.resolve(0);
    };
    const options = { env: { AWS_PROFILE: "base" }, deps: { runChild } };
    await machine.run(["exec", ...ARNS, "--", "aws"], options);
    assert.deepEqual(set, ["eu-west-2"]);
    const other = `${machine.home}/other`;
    Deno.writeTextFileSync(other, "[profile dev]\nregion = eu-west-3\n", { mode: 0o600 });
    const written = await machine.run([...ARNS, "--profile-to-update", "dev", "--path", other]);
    assert.equal(written.code, 0, written.deps.err());
    assert.match(Deno.readTextFileSync(other), /region = eu-west-3\n/);
  }));

Deno.test("exec: with --log-to stderr a terminal shows nothing", () =>
  onMachine(async (machine) => {
    const args = ["exec", ...ARNS, "--log-to", "stderr", "--", "aws"];
    const { code, deps } = await machine.run(args, { terminal: true });
    assert.equal(code, 7);
    assert.equal(deps.shown(), "");
    assert.match(deps.err(), /Signed in as/);
  }));
