/**
 * The wrapper scripts, sourced by real shells: with a stand-in for the driver, and with a look at all that
 * a shell remembers before and after.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type Shell, shellCode } from "../../src/delivery/shell.ts";
import { variablesOf } from "../../src/delivery/variables.ts";
import { exchangedFake } from "../support/fakes.ts";
import type { PeerName } from "../support/peers.ts";

/** Where the wrapper scripts are. */
export const SCRIPTS = fileURLToPath(new URL("../../scripts/", import.meta.url));

/** A shell, and how it is started. */
export interface Sourcing {
  readonly name: string;
  readonly peer: PeerName;
  /** Before a script. */
  readonly args: readonly string[];
  /** What `env --shell` is asked for. */
  readonly shell: Shell & ("sh" | "fish");
  /** Whether a sourced file is given its arguments. */
  readonly takesArguments: boolean;
  /** Whether a sourced file can know its folder. */
  readonly knowsFolder: boolean;
}

const POSIX = { shell: "sh" } as const;

/** Every shell that the first wrapper is for. */
export const SOURCING: readonly Sourcing[] = [
  { name: "bash", peer: "bash", args: [], takesArguments: true, knowsFolder: true, ...POSIX },
  {
    name: "bash --posix",
    peer: "bash",
    args: ["--posix"],
    takesArguments: true,
    knowsFolder: true,
    ...POSIX,
  },
  { name: "zsh", peer: "zsh", args: ["-f"], takesArguments: true, knowsFolder: true, ...POSIX },
  { name: "dash", peer: "dash", args: [], takesArguments: false, knowsFolder: false, ...POSIX },
  {
    name: "busybox sh",
    peer: "busybox",
    args: ["sh"],
    takesArguments: true,
    knowsFolder: false,
    ...POSIX,
  },
];

/** fish, whose language is its own. */
export const FISH: Sourcing = {
  name: "fish",
  peer: "fish",
  args: ["--no-config"],
  shell: "fish",
  takesArguments: true,
  knowsFolder: true,
};

/** What the stand-in prints: what the driver's own `env` would. */
export const CHANGES = variablesOf(exchangedFake().credentials, { region: "eu-central-1" });

/** A folder with blanks and quotes in its path: copies of the wrappers, and a stand-in for the driver. */
export class Theatre implements Disposable {
  readonly #root = Deno.makeTempDirSync();
  /** Has all that a careless script stumbles over. */
  readonly folder = `${this.#root}/it's a $folder`;
  /** The stand-in's folder. */
  readonly bin = `${this.folder}/dist`;

  constructor() {
    Deno.mkdirSync(`${this.folder}/scripts`, { recursive: true });
    Deno.mkdirSync(this.bin);
    for (const { name } of Deno.readDirSync(SCRIPTS)) {
      if (name.startsWith("saml_aws_environment.")) {
        Deno.copyFileSync(SCRIPTS + name, `${this.folder}/scripts/${name}`);
      }
    }
    const driver = `${this.bin}/stssamldriver`;
    // Says on stderr that it was there, as a driver does; its arguments go where the test can read them.
    Deno.writeTextFileSync(
      driver,
      `#!/bin/sh
here=$(dirname "$0")
printf '%s\\0' "$@" >"$here/args"
echo 'the driver speaks' >&2
. "$here/plan"
`,
    );
    Deno.chmodSync(driver, 0o755);
    this.succeeds("sh");
  }

  /** The stand-in prints what the driver would print for this shell. */
  succeeds(shell: Shell): void {
    this.prints(shellCode(shell, CHANGES));
  }

  /** The stand-in prints this text, and ends well. */
  prints(text: string): void {
    Deno.writeTextFileSync(`${this.bin}/text`, text);
    this.does('cat "$here/text"');
  }

  /** The stand-in does what this line for sh says. */
  does(line: string): void {
    Deno.writeTextFileSync(`${this.bin}/plan`, line);
  }

  /** The arguments with which the stand-in was started; `undefined` when it was not. */
  driverArgs(): readonly string[] | undefined {
    try {
      return Deno.readTextFileSync(`${this.bin}/args`).split("\0").slice(0, -1);
    } catch {
      return undefined;
    }
  }

  /** A file of this folder. */
  read(name: string): string {
    return Deno.readTextFileSync(`${this.folder}/${name}`);
  }

