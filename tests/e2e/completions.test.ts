/**
 * Completion in the real shells, on a terminal: Tab, then Enter, and the words that the shell makes of the
 * line. Beside names that every shell has to quote there are some that a shell would run, if it read them.
 */

import assert from "node:assert/strict";
import { driverEnv, programs, runDriver, temporaryHome } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { type PeerName, peerTestDefinition } from "../support/peers.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";

const COMMAND = (programs().at(-1) ?? programs()[0]).command;

const ROLE = "arn:aws:iam::111122223333:role/Admin";

const CONFIG = `[profile a:b/c@d.e]
credential_process = stssamldriver --role-arn ${ROLE}
region = eu-central-1
[profile my dev]
stssamldriver_account = 111122223333
[profile both 'q' "Q"]
stssamldriver_account = 111122223333
[profile $(touch RUN)]
stssamldriver_account = 111122223333
[profile x\`touch RUN\`;touch RUN]
stssamldriver_account = 111122223333
[profile y'; touch RUN; ']
stssamldriver_account = 111122223333
[profile e\x1b]0;evil\x07vil]
stssamldriver_account = 111122223333
`;

/** Somebody's home, which is the folder of work as well. */
async function withHome(body: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "stssamldriver-home-" });
  try {
    for (const folder of ["bin", ".aws", "sub dir"]) Deno.mkdirSync(`${home}/${folder}`);
    Deno.writeTextFileSync(`${home}/.aws/config`, CONFIG);
    Deno.writeTextFileSync(`${home}/my file.json`, "");
    Deno.writeTextFileSync(
      `${home}/bin/stssamldriver`,
      `#!/bin/sh\nexec ${shellLine(COMMAND)} "$@"\n`,
      { mode: 0o755 },
    );
    await body(home);
    const files = [...Deno.readDirSync(home)].map(({ name }) => name);
    assert.ok(!files.includes("RUN"), "a name was run");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function environment(home: string): Readonly<Record<string, string>> {
  const env = driverEnv({ home });
  return {
    ...env,
    PATH: `${home}/bin:${env["PATH"]}`,
    TERM: "dumb",
    LANG: "C.UTF-8",
    XDG_CONFIG_HOME: `${home}/.config`,
    XDG_DATA_HOME: `${home}/.local/share`,
  };
}

/** What is typed up to the Tab, and the words that the shell then reads. */
type Case = readonly [typed: string, words: readonly string[]];

const EVERYWHERE: readonly Case[] = [
  ["stssamldriver st", ["stssamldriver", "status"]],
  ["stssamldriver env --region=eu-c", ["stssamldriver", "env", "--region=eu-central-1"]],
  ["stssamldriver env --profile a:b/", ["stssamldriver", "env", "--profile", "a:b/c@d.e"]],
  ["stssamldriver env --role-arn=arn:aws:i", ["stssamldriver", "env", `--role-arn=${ROLE}`]],
  ["stssamldriver setup bo", ["stssamldriver", "setup", `both 'q' "Q"`]],
  ["stssamldriver setup '$", ["stssamldriver", "setup", "$(touch RUN)"]],
  ['stssamldriver setup "x', ["stssamldriver", "setup", "x`touch RUN`;touch RUN"]],
  ["stssamldriver setup y", ["stssamldriver", "setup", "y'; touch RUN; '"]],
  // A name with control characters is none of them.
  ["stssamldriver setup e", ["stssamldriver", "setup", "e"]],
  ["stssamldriver env --policy-file=my", ["stssamldriver", "env", "--policy-file=my file.json"]],
  // No name of a file where there is no file.
  ["stssamldriver env --start-url my", ["stssamldriver", "env", "--start-url", "my"]],
  ["stssamldriver exec -- cat my", ["stssamldriver", "exec", "--", "cat", "my file.json"]],
  ["~/bin/stssamldriver env --reg", ["~/bin/stssamldriver", "env", "--region"]],
];

/** A shell, and how it comes to its script. */
interface Shell {
  readonly name: string;
  readonly needs: readonly PeerName[];
  /** Writes what it starts with, which defines `show`; returns its command line. */
  readonly setUp: (home: string) => readonly string[];
  readonly cases: readonly Case[];
}

const write = (folder: string, name: string, text: string) => {
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(`${folder}/${name}`, text);
};

const SHOW =
  `show() { printf '<%s>' "$@"; echo; }\nPS1='$ '\nbind 'set enable-bracketed-paste off'\n`;

const BASH = ["bash", "--noprofile", "--rcfile", ".bashrc", "-i"];

const SHELLS: readonly Shell[] = [
  {
    name: "bash",
    needs: ["bash"],
    setUp: (home) => {
      write(home, ".bashrc", `eval "$(stssamldriver completions bash)"\n${SHOW}`);
      return BASH;
    },
    cases: [
      ...EVERYWHERE,
      ["stssamldriver env --profile a:b/c@", ["stssamldriver", "env", "--profile", "a:b/c@d.e"]],
      ['stssamldriver env --profile="my d', ["stssamldriver", "env", "--profile=my dev"]],
      ["stssamldriver setup 'bo", ["stssamldriver", "setup", `both 'q' "Q"`]],
      ['stssamldriver setup "bo', ["stssamldriver", "setup", `both 'q' "Q"`]],
      ["AWS_X=1 ./bin/stssamldriver st", ["AWS_X=1", "./bin/stssamldriver", "status"]],
    ],
  },
  {
    name: "bash in POSIX mode, from a file",
    needs: ["bash"],
    setUp: (home) => {
      write(home, ".bashrc", `set -o posix\nsource <(stssamldriver completions bash)\n${SHOW}`);
      return BASH;
    },
    cases: EVERYWHERE.slice(0, 1),
  },
  {
    name: "bash with bash-completion, which finds the script in its folder",
    needs: ["bash", "bash-completion"],
    setUp: (home) => {
      write(home, ".bashrc", `source /usr/share/bash-completion/bash_completion\n${SHOW}`);
      const folder = `${home}/.local/share/bash-completion/completions`;
      write(folder, "stssamldriver", script("bash"));
      return BASH;
    },
    cases: [
      ...EVERYWHERE.filter(([typed]) => /[=:]|exec/.test(typed)),
      // What bash-completion knows of the command.
      ["stssamldriver exec -- sh --posi", ["stssamldriver", "exec", "--", "sh", "--posi"]],
      ["stssamldriver exec -- cd su", ["stssamldriver", "exec", "--", "cd", "sub dir/"]],
      ["stssamldriver exec -- cd my", ["stssamldriver", "exec", "--", "cd", "my"]],
    ],
  },
  {
    name: "zsh, which finds the script in its folder",
    needs: ["zsh"],
    setUp: (home) => {
      write(`${home}/functions`, "_stssamldriver", script("zsh"));
      write(
        home,
        ".zshrc",
        `fpath=(~/functions $fpath)\nautoload -Uz compinit && compinit -u -D\n${ZSH}`,
      );
      return ["zsh", "-o", "no_global_rcs", "-i"];
    },
    cases: [
      ...EVERYWHERE,
      ["stssamldriver exec -- cd my", ["stssamldriver", "exec", "--", "cd", "my"]],
    ],
  },
  {
    name: "zsh, which sources the script",
    needs: ["zsh"],
    setUp: (home) => {
      write(
        home,
        ".zshrc",
        `autoload -Uz compinit && compinit -u -D\nsource <(stssamldriver completions zsh)\n${ZSH}`,
      );
      return ["zsh", "-o", "no_global_rcs", "-i"];
    },
    cases: EVERYWHERE.slice(0, 1),
  },
  {
    name: "fish, which finds the script in its folder",
    needs: ["fish"],
    setUp: (home) => {
      write(`${home}/.config/fish/completions`, "stssamldriver.fish", script("fish"));
      write(
        `${home}/.config/fish`,
        "config.fish",
        "function show; printf '<%s>' $argv; echo; end\nfunction fish_prompt; echo '$ '; end\n",
      );
      return ["fish", "-i"];
    },
    cases: EVERYWHERE,
  },
];

const ZSH =
  "unset zle_bracketed_paste\nbindkey -e\nshow() { printf '<%s>' \"$@\"; echo; }\nPS1='$ '\n";

function script(shell: string): string {
  const [command, ...args] = COMMAND;
  const { success, stdout } = new Deno.Command(command, {
    args: [...args, "completions", shell],
    env: driverEnv({}),
    clearEnv: true,
  }).outputSync();
  assert.ok(success);
  return new TextDecoder().decode(stdout);
}

const terminal = ptyPeer();
for (const shell of SHELLS) {
  const title = `completions: ${shell.name}`;
  if (terminal.found) {
    peersTest(shell.needs, title, (t) => withHome((home) => typeAll(t, shell, home)));
  } else Deno.test(peerTestDefinition(title, { peer: terminal, required: false, fn: () => {} }));
}

async function typeAll(t: Deno.TestContext, shell: Shell, home: string): Promise<void> {
  const command = shellLine(shell.setUp(home));
  const line = `cd ${shellLine([home])} && exec ${command}`;
  await using screen = onTerminal(line, environment(home));
  await screen.waitFor("$ ");
  for (const [typed, words] of shell.cases) {
    await t.step(typed, async () => {
      const from = screen.shown().length;
      // Ctrl-A goes to the beginning of the line, so that it is shown and not run.
      await screen.type(`${typed}\t\x01show \r`);
      const shown = words.map((word) => `<${word.replace(/^~/, home)}>`).join("");
      const isShown = () => screen.shown().slice(from).includes(`${shown}\r\n`) || undefined;
      try {
        await eventually(shown, isShown);
      } catch (cause) {
        // The next line begins anew.
        await screen.type("\x03");
        const instead = JSON.stringify(screen.shown().slice(from));
        throw new Error(`Instead of ${shown} there is ${instead}`, { cause });
      }
    });
  }
}

const QUIET: readonly (readonly [what: string, args: readonly string[], config?: string])[] = [
  ["a shell that there is none for", ["tcsh", "--", "env", "--"]],
  ["no shell", []],
  ["an unfinished question", ["powershell", "--"]],
  ["a config file that is not text", ["bash", "--", "", "x env --role-arn "], "\xff\0[profile x"],
];

Deno.test("completions: a question says nothing on stderr, exits with 0 and writes nothing, whatever it is", async (t) => {
  for (const [what, args, config] of QUIET) {
    await t.step(what, async () => {
      using home = temporaryHome();
      const file = `${home.path}/config`;
      if (config !== undefined) {
        Deno.writeFileSync(
          file,
          Uint8Array.from(config, (c) => c.charCodeAt(0)),
        );
      }
      const { code, stdout, stderr } = await runDriver(["__complete", ...args], {
        home: home.path,
        env: { AWS_CONFIG_FILE: file, STSSAMLDRIVER_LOG_FORMAT: "nonsense" },
      });
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^(words\n[^]*)?$/);
      assert.deepEqual(
        [...Deno.readDirSync(home.path)].map(({ name }) => name),
        config === undefined ? [] : ["config"],
      );
    });
  }
});

Deno.test("completions: a shell that there is no script for is refused, with those that there are", async () => {
  const { code, stdout, stderr } = await runDriver(["completions", "tcsh"]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /There is no completion for "tcsh"\n.*bash, zsh, fish, powershell/);
});

peersTest(["fish"], "completions: fish says nothing where the program is gone", async () => {
  using home = temporaryHome();
  Deno.writeTextFileSync(`${home.path}/it.fish`, script("fish"));
  const { stdout, stderr } = await new Deno.Command(pathOf("fish"), {
    args: ["--no-config", "-c", "source it.fish; complete -C 'stssamldriver env --re'"],
    env: { HOME: home.path, PATH: "/nowhere" },
    cwd: home.path,
    clearEnv: true,
  }).output();
  assert.deepEqual([stdout.length, new TextDecoder().decode(stderr)], [0, ""]);
});
