import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { lineReader } from "../../src/system/dialog.ts";
import { onTerminal, ptyPeer } from "../support/pty.ts";

type Chunk = string | Uint8Array;

/** Reads all lines of what comes in these chunks, as a terminal hands it out. */
async function linesIn(...chunks: readonly Chunk[]): Promise<readonly string[]> {
  const left = chunks.map((chunk): Uint8Array =>
    typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk
  );
  const readLine = lineReader((into) => {
    const chunk = left.shift();
    if (chunk === undefined) return Promise.resolve(null);
    into.set(chunk);
    return Promise.resolve(chunk.length);
  });
  const lines: string[] = [];
  let line = await readLine();
  while (line !== undefined) {
    lines.push(line);
    line = await readLine();
  }
  return lines;
}

const UMLAUT = new TextEncoder().encode("ä\n");

const CASES: readonly (readonly [string, readonly Chunk[], readonly string[]])[] = [
  ["a line at a time", ["one\n", "two\n"], ["one", "two"]],
  ["several lines at once, as a paste is", ["one\ntwo\n\nfour\n"], ["one", "two", "", "four"]],
  ["line ends of Windows", ["one\r\n", "\r\n"], ["one", ""]],
  ["a carriage return within a line stays", ["a\rb\n"], ["a\rb"]],
  ["a line in pieces: Ctrl-D sends what is there", ["on", "e\n"], ["one"]],
  ["a letter in pieces", [UMLAUT.subarray(0, 1), UMLAUT.subarray(1)], ["ä"]],
  ["what is no UTF-8 is seen", [new Uint8Array([0x61, 0xe4, 0x0a])], ["a\ufffd"]],
  ["what was not ended by Enter is no line", ["one\ntw"], ["one"]],
  ["Ctrl-D ends it", ["one\n", "", "two\n"], ["one"]],
];

for (const [name, chunks, lines] of CASES) {
  Deno.test(`lineReader: ${name}`, async () => {
    assert.deepEqual(await linesIn(...chunks), lines);
  });
}

const CHILD = fileURLToPath(new URL("dialog_child.ts", import.meta.url));
const RUN = `"$DENO" run --allow-all --no-config "$CHILD"`;
const { found, ...missing } = ptyPeer();

for (
  const [name, commandLine, shows] of [
    ["asks and reads on the terminal, whatever stdout is", `${RUN} | cat`, /read me\r?\nleft/],
    ["asks nobody where stdin is redirected", `${RUN} </dev/null`, /nobody/],
  ] as const
) {
  Deno.test({
    name: `openDialog: ${name}${"reason" in missing ? ` (skipped: ${missing.reason})` : ""}`,
    ignore: !found,
    fn: async () => {
      const kept = ["HOME", "PATH", "DENO_DIR", "DENO_COVERAGE_DIR"];
      const env = Object.entries(Deno.env.toObject()).filter(([name]) => kept.includes(name));
      await using terminal = onTerminal(commandLine, {
        ...Object.fromEntries(env),
        ...{ DENO: Deno.execPath(), CHILD, NO_COLOR: "1" },
      });
      if (!commandLine.includes("<")) {
        await terminal.waitFor("Name: ");
        await terminal.type("me\n");
      }
      assert.equal(await terminal.ended, 0, terminal.shown());
      assert.match(terminal.shown(), shows);
    },
  });
}
