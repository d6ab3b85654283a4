import assert from "node:assert/strict";
import { type Commands, type Invocation, parseArguments } from "../../src/cli/arguments.ts";
import type { CommandSpec } from "../../src/cli/command.ts";
import { COMMANDS as OURS } from "../../src/cli/commands.ts";
import type { RawFlags } from "../../src/cli/options.ts";
import { UserError } from "../../src/errors.ts";

function command(name: string, different: Partial<CommandSpec> = {}): CommandSpec {
  return { ...OURS[0], name, aliases: [], ...different };
}

/** The real first command, one with a word of its own, and one that takes little. */
const COMMANDS: Commands = [
  OURS[0],
  command("place", { positional: { placeholder: "NAME", minimum: 1, maximum: 1 } }),
  command("small", { options: ["verbose"], aliases: ["tiny"] }),
];

async function parse(...args: string[]): Promise<Invocation> {
  return await parseArguments(args, COMMANDS);
}

async function flags(...args: string[]): Promise<unknown> {
  const asked = await parse(...args);
  assert.ok(asked.kind === "run", asked.kind);
  return given(asked.flags);
}

/** What was given of the flags. */
function given(flags: RawFlags): unknown {
  return Object.fromEntries(Object.entries(flags).filter(([, texts]) => texts !== undefined));
}

async function refused(...args: string[]): Promise<UserError> {
  try {
    await parse(...args);
  } catch (error) {
    assert.ok(error instanceof UserError, Deno.inspect(error));
    assert.equal(error.exitCode, 2);
    return error;
  }
  throw new assert.AssertionError({ message: `${args.join(" ")} was taken` });
}

/** What is asked, as one word: the kind, and the command where there is one. */
async function asked(...args: string[]): Promise<string> {
  const what = await parse(...args);
  if (what.kind === "version") return "version";
  if (what.kind === "run") return `run ${what.command.name}`;
  return `help ${typeof what.about === "string" ? what.about : what.about.name}`;
}

Deno.test("parseArguments: the first word is the command, the first command needs no word", async () => {
  const cases: readonly [args: readonly string[], what: string][] = [
    [[], "run login"],
    [["--verbose"], "run login"],
    [["--"], "run login"],
    [["credentials"], "run login"],
    [["credentials", "--verbose"], "run login"],
    [["place", "x"], "run place"],
    [["small", "--verbose"], "run small"],
    [["tiny"], "run small"],
    [["--version"], "version"],
    [["version"], "version"],
    [["small", "--version"], "version"],
    [["--port", "1", "--version"], "version"],
    [["--help"], "help program"],
    [["-h"], "help program"],
    [["help"], "help program"],
    [["help", "--help"], "help program"],
    [["help", "small"], "help small"],
    [["help", "tiny"], "help small"],
    [["small", "--help"], "help small"],
    [["small", "-h", "--nonsense"], "help small"],
    [["place", "--help"], "help place"],
    [["--nonsense", "--help"], "help program"],
    [["--version", "--help"], "help program"],
    [["-V"], "version"],
    [["small", "-V"], "version"],
    [["--help-all"], "help every flag"],
    [["small", "--help-all"], "help every flag"],
    [["help", "--help-all"], "help every flag"],
    [["--nonsense", "--help-all"], "help every flag"],
  ];
  for (const [args, what] of cases) assert.equal(await asked(...args), what, args.join(" "));
});

Deno.test("parseArguments: words that people try for the sign-in mean the sign-in", async () => {
  for (const word of ["login", "credentials", "signin", "sign-in", "creds", "get"]) {
    assert.equal(await asked(word), "run login", word);
    assert.equal(await asked("help", word), "help login", word);
  }
});

