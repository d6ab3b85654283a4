/** What would fail after the sign-in is said before it: no port is taken, no browser is opened. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Files, putFiles, recordingProgram } from "../support/aws_files.ts";
import { programs, startDriver } from "../support/driver.ts";
import { assertFailed, endOf, signInOnce, someAtATime, stagedDriver } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { peersTest } from "../support/peers_together.ts";
import { names } from "../system/files.ts";

const LOCK_CHILD = fileURLToPath(new URL("../system/lock_child.ts", import.meta.url));
const POSIX = Deno.build.os !== "windows";
const NOBODY = 65534;

interface Case {
  readonly name: string;
  readonly files?: Files;
  /** What files cannot say. */
  readonly prepare?: (home: string) => void | Promise<void>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code?: number;
  /** The whole message; HOME stands for the home. */
  readonly says: string;
  readonly hint: string;
}

const CONFIG = ".aws/config";
const CREDENTIALS = ".aws/credentials";
const FIX = "Fix the file by hand and try again; nothing was changed";
const OTHER = "Use another profile name, or --replace to remove the settings that conflict";
const MOVE = "Use another path, or move what is there away.";
const LETTERS = "it may only contain letters, digits and - / . % @ _ : +";

/** A property that would stand beside keys. */
function fight(line: string): Case {
  return {
    name: line,
    files: { [CONFIG]: `[default]\n[profile dev]\nregion = eu-west-1\n${line}\n` },
    says: `Cannot write profile "dev" in HOME/${CONFIG}: it has ${line.split(" ")[0]} on line 4, ` +
      "and SDKs disagree on which setting wins",
    hint: OTHER,
  };
}

function badName(name: string, reason: string, hint = ""): Case {
  const says = `Cannot use ${JSON.stringify(name)} as a profile name: ${reason}`;
  return { name: `the name ${name}`, args: [`--profile-to-update`, name], code: 2, says, hint };
}