  /** Runs a script of this folder in a shell. */
  async run(
    shell: Sourcing,
    path: string,
    script: string,
    options: { readonly flags?: readonly string[]; readonly env?: Record<string, string> } = {},
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const file = `${this.folder}/caller`;
    await Deno.writeTextFile(file, script);
    const { code, stdout, stderr } = await new Deno.Command(path, {
      args: [...shell.args, ...(options.flags ?? []), file],
      cwd: this.folder,
      clearEnv: true,
      env: this.env(options.env),
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** The environment of its shells. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: `${this.bin}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
      HOME: this.folder,
      LC_ALL: "C.UTF-8",
      AWS_PROFILE: "old",
      AWS_ACCESS_KEY_ID: "AKIAOLD",
      AWS_CONFIG_FILE: "/kept",
      ...more,
    };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#root, { recursive: true });
  }
}

/** The wrapper of a shell, beside the caller. */
export function wrapper(shell: Sourcing): string {
  return `./scripts/saml_aws_environment.${shell.shell}`;
}

/** A line that sources the wrapper with arguments. */
export function sourceLine(shell: Sourcing, args = ""): string {
  // Dash hands a sourced file the arguments of the function that it is sourced in.
  return shell.takesArguments ? `. ${wrapper(shell)} ${args}` : `in_function ${args}`;
}

/** Defines `snapshot NAME ARG…`: writes all that the shell remembers to files of that name. */
const SNAPSHOT = `
snapshot() {
  set >"$1.set"
  { set +o; alias; trap; echo "$-" "$OPTIND" "$#:$*" "$PWD" "$IFS"; umask; } >"$1.rest"
  typeset -f >"$1.functions" 2>/dev/null || :
  for fd in 3 4 5 6 7 8 9; do
    if (eval ": >&$fd") 2>/dev/null; then echo "$fd"; fi
  done >"$1.fds"
}
in_function() { . ./scripts/saml_aws_environment.sh; }
`;

/** The same in fish. */
const FISH_SNAPSHOT = `
function snapshot
  set --show >$argv[1].set
  begin; echo $argv $PWD; umask; trap; end >$argv[1].rest
  functions --all >$argv[1].functions
  touch $argv[1].fds
end
`;

/** A script that does `line` and looks at everything before and after, unless the line ends it. */
export function watched(shell: Sourcing, before: string, line: string): string {
  const [look, lookAgain] = looks(shell);
  return `${before}\n${look}\n${line}\n${lookAgain}\n`;
}

/** What a {@linkcode watched} script does before its line, and after it. */
export function looks(shell: Sourcing): readonly [before: string, after: string] {
  const [define, rest] = shell.shell === "fish" ? [FISH_SNAPSHOT, "$argv"] : [SNAPSHOT, '"$@"'];
  return [
    // The first use of some commands loads or remembers something: that is not the wrapper's doing.
    `${define}\nsnapshot snap1 ${rest}\nsnapshot snap2 ${rest}`,
    `snapshot snap3 ${rest}; env -0 >environment`,
  ];
}

/** What is different in every moment. */
const RESTLESS =
  /^\$?(_|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH\w+|BASH_\w+|PIPESTATUS|FUNCNAME|TTYIDLE|pipestatus|status|status_generation|argv|\d|[?!*@#])[=:[]/;

/** What else than variables of AWS changed while a {@linkcode watched} line ran: `-` gone, `+` new. */
export function leftBehind(theatre: Theatre): readonly string[] {
  return changed(theatre).filter((line) => !/^[+-]\$?AWS_\w+[=:[]/.test(line));
}

/** All that changed while a {@linkcode watched} line ran. */
export function changed(theatre: Theatre): readonly string[] {
  return ["set", "rest", "functions", "fds"].flatMap((kind) => {
    const [old = [], now = []] = ["snap2", "snap3"].map((name) =>
      theatre.read(`${name}.${kind}`).replaceAll(name, "NAME").split("\n").filter((line) =>
        !RESTLESS.test(line)
      )
    );
    return [
      ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
      ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
    ];
  });
}

/** The AWS variables of a child that was started after a {@linkcode watched} line. */
export function exported(theatre: Theatre): Readonly<Record<string, string>> {
  const entries = theatre.read("environment").split("\0").filter((entry) => /^AWS_/.test(entry));
  return Object.fromEntries(entries.map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  }));
}