Deno.test("parseArguments: flags come as they were typed", async () => {
  const cases: readonly [args: readonly string[], flags: unknown][] = [
    [["--port", "1"], { port: ["1"] }],
    [["--port=1"], { port: ["1"] }],
    [["--port", "1", "--port=2"], { port: ["1", "2"] }],
    [["--idp=a=b"], { idp: ["a=b"] }],
    [["--idp", "a b"], { idp: ["a b"] }],
    [["--idp", "a\nb"], { idp: ["a\nb"] }],
    [["--idp", ""], { idp: [""] }],
    [["--idp=-x"], { idp: ["-x"] }],
    [["--idp=--verbose"], { idp: ["--verbose"] }],
    [["--port", "-1"], { port: ["-1"] }],
    [["--idp", "xxconstructor"], { idp: ["xxconstructor"] }],
    [["--idp", "constructor"], { idp: ["constructor"] }],
    [["--verbose"], { verbose: ["true"] }],
    [["--verbose", "--verbose"], { verbose: ["true", "true"] }],
    [["--verbose", "--verbose=0"], { verbose: ["true", "0"] }],
    [["--verbose=false"], { verbose: ["false"] }],
    [["--no-verbose"], { verbose: ["false"] }],
    [["-v"], { verbose: ["true"] }],
    [["-v", "--no-verbose"], { verbose: ["true", "false"] }],
    [["--port", "1", "-v"], { port: ["1"], verbose: ["true"] }],
    // The original's name.
    [["--issuer", "x"], { "start-url": ["x"] }],
    [["--issuer=x", "--start-url", "y"], { "start-url": ["x", "y"] }],
    [["--verbose", "--port", "1"], { verbose: ["true"], port: ["1"] }],
    [["--port", "1", "--"], { port: ["1"] }],
  ];
  for (const [args, wanted] of cases) {
    assert.deepEqual(await flags(...args), wanted, args.join(" "));
    assert.deepEqual(await flags("credentials", ...args), wanted, args.join(" "));
  }
});

Deno.test("parseArguments: every flag of every command is taken in both forms", async () => {
  for (const { name, options } of COMMANDS) {
    const words = name === "place" ? ["x"] : [];
    for (const option of options) {
      const got = await flags(name, ...words, `--${option}=1`);
      assert.deepEqual(got, { [option]: ["1"] }, `${name} --${option}`);
    }
  }
});

Deno.test("parseArguments: a command's own words, before, between and behind its flags", async () => {
  for (
    const args of [["x", "--port", "1"], ["--port", "1", "x"], ["--port=1", "--", "x"]]
  ) {
    const what = await parse("place", ...args);
    assert.ok(what.kind === "run");
    assert.deepEqual(what.words, ["x"], args.join(" "));
    assert.deepEqual(given(what.flags), { port: ["1"] });
  }
  const dashed = await parse("place", "--", "--port");
  assert.ok(dashed.kind === "run");
  assert.deepEqual(dashed.words, ["--port"], "behind -- everything is a word");
});

const HELP = "See stssamldriver login --help";