const CASES: readonly Case[] = [
  ...[
    "credential_process = /opt/x",
    "role_arn = arn:aws:iam::111122223333:role/X",
    "source_profile = default",
    "credential_source = Environment",
    "web_identity_token_file = /x",
    "sso_session = x",
    "sso_start_url = https://x",
    "Login_Session = x",
  ].map((line) => ({ ...fight(line), says: fight(line).says.replace("Login_S", "login_s") })),
  badName("a b", LETTERS),
  badName("a]", LETTERS),
  badName("ä", LETTERS),
  badName("DEFAULT", "Python SDKs apply it to every profile"),
  badName("__proto__", "JavaScript SDKs cannot read a profile with this name"),
  badName("sso-session.x", "JavaScript SDKs take it for another kind of section"),
  badName(
    "profile x",
    '"profile" is a prefix in the config file, not part of the name',
    "Use only the name: x",
  ),
  {
    name: "the section twice",
    files: { [CONFIG]: "[profile dev]\na = 1\n[profile dev]\nb = 2\n" },
    says: `Cannot change HOME/${CONFIG}: lines 1 and 3 start the same section, which makes ` +
      "Python SDKs reject the file",
    hint: FIX,
  },
  {
    name: "another section twice",
    files: { [CREDENTIALS]: "[a]\n[dev]\n[a]\n" },
    args: ["--path", `~/${CREDENTIALS}`],
    says: `Cannot change HOME/${CREDENTIALS}: lines 1 and 3 start the same section, which makes ` +
      "Python SDKs reject the file",
    hint: FIX,
  },
  {
    name: "[default] and [profile default]",
    files: { [CONFIG]: "[default]\n[profile default]\n" },
    args: ["--profile-to-update=default"],
    says:
      `Cannot change profile "default" in HOME/${CONFIG}: it starts more than once, on lines 1 and 2`,
    hint: "Keep only one section, with the header [default]",
  },
  {
    name: "a key twice",
    files: { [CONFIG]: "[profile dev]\nregion = eu-west-1\n\n#\nREGION = eu-west-1\n" },
    says: `Cannot change HOME/${CONFIG}: lines 2 and 5 set the same property, which makes ` +
      "Python SDKs reject the file",
    hint: FIX,
  },
  {
    name: "a line that no SDK reads",
    files: { [CONFIG]: "[profile dev]\nregion eu-west-1\n" },
    says:
      `Cannot change HOME/${CONFIG}: line 2 is neither a section nor a property: it has no equals ` +
      "sign",
    hint: FIX,
  },
  ...[[], ["--replace"]].map((replace) => ({
    name: "keys in the credentials file would win",
    files: {
      [CONFIG]: "[profile dev]\n",
      [CREDENTIALS]: "[x]\n\n[dev]\naws_access_key_id = AKIASECRET\naws_secret_access_key = s\n",
    },
    args: replace,
    says: `Cannot write profile "dev" to the config file: aws_access_key_id on line 4 and ` +
      `aws_secret_access_key on line 5 of HOME/${CREDENTIALS} would override it`,
    hint: 'Remove them from profile "dev" in that file, or use another profile name',
  })),
  {
    name: "a role in the config file would win",
    files: { [CONFIG]: "[profile dev]\nrole_arn = x\n" },
    args: ["--path", `~/${CREDENTIALS}`],
    says: `Cannot write profile "dev" to the credentials file: role_arn on line 2 of ` +
      `HOME/${CONFIG} would override it`,
    hint: 'Remove it from profile "dev" in that file, or use another profile name',
  },
  {
    name: "a folder",
    files: { [`${CONFIG}/x`]: "" },
    says: `Cannot use "HOME/${CONFIG}": it is a folder, not a regular file`,
    hint: MOVE,
  },
  {
    name: "the other file is a folder",
    files: { [`${CREDENTIALS}/x`]: "" },
    says: `Cannot use "HOME/${CREDENTIALS}": it is a folder, not a regular file`,
    hint: MOVE,
  },
  {
    name: "a named pipe",
    prepare: (home) => {
      Deno.mkdirSync(`${home}/.aws`);
      new Deno.Command("mkfifo", { args: [`${home}/${CONFIG}`] }).outputSync();
    },
    says: `Cannot use "HOME/${CONFIG}": it is a named pipe, not a regular file`,
    hint: MOVE,
  },
  {
    name: "a device",
    args: ["--path", "/dev/full"],
    says: 'Cannot use "/dev/full": it is a device or socket, not a regular file',
    hint: MOVE,
  },
  {
    name: "a symlink loop",
    prepare: (home) => {
      Deno.mkdirSync(`${home}/.aws`);
      Deno.symlinkSync("b", `${home}/${CONFIG}`);
      Deno.symlinkSync("config", `${home}/.aws/b`);
    },
    says: `Cannot read "HOME/${CONFIG}": its symlinks form a loop`,
    hint: "Follow them with ls -l and fix one.",
  },
  {
    name: "a symlink to a folder that is not there",
    prepare: (home) => {
      Deno.mkdirSync(`${home}/.aws`);
      Deno.symlinkSync(`${home}/b`, `${home}/a`);
    },
    args: ["--path", "~/a/config"],
    says:
      `Cannot change "HOME/a/config": the folder "HOME/a" does not exist, or a symlink on the ` +
      "way is broken",
    hint: "Create the folder, or mount its disk.",
  },
  {
    name: "a file in the place of its folder",
    files: { ".aws": "x" },
    args: ["--path", "~/.aws/config"],
    says: `Cannot read "HOME/${CONFIG}": part of its path is a file, not a folder`,
    hint: "Correct the path.",
  },
  {
    name: "no text",
    prepare: (home) => {
      Deno.mkdirSync(`${home}/.aws`);
      Deno.writeFileSync(`${home}/${CONFIG}`, new Uint8Array([0x23, 0xff, 0xfe, 0x0a]));
    },
    says: `Cannot use "HOME/${CONFIG}": it is not UTF-8 text`,
    hint: "",
  },
  {
    name: "no home",
    env: { HOME: "" },
    code: 2,
    says: "Cannot tell where ~/.aws/config is: HOME is not set",
    hint: "Set HOME, or name the file with --path",
  },
];

/** A driver that is to give up before it does anything: its port is taken, its browser is a spy. */
async function assertRefused(stage: Stage, it: Case, start: {
  readonly run: (args: readonly string[]) => ReturnType<typeof stagedDriver>;
}): Promise<void> {
  const browser = recordingProgram(stage.home);
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: stage.port });
  const before = snapshot(stage.home);
  await using driver = start.run([
    ...["--issuer", stage.idp.startUrl, "--browser", browser.path],
    ...["--profile-to-update=dev", ...(it.args ?? [])],
  ]);
  const ended = await endOf(driver);
  const says = it.says.replaceAll("HOME/", `${stage.home}/`);
  try {
    assertFailed(ended, { code: it.code ?? 8, says });
    if (it.hint !== "") assert.ok(ended.stderr.includes(`\n  ${it.hint}\n`), ended.stderr);
    assert.equal(browser.runs(), "", "no browser");
    assert.doesNotMatch(ended.stderr, /AKIASECRET|Waiting on|at file:/);
    assert.equal(snapshot(stage.home), before, "everything stays as it was");
  } catch (error) {
    throw new Error(it.name, { cause: error });
  }
}

