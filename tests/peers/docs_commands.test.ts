/**
 * Every command line of the documents runs, in the shell that its block names: ours against stand-ins, those of
 * others where they are here. The name of each test says how many there are, and the name of each step what was
 * done instead of running it.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArguments } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { DOCUMENTS, read, ROOT } from "../support/documents.ts";
import {
  codeSpansOf,
  commandsOf,
  type DocumentedCommand,
  fencesOf,
  SHELLS,
} from "../support/markdown.ts";
import { type LineEnd, type Newcomer, startNewcomer } from "../support/newcomer.ts";
import { peer } from "../support/peers.ts";
import { ptyPeer } from "../support/pty.ts";

/** Enough that a reader of documents that finds nothing is noticed. */
const FEWEST_COMMANDS = 80;

/** Programs whose lines are only parsed, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  sudo: "takes root",
  brew: "installs from the network",
  scoop: "is for Windows",
  gh: "asks GitHub",
  chrome: "is not for a test's home",
  "web-ext": "asks Mozilla",
  ssh: "needs another machine",
};

/** What a data block may be. */
const DATA = ["ini", "json", "xml", "ts", "yaml", "toml", "text"];

/** What runs a command line, or why nothing does. */
type Way =
  | { readonly kind: "run" | "serve" | "answer" | "task" }
  | { readonly kind: "parse" | "skip"; readonly why: string };

