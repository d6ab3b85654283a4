import assert from "node:assert/strict";
import { screenOf, terminalPage } from "../../scripts/shots/terminal_page.ts";

/** The lines as a person reads them. */
function textOf(output: string): readonly string[] {
  return screenOf(output).map((line) => line.map(({ text }) => text).join(""));
}

Deno.test("screenOf: what a terminal ends up with", () => {
  const cases: readonly [output: string, lines: readonly string[]][] = [
    ["one\r\ntwo\r\n", ["one", "two", ""]],
    ["4:56 left\r\x1b[2Kdone\n", ["done", ""]],
    ["4:56 left\rdone", ["done left"]],
    ["4:56 left\rdone\x1b[K", ["done"]],
    ["abc\r\x1b[2K", [""]],
    ["\x1b[32m✓\x1b[0m Signed in 🎉", ["✓ Signed in 🎉"]],
    ["\x1b7kept\x1b8", ["kept"]],
  ];
  for (const [output, lines] of cases) assert.deepEqual(textOf(output), lines, output);
});

Deno.test("terminalPage: colors as classes, lines as lines, everything else as text", () => {
  const page = terminalPage("\x1b[2msoft\x1b[0m <b>\r\n\x1b[1;32mgood\x1b[m\r\n", 80);
  assert.match(
    page,
    /<pre style="width:80ch"><span class="c2">soft<\/span><span class=""> &#60;b&#62;<\/span>\n<span class="c1 c32">good<\/span>\n<\/pre>/,
  );
});
