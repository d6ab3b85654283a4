import assert from "node:assert/strict";
import { manPage } from "../../scripts/man.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { namesOf, OPTION_NAMES, optionOf } from "../../src/cli/options.ts";
import { ExitCode } from "../../src/errors.ts";
import { peerTest } from "../support/peers.ts";

/** Runs mandoc on a page. */
async function mandoc(path: string, args: readonly string[], page: string): Promise<string> {
  const child = new Deno.Command(path, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

peerTest("mandoc", "manPage: mandoc has nothing to say but that it has no date", async (path) => {
  const said = await mandoc(path, ["-T", "lint", "-W", "warning"], manPage());
  assert.deepEqual(said.split("\n").filter((line) => !/missing date|^$/.test(line)), []);
  // A real mistake is one.
  assert.match(
    await mandoc(path, ["-T", "lint", "-W", "warning"], `${manPage()}.nonsense\n`),
    /nonsense/,
  );
});

peerTest(
  "mandoc",
  "manPage: every command, flag, exit code and example can be read",
  async (path) => {
    const page = manPage();
    const printed = await mandoc(path, ["-T", "utf8", "-O", "width=500"], page);
    // What is bold is printed twice, what is underlined with a line.
    // deno-lint-ignore no-control-regex -- the printer's step back
    const shown = printed.replace(/.\x08/g, "").replace(/\s+/g, " ");
    for (const { name, description, hidden, examples } of COMMANDS) {
      assert.equal(shown.includes(` ${name} `), !hidden, name);
      if (hidden) continue;
      assert.ok(shown.includes(description.replaceAll("…", "...")), name);
      for (const line of examples.flatMap(([, ...lines]) => lines)) {
        assert.ok(shown.includes(line.trim().replace(/\s+/g, " ").replaceAll("…", "...")), line);
      }
    }
    for (const option of OPTION_NAMES) {
      const { brief, placeholder } = optionOf(option);
      for (const name of namesOf(option)) assert.ok(shown.includes(`--${name}`), name);
      assert.ok(shown.includes(brief.slice(1)), option);
      const last = `--${namesOf(option).at(-1)}`;
      assert.ok(placeholder === undefined || shown.includes(`${last} ${placeholder}`), option);
    }
    for (const code of Object.values(ExitCode)) {
      assert.ok(
        shown.includes(` ${code} `),
        String(code),
      );
    }
  },
);

Deno.test("manPage: ASCII alone, and no line that roff would take for a request of its own", () => {
  assert.match(manPage(), /^[\n -~]+$/);
  for (const line of manPage().split("\n")) {
    assert.match(line, /^(?:[^.']|\.(?:TH|SH|SS|TP|IP|PP|RS|RE|nf|fi|br|BR)\b|$)/);
  }
});
