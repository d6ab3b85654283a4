import assert from "node:assert/strict";
import { lineReader } from "../../src/system/dialog.ts";

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
