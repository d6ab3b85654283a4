/**
 * The documents say what is true: every flag, link, exit code and message that they name is there. Their command
 * lines are run by `peers/docs_commands.test.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseAccountNames } from "../src/cli/settings/named_files.ts";
import { OPTION_NAMES, OPTIONS, variableOf } from "../src/cli/options.ts";
import { parseMachineFile } from "../src/cli/settings/machine_source.ts";
import { optionOfKey } from "../src/cli/settings/profile_source.ts";
import { DOCUMENTED } from "../scripts/release/repository.ts";
import { ExitCode } from "../src/errors.ts";
import { trustedClient } from "../src/system/trust.ts";
import { DOCUMENTS, MANUAL, read, ROOT } from "./support/documents.ts";
import { anchorsOf, fencesOf, headingsOf, linksOf, rowsOf, sectionOf } from "./support/markdown.ts";
import { startNewcomer } from "./support/newcomer.ts";
import { userErrorFrom } from "./support/checks.ts";
import { PEERS } from "./support/peers.ts";

/** The flags of other programs, and those that are none of OPTIONS. */
const OTHER_FLAGS: readonly string[] = [
  // Of `task bench`.
  "--only",
  "--original",
  "--write",
  "--help",
  "--help-all",
  "--version",
  "--auto",
  // The original's name of --start-url.
  "--issuer",
  "--profile-directory",
  "--check",
  "--ignore-missing",
  "--repository",
  "--repo",
  "--pack-extension",
  "--pack-extension-key",
  "--channel",
  "--env-file",
  "--network",
  "--format",
];