const REFUSED: readonly [args: readonly string[], message: string, hint?: string | undefined][] = [
  [["nonsense"], `Unknown command "nonsense"`],
  [["nonsense", "--help"], `Unknown command "nonsense"`],
  [["help", "nonsense"], `Unknown command "nonsense"`],
  [["Credentials"], `Unknown command "Credentials"`],
  [[""], `Unknown command ""`],
  [["constructor"], `Unknown command "constructor"`],
  [["credentials", "extra"], `Unexpected argument "extra"`, HELP],
  [["--verbose", "true"], `Unexpected argument "true"`, HELP],
  [["--", "extra"], `Unexpected argument "extra"`, HELP],
  [["--", "--help"], `Unexpected argument "--help"`, HELP],
  [["--port", "1", "--", "--idp"], `Unexpected argument "--idp"`, HELP],
  [["-"], `Unexpected argument "-"`, HELP],
  [["place"], "place needs NAME", "See stssamldriver place --help"],
  [["place", "a", "b"], `Unexpected argument "b"`, "See stssamldriver place --help"],
  [["--port"], "--port needs a value", HELP],
  [["--role-arn", "--port", "1"], "--role-arn needs a value", HELP],
  [["--idp", "--verbose"], "--idp needs a value", HELP],
  [["--idp", "--", "x"], "--idp needs a value", HELP],
  [["--port="], "--port= has no value", undefined],
  [["--verbose="], "--verbose= has no value", undefined],
  [["--prot=80"], "Unknown flag --prot", "Did you mean --port or --print?"],
  [["--protfile", "x"], "Unknown flag --protfile"],
  [["--roleArn", "x"], "Unknown flag --roleArn", "Did you mean --role-arn?"],
  [
    ["--saml-providr-arn", "x"],
    "Unknown flag --saml-providr-arn",
    "Did you mean --saml-provider-arn?",
  ],
  [["--bogus"], "Unknown flag --bogus"],
  [["--bogus=1"], "Unknown flag --bogus", HELP],
  [["--ROLE-ARN", "x"], "Unknown flag --ROLE-ARN"],
  [["small", "--port", "1"], "small does not take --port", "See stssamldriver small --help"],
  [["small", "--issuer", "x"], "small does not take --issuer"],
  [["-x"], "Unknown flag -x", HELP],
  [["-vv"], "Unknown flag -vv", HELP],
  [["-undefined"], "Unknown flag -undefined", HELP],
  [["--v"], "Unknown flag --v", HELP],
  [["--idp", "-v"], "--idp needs a value", HELP],
  [["--idp", "-x"], "Unknown flag -x", HELP],
  // What every object has, and what other parsers take for their own.
  [["--helpAll"], "Unknown flag --helpAll", HELP],
  [["-H"], "Unknown flag -H", HELP],
  [["--constructor", "x"], "Unknown flag --constructor", HELP],
  [["--toString=1"], "Unknown flag --toString", HELP],
  [["--__proto__=x"], "Unknown flag --__proto__", HELP],
  [["--hasOwnProperty"], "Unknown flag --hasOwnProperty", HELP],
  // Abbreviations, by name.
  [
    ["--saml", "x"],
    "Unknown flag --saml: flags cannot be abbreviated",
    "Use --saml-provider-arn",
  ],
  [
    ["--tls=x"],
    "Unknown flag --tls: flags cannot be abbreviated",
    "Use --tls-cert or --tls-key",
  ],
  [["--verb"], "Unknown flag --verb: flags cannot be abbreviated", "Use --verbose"],
  [
    ["--policy", "x"],
    "Unknown flag --policy: flags cannot be abbreviated",
    "Use --policy-arn or --policy-file",
  ],
];

Deno.test("parseArguments: what is not taken is named, exit code 2", async () => {
  for (const [args, message, ...hint] of REFUSED) {
    const error = await refused(...args);
    assert.equal(error.message, message, args.join(" "));
    if (hint.length > 0) assert.equal(error.hint, hint[0], args.join(" "));
  }
});

Deno.test("parseArguments: an unknown command names those there are", async () => {
  const { hint } = await refused("nonsense");
  assert.equal(hint, "Commands: login, place, small; see stssamldriver --help");
});

Deno.test("parseArguments: a command that is misspelled is recognized", async () => {
  for (
    const [word, meant] of [
      ["logni", "login"],
      ["plce", "place"],
      ["smal", "small"],
      ["credental", "credentials"],
    ] as const
  ) {
    const { message, hint } = await refused(word);
    assert.deepEqual([message, hint], [`Unknown command "${word}"`, `Did you mean ${meant}?`]);
  }
});

Deno.test("parseArguments: by which name a flag was typed is remembered", async () => {
  for (
    const [args, name] of [
      [["--issuer", "x"], "issuer"],
      [["--start-url", "x"], "start-url"],
      [["--start-url", "x", "--issuer", "y"], "issuer"],
    ] as const
  ) {
    const what = await parse(...args);
    assert.ok(what.kind === "run");
    assert.equal(what.spelled["start-url"], name);
  }
});

Deno.test("parseArguments: nothing that is typed ends in anything but an answer or exit code 2", async () => {
  const odd = [
    "",
    "-",
    "--",
    "---",
    "--=",
    "--=x",
    "-=",
    "--é",
    "--\0",
    "-ab",
    "-p8090",
    "\n",
    "--a b",
  ];
  const long = "x".repeat(100_000);
  for (const first of [...odd, long, `--${long}`]) {
    for (const second of [...odd, "--port", "help"]) {
      try {
        await parse(first, second);
      } catch (error) {
        assert.ok(error instanceof UserError, `${first} ${second}: ${Deno.inspect(error)}`);
        assert.equal(error.exitCode, 2);
        assert.doesNotMatch(error.message, /undefined|\[object/, `${first} ${second}`);
      }
    }
  }
});