/** Names, kinds, times and sizes of everything in a home but the cache. */
function snapshot(home: string): string {
  const lines: string[] = [];
  const walk = (folder: string) => {
    for (const { name } of Deno.readDirSync(folder)) {
      const { isDirectory, mtime, size, mode } = Deno.lstatSync(`${folder}/${name}`);
      if (name === ".cache") continue;
      lines.push([folder, name, isDirectory || mtime?.getTime(), isDirectory || size, mode].join());
      if (isDirectory) walk(`${folder}/${name}`);
    }
  };
  walk(home);
  return lines.sort().join("\n");
}

for (const program of programs()) {
  Deno.test({
    name: `${program.name}: what cannot be written is refused before anybody signs in`,
    ignore: !POSIX,
    fn: async () => {
      await someAtATime(CASES, 4, async (it) => {
        await using stage = setStage();
        putFiles(stage.home, it.files ?? {});
        await it.prepare?.(stage.home);
        const run = (args: readonly string[]) =>
          stagedDriver(stage, { program, args, env: it.env });
        await assertRefused(stage, it, { run });
      });
    },
  });
}

Deno.test({
  name: `a lock that somebody keeps is waited for, not for ever`,
  ignore: !POSIX,
  fn: async () => {
    await using stage = setStage();
    putFiles(stage.home, { [CONFIG]: "" });
    const lock = `${stage.home}/.aws/.config.stssamldriver-lock`;
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", LOCK_CHILD, lock, "test"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    try {
      const said = holder.stdout.getReader();
      await said.read();
      said.releaseLock();
      await assertRefused(stage, {
        name: "lock",
        says: `Cannot lock "${lock}": another process has held the lock for 10 s`,
        hint: "Wait for the other stssamldriver to finish, or stop it, then try again.",
      }, { run: (args) => stagedDriver(stage, { args }) });
    } finally {
      // It dies without giving the lock back: the next one is not stopped by what it leaves.
      holder.kill("SIGKILL");
      await Promise.all([holder.stdin.abort(), holder.stdout.cancel()]);
      await holder.status;
    }
    const seen = await signInOnce(stage, { args: ["--profile-to-update=dev"] });
    assert.equal(seen.code, 0, seen.stderr);
    assert.deepEqual(names(`${stage.home}/.aws`), ["config"]);
  },
});

const AS_NOBODY: readonly (Case & { readonly mode?: number })[] = [
  {
    name: "a read-only folder",
    files: { [CONFIG]: "" },
    mode: 0o555,
    says: `Cannot change "HOME/${CONFIG}": no permission to create files in "HOME/.aws"`,
    hint:
      "Check the folder's owner and mode with ls -ld; a safe change creates a new file next to the old one.",
  },
  {
    name: "a read-only folder, no file yet",
    files: { ".aws/x": "" },
    mode: 0o555,
    says: `Cannot change "HOME/${CONFIG}": no permission to create files in "HOME/.aws"`,
    hint:
      "Check the folder's owner and mode with ls -ld; a safe change creates a new file next to the old one.",
  },
  {
    name: "root's own file",
    files: { [CONFIG]: "" },
    mode: 0o777,
    says: `Cannot read "HOME/${CONFIG}": no permission to read it`,
    hint: "Check its owner and mode with ls -l.",
  },
];

if (Deno.build.os === "linux" && Deno.uid() === 0) {
  peersTest(["executable"], "as nobody: what may not be written is refused before", async () => {
    const executable = programs().at(-1);
    assert.ok(executable);
    await someAtATime(AS_NOBODY, 3, async (it) => {
      await using stage = setStage();
      putFiles(stage.home, it.files ?? {});
      Deno.chmodSync(`${stage.home}/.aws`, it.mode ?? 0o755);
      Deno.chmodSync(stage.home, 0o777);
      const file = `${stage.home}/${CONFIG}`;
      if (it.mode === 0o555 && CONFIG in (it.files ?? {})) Deno.chownSync(file, NOBODY, NOBODY);
      const as = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] as const;
      const program = { name: "nobody's", command: [...as, ...executable.command] as const };
      const run = (args: readonly string[]) =>
        startDriver([...stage.args, ...args], {
          program,
          home: stage.home,
          env: { XDG_CACHE_HOME: `${stage.home}/.cache/nobody` },
        });
      await assertRefused(stage, it, { run });
    });
  });
}