Deno.test("docs: the task and the Deno of every command line are the project's", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const pinned = /deno\(\) \{ npx -y (deno@\S+)/.exec(read(".ci/run"))?.[1];
  for (const path of DOCUMENTS) {
    for (const [whole, version, task = ""] of read(path).matchAll(/(deno@[\d.]+) task ([\w:]+)/g)) {
      assert.equal(version, pinned, `${path}: ${whole}`);
      assert.ok(task in tasks, `${path}: ${whole}`);
    }
    for (const [whole, task = ""] of read(path).matchAll(/`deno task ([\w:]+)/g)) {
      assert.ok(task in tasks, `${path}: ${whole}`);
    }
  }
});

Deno.test("docs: every flag that they name is one", () => {
  // The first column of its tables is about other tools.
  const ours = (path: string) =>
    path === "docs/migration.md" ? read(path).replaceAll(/^\| [^|]*\|/gm, "|") : read(path);
  const unknown = MANUAL.flatMap((path) =>
    [...ours(path).matchAll(/(?<![\w-])--(?:no-)?([a-z][a-z-]+)/g)]
      .filter(([flag, name = ""]) =>
        !OTHER_FLAGS.includes(flag) && !Object.hasOwn(OPTIONS, name) &&
        !Object.hasOwn(OPTIONS, flag.slice(2))
      )
      .map(([flag]) => `${path}: ${flag}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("docs: every flag is in the tables of docs/configuration.md, and which have no variable", () => {
  const text = read("docs/configuration.md");
  const listed = rowsOf(text).map(([flags = ""]) => flags).join(" ");
  const absent = Object.keys(OPTIONS).filter((name) =>
    !new RegExp(`--${name}(?![\\w-])`).test(listed)
  );
  assert.deepEqual(absent, []);
  const oneTime = /One-time switches \(([^)]*)\)/.exec(text)?.[1] ?? "";
  assert.deepEqual(
    [...oneTime.matchAll(/--([a-z-]+)/g)].map(([, name]) => name).toSorted(),
    Object.entries(OPTIONS).filter(([, { variable }]) => !variable).map(([name]) => name)
      .toSorted(),
  );
});

Deno.test("docs: every variable of the program that they name is one", () => {
  const ofInstaller = read("scripts/install.sh").match(/STSSAMLDRIVER_[A-Z_]+/g) ?? [];
  const known = [...OPTION_NAMES.map(variableOf), ...ofInstaller];
  const unknown = MANUAL.flatMap((path) =>
    [...read(path).matchAll(/STSSAMLDRIVER_[A-Z][A-Z_]*/g)].map(([name]) => name)
      .filter((name) => !known.includes(name)).map((name) => `${path}: ${name}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("docs: every link leads somewhere", () => {
  const broken = DOCUMENTS.flatMap((path) =>
    linksOf(read(path)).filter((target) => !isThere(path, target)).map((it) => `${path}: ${it}`)
  );
  assert.deepEqual(broken, []);
});

function isThere(path: string, target: string): boolean {
  if (/^https:\/\//.test(target)) return URL.canParse(target);
  const [file = "", anchor] = target.split("#");
  const whole = file === "" ? path : join(dirname(path), file);
  if (!existsSync(join(ROOT, whole))) return false;
  return anchor === undefined || anchorsOf(read(whole)).includes(anchor);
}

Deno.test("docs: the exit codes of the README are those of the program", () => {
  const listed = rowsOf(sectionOf(read("README.md"), "Troubleshooting"))
    .filter(([codes = ""]) => /^\d+(, \d+)*$/.test(codes))
    .flatMap(([codes = ""]) => codes.split(", ").map(Number));
  const ofExec: readonly number[] = [ExitCode.NOT_EXECUTABLE, ExitCode.NOT_FOUND];
  assert.deepEqual(listed, Object.values(ExitCode).filter((code) => !ofExec.includes(code)));
});

/** Headings whose message is put together from parts, with one that is. */
const PUT_TOGETHER: Readonly<Record<string, () => Promise<string>>> = {
  "Cannot use AWS_CA_BUNDLE=…": async () =>
    (await userErrorFrom(trustedClient(() => "/nowhere.pem"))).message,
};

/** The runtime's own words, before the program begins. */
const OF_RUNTIME = ["error: … No such file or directory (os error 2)"];

/** Whether a text has a message in which anything, but not much of it, stands for an ellipsis. */
function has(text: string, message: string): boolean {
  const pieces = message.split("…").map((piece) => RegExp.escape(piece.trim()));
  return new RegExp(pieces.join("[^]{0,150}?")).test(text);
}

const TROUBLES: readonly string[] = headingsOf(read("docs/troubleshooting.md"))
  .flatMap(({ text }) => /^`([^`]+)`/.exec(text)?.[1] ?? []);

Deno.test("docs: every message of the troubleshooting is one of the program", async () => {
  const source = sourceText("src");
  const messages = [
    ...TROUBLES,
    ...[
      ...rowsOf(sectionOf(read("README.md"), "Troubleshooting")),
      ...rowsOf(sectionOf(read("docs/troubleshooting.md"), "Checking the machine")),
    ].flatMap(([first = ""]) => /^`([^`]+)`(?: and other |$)/.exec(first)?.[1] ?? []),
  ].filter((message) => !OF_RUNTIME.includes(message));
  assert.ok(messages.length > 60, `only ${messages.length} messages`);
  for (const message of messages) {
    const longest = Math.max(...message.split("…").map((piece) => piece.trim().length));
    assert.ok(longest >= 10, `"${message}" would be found anywhere`);
    const text = await PUT_TOGETHER[message]?.() ?? source;
    assert.ok(has(text, message), `no message of the program is "${message}"`);
  }
});

/**
 * Errors that the troubleshooting leaves out, since their own message and hint say all that there is to do, and
 * some whose message is put together from parts, so that nothing here finds their entry. Whoever adds an error
 * decides: an entry there, or its code here.
 */
const SAYS_ALL: readonly string[] = [
  "arn-mismatch",
  "assertion-encrypted",
  "assertion-unreadable",
  "bad-profile-name",
  "bad-profile-value",
  "cache-forbidden",
  "cache-homeless",
  "cache-undeletable",
  "cancelled",
  "command-not-executable",
  "command-not-found",
  "completions-shell",
  "confirm-unasked",
  "console-destination",
  "console-host",
  "console-insecure",
  "console-unreachable",
  "console-url",
  "dashes-missing",
  "file-irregular",
  "file-not-editable",
  "file-read-only",
  "file-unreadable",
  "flag-empty",
  "flag-idle",
  "folder-foreign",
  "folder-sticky",
  "interrupted",
  "line-unquotable",
  "listen-missing",
  "logout-what",
  "machine-file-malformed",
  "machine-file-untrusted",
  "names-malformed",
  "option-malformed",
  "paste-binding",
  "policy-malformed",
  "port-failed",
  "port-lost",
  "print-idle",
  "profile-ambiguous",
  "profile-key",
  "profile-line",
  "profile-not-ours",
  "region-malformed",
  "region-mismatch",
  "session-unreadable",
  "session-unused",
  "sign-in-died",
  "sso-half",
  "stdout-unwritable",
  "sts-endpoint",
  "sts-unreachable",
  "template-collides",
  "template-default",
  "template-unknown",
  "temporary-folder",
  "tls-half",
  "trust-unreadable",
  "unexpected-word",
  "unknown-command",
  "unknown-flag",
  "value-not-printable",
  "word-missing",
];

Deno.test("docs: every error is in the troubleshooting, or says all by itself", () => {
  const made =
    /(?:new UserError|usageError|refusal|unknown|fail|ended)\(\s*"([a-z]+(?:-[a-z]+)*)",\s*([^]{0,300})/g;
  const found = new Map<string, boolean>();
  for (const [, code = "", rest = ""] of sourceText("src").matchAll(made)) {
    const [message = ""] = rest.split("hint:");
    const listed = TROUBLES.some((each) => has(message, each));
    found.set(code, listed || (found.get(code) ?? false));
  }
  assert.ok(found.size > 80, `only ${found.size} errors`);
  const absent = [...found].filter(([, listed]) => !listed).map(([code]) => code).toSorted();
  assert.deepEqual(absent, SAYS_ALL, "docs/troubleshooting.md gets an entry, or SAYS_ALL the code");
});

/** Everything below a folder, strings that are put together in one piece. */
function sourceText(folder: string): string {
  return [...Deno.readDirSync(join(ROOT, folder))].map(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sourceText(path);
    return read(path).replace(/["`]\s*\+\s*["`]/g, "").replaceAll("\\n", " ").replaceAll(
      '\\"',
      '"',
    );
  }).join("\n");
}

Deno.test("docs: the profiles of the examples are read without a remark", async () => {
  await using newcomer = await startNewcomer({ installed: true });
  for (const path of MANUAL) {
    for (const { language, lines, line } of fencesOf(read(path))) {
      // Whose credentials come from another role is the SDKs' business.
      if (language !== "ini" || !lines.some((text) => text.includes("stssamldriver"))) continue;
      const keys = lines.flatMap((text) => /^(stssamldriver_\w+) =/.exec(text)?.[1] ?? []);
      for (const key of keys) assert.ok(optionOfKey(key), `${path}:${line}: ${key} is no setting`);
      const file = `${newcomer.home}/example`;
      await Deno.writeTextFile(file, lines.join("\n"));
      const profile = /^\[profile (.+)\]$/.exec(lines[0] ?? "")?.[1];
      const end = await newcomer.run(
        "bash",
        `AWS_CONFIG_FILE='${file}' stssamldriver env --profile ${profile} --no-interactive`,
      );
      assert.equal(end.code, ExitCode.SIGN_IN_NEEDED, `${path}:${line}: ${end.stderr}`);
      assert.match(end.stderr, /^stssamldriver: /, `${path}:${line}: a remark`);
    }
  }
});

Deno.test("docs: the machine's files of the examples are understood", () => {
  const files = MANUAL.flatMap((path) =>
    fencesOf(read(path)).map(({ lines }) => lines.join("\n"))
      .filter((text) => /^\[(defaults|required)\]$/m.test(text))
  );
  assert.ok(files.length >= 2);
  for (const text of files) assert.ok(parseMachineFile({ path: "config", text }).length > 0);
});

Deno.test("docs: docs/fleet.md lists what the machine's file may set, and nothing else", () => {
  const rows = rowsOf(sectionOf(read("docs/fleet.md"), "What can be set"));
  const listed = rows.flatMap(([, settings = ""]) =>
    [...settings.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name)
  );
  const aliases = ["issuer"];
  assert.deepEqual(
    listed.filter((name) => !aliases.includes(name)).toSorted(),
    Object.entries(OPTIONS).filter(([, { machine }]) => machine).map(([name]) => name).toSorted(),
  );
});

Deno.test("docs: the JSON of the examples is JSON", () => {
  for (const path of MANUAL) {
    for (const { language, lines } of fencesOf(read(path))) {
      if (language === "json") assert.ok(JSON.parse(lines.join("\n")), path);
    }
  }
});

Deno.test("docs: the files of account names are read as they are meant", () => {
  const examples = fencesOf(sectionOf(read("docs/configuration.md"), "Account names"));
  assert.equal(examples.length, 2);
  for (const { lines } of examples) {
    assert.deepEqual([...parseAccountNames(lines.join("\n"))], [
      ["111122223333", "Development"],
      ["444455556666", "Production"],
    ]);
  }
});

Deno.test("docs: every test that SECURITY names for an attack is there", () => {
  const rows = rowsOf(sectionOf(read("SECURITY.md"), "Attacks, and the tests that show them"))
    .filter(([first]) => first !== "attack");
  assert.ok(rows.length > 10, `only ${rows.length} attacks`);
  for (const [attack = "", tests = ""] of rows) {
    const paths = [...tests.matchAll(/\((tests\/[^)]+)\)/g)].map(([, path = ""]) => path);
    assert.ok(paths.length > 0, attack);
    for (const path of paths) {
      assert.match(read(path), /Deno\.test|peers?Test|attack\(/, path);
    }
  }
});

Deno.test("docs: documents and install scripts name one repository, and the same variables", () => {
  const variables = (path: string) =>
    [...new Set(read(path).match(/STSSAMLDRIVER_[A-Z_]+/g))].toSorted();
  assert.equal(variables("scripts/install.sh").length, 3);
  assert.deepEqual(variables("scripts/install.ps1"), variables("scripts/install.sh"));
  for (
    const path of ["README.md", "docs/install.md", "scripts/install.sh", "scripts/install.ps1"]
  ) {
    const named = read(path).match(/https:\/\/github\.com\/[\w-]+\/sts-saml-driver\b/g) ?? [];
    assert.ok(named.length > 0, path);
    for (const each of named) assert.equal(each, DOCUMENTED, path);
  }
});

Deno.test("docs: CONTRIBUTING lists every peer", () => {
  const listed = rowsOf(read("CONTRIBUTING.md")).flatMap(([first = ""]) =>
    [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
  );
  assert.deepEqual(PEERS.filter((name) => !listed.includes(name)), []);
});