function wayOf({ language, text }: DocumentedCommand): Way {
  if (/^(?:npx -y deno@\S+|deno) (task|test) /.test(text)) return { kind: "task" };
  if (language === "powershell" && !text.startsWith("stssamldriver")) {
    return peer("powershell").found
      ? { kind: "parse", why: "is for Windows" }
      : { kind: "skip", why: "no PowerShell here" };
  }
  const started = [...text.matchAll(/(?:^|[|&;(]\s*)([\w-]+)/g)].map(([, name = ""]) => name);
  const other = started.find((name) => Object.hasOwn(NOT_RUN, name));
  if (other !== undefined) return { kind: "parse", why: `${other} ${NOT_RUN[other]}` };
  const needs = [
    peer(language === "fish" ? "fish" : "bash"),
    ...(/\bcurl\b/.test(text) ? [peer("curl")] : []),
    ...(text.includes("export-credentials") ? [peer("awscli2")] : []),
    ...(/mkcert|--tls-cert/.test(text) && !hasOpenssl
      ? [{ found: false, reason: "no openssl" } as const]
      : []),
  ];
  const missing = needs.find((each) => !each.found);
  if (missing?.found === false) return { kind: "skip", why: missing.reason };
  if (/^stssamldriver relay /.test(text)) return { kind: "serve" };
  if (text !== "stssamldriver setup") return { kind: "run" };
  const terminal = ptyPeer();
  return terminal.found ? { kind: "answer" } : { kind: "skip", why: terminal.reason };
}

let all = 0;

for (const path of DOCUMENTS) {
  const commands = commandsOf(read(path)).map((command) => ({ ...command, way: wayOf(command) }));
  if (commands.length === 0) continue;
  all += commands.length;
  const count = (...kinds: readonly Way["kind"][]) =>
    commands.filter(({ way }) => kinds.includes(way.kind)).length;
  const counted = [
    `${count("run", "serve", "answer")} run`,
    `${count("task")} tasks of CI`,
    `${count("parse")} only parsed`,
    `${count("skip")} skipped`,
  ].join(", ");
  Deno.test({
    name: `docs: ${path}: every command line runs (${commands.length}: ${counted})`,
    // The lines are for a POSIX shell.
    ignore: Deno.build.os === "windows",
    fn: async (t) => {
      // The first lines of the README install the driver; who reads on has a profile.
      const isStart = path === "README.md";
      const needsMachine = commands.length > count("task", "parse", "skip");
      await using newcomer = needsMachine
        ? await startNewcomer({ installed: !isStart })
        : undefined;
      if (!isStart && commands.some(({ text }) => text.includes(" --profile "))) {
        await newcomer?.configure(read(path));
      }
      const done = new Map<string, number>();
      for (const command of commands) {
        const { text, line, way } = command;
        const before = done.get(text);
        done.set(text, before ?? line);
        const remark = before !== undefined
          ? ` (as line ${before})`
          : "why" in way
          ? ` (${way.kind === "parse" ? "only parsed" : "skipped"}: ${way.why})`
          : "";
        await t.step({
          name: `${path}:${line}: ${text}${remark}`,
          ignore: way.kind === "skip",
          fn: async () => {
            if (before === undefined) await check(newcomer, command);
          },
        });
      }
    },
  });
}

async function check(
  newcomer: Newcomer | undefined,
  { language, text, way }: DocumentedCommand & { readonly way: Way },
): Promise<void> {
  if (way.kind === "task") {
    // CI runs them.
    const [, kind, what = ""] = / (task|test) (?:--\S+ )*(\S+)/.exec(text) ?? [];
    if (kind === "test") assert.ok(existsSync(join(ROOT, what)), `there is no ${what}`);
    else assert.ok(what in JSON.parse(read("deno.json")).tasks, `there is no task ${what}`);
    return;
  }
  if (way.kind === "parse") return await parse(language, text);
  assert.ok(newcomer);
  switch (way.kind) {
    case "serve":
      return assertWell(await newcomer.serve(text, "The relay listens on"), text);
    case "answer":
      // The name, the start URL, and Enter to go on.
      return assertWell(await newcomer.answer(text, ["dev", newcomer.startUrl, ""]), text);
  }
  if (language === "powershell") {
    // Its own side of the line has no interpreter here.
    const [ours = "", ...theirs] = text.split(" | ");
    assert.equal(theirs.at(-1), "Invoke-Expression");
    const { code, stdout, stderr } = await newcomer.run("bash", ours);
    assertWell({ code, stdout, stderr }, text);
    const script = ours.includes(" completions ")
      ? /^Register-ArgumentCompleter /m
      : /^\$env:AWS_ACCESS_KEY_ID = '/;
    assert.match(stdout, script);
    return;
  }
  const sets = text.includes("saml_aws_environment") ||
    text.includes("stssamldriver env") && /\b(eval|source)\b/.test(text);
  const asked = sets ? `${text}\ntest -n "$AWS_SESSION_TOKEN"` : text;
  assertWell(await newcomer.run(language === "fish" ? "fish" : "bash", asked), text);
}

/** Asks the shell whether it can read a line, without running it. */
async function parse(language: string, text: string): Promise<void> {
  const [shell = "", ...args] = language === "powershell"
    ? ["pwsh", "-NoProfile", "-Command", `[void][scriptblock]::Create(@'\n${text}\n'@)`]
    : [language === "fish" ? "fish" : "bash", "-n", "-c", text];
  const { success, stderr } = await new Deno.Command(shell, { args, stdin: "null" }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const ours = /\b(?:sudo|exec) (stssamldriver .*)$/.exec(text)?.[1];
  if (ours !== undefined) await assertTaken(ours);
}

function assertWell({ code, stderr }: LineEnd, what: string): void {
  assert.equal(code, 0, `${what}\nended with ${code} and said\n${stderr}`);
}

Deno.test("docs: the command lines are found, and none stands in a block that nobody runs", () => {
  assert.ok(all >= FEWEST_COMMANDS, `only ${all} command lines`);
  const programs = ["stssamldriver", "aws", "curl", "npx", "eval", "irm", ...Object.keys(NOT_RUN)];
  const hidden = DOCUMENTS.flatMap((path) =>
    fencesOf(read(path)).filter(({ language }) => !SHELLS.includes(language)).flatMap((fence) => {
      assert.ok(
        DATA.includes(fence.language),
        `${path}:${fence.line}: no block of "${fence.language}"`,
      );
      return fence.lines.filter((line) => programs.includes(line.trimStart().split(" ")[0] ?? ""))
        .map((line) => `${path}:${fence.line}: ${line}`);
    })
  );
  assert.deepEqual(hidden, []);
});

Deno.test("docs: the command lines in the text are taken as they are written", async () => {
  let number = 0;
  for (const path of DOCUMENTS) {
    for (const span of codeSpansOf(read(path))) {
      if (!/^stssamldriver( |$)/.test(span)) continue;
      number++;
      await assertTaken(span).catch((error) => assert.fail(`${path}: ${span}: ${error}`));
    }
  }
  assert.ok(number > 20, `only ${number} command lines`);
});

/** Asserts that the driver knows the command and the flags of a line. */
async function assertTaken(line: string): Promise<void> {
  const [ours = ""] = line.replace(/ …$/, "").split(/ [<>|] | && /);
  const words = [...ours.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].slice(1)
    .map(([, single, double, bare]) => single ?? double ?? bare ?? "");
  await parseArguments(words, COMMANDS);
}
