/**
 * What a terminal showed → a page that looks like one. Pure.
 *
 * @module
 */

import { Html, html } from "../../src/sign_in/pages/page.ts";

/** A run of characters that look alike; its classes are SGR codes. */
interface Run {
  readonly text: string;
  readonly codes: readonly string[];
}

/** The characters of one line, each with its codes. */
type Line = Run[];

/** A control sequence (`\x1b[…`), another escape, or one character. */
// deno-lint-ignore no-control-regex
const TOKEN = /\x1b\[([0-9;?]*)([A-Za-z])|\x1b[^[]|[^]/gu;

/**
 * The lines that a terminal ends up with, for what this program and plain tools write: colors, lines that
 * are drawn over, tabs not.
 */
export function screenOf(output: string): readonly Line[] {
  const lines: Line[] = [[]];
  let column = 0;
  let codes: readonly string[] = [];
  const line = () => lines[lines.length - 1] ?? [];
  for (const [token, parameters, command] of output.matchAll(TOKEN)) {
    if (command === "m") {
      const given = (parameters ?? "").split(";").filter((code) => code !== "" && code !== "0");
      codes = given.length === 0 ? [] : [...codes, ...given];
    } else if (command === "K") {
      line().splice(parameters === "2" ? 0 : column);
    } else if (token === "\n") {
      lines.push([]);
      column = 0;
    } else if (token === "\r") {
      column = 0;
    } else if (command === undefined && !token.startsWith("\x1b")) {
      while (line().length < column) line().push({ text: " ", codes: [] });
      line()[column++] = { text: token, codes };
    }
  }
  return lines;
}

/** The screen as a document: light letters on dark, at most so many columns wide. */
export function terminalPage(output: string, columns: number): string {
  // Line breaks as values: in a template they are the formatter's.
  const screen = screenOf(output.trimEnd()).flatMap((line) => [...runsOf(line), "\n"]);
  return html`
    <style>${STYLE}</style>
    <main>
      <pre style="width:${columns}ch">${screen}</pre>
    </main>
  `
    .markup;
}

/** Neighbors that look alike, together. */
function runsOf(line: Line): readonly Html[] {
  const runs: Run[] = [];
  for (const { text, codes } of line) {
    const last = runs.at(-1);
    if (last !== undefined && last.codes.join() === codes.join()) {
      runs[runs.length - 1] = { text: last.text + text, codes };
    } else runs.push({ text, codes });
  }
  return runs.map(({ text, codes }) =>
    html`<span class="${codes.map((code) => `c${code}`).join(" ")}">${text}</span>`
  );
}

const STYLE = new Html(`
body{margin:0;display:inline-block;background:#0d1117}
pre{box-sizing:content-box;margin:0;padding:18px 22px;color:#e6edf3;white-space:pre-wrap;word-break:break-all;
font:14px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.c1{font-weight:600}.c2{color:#9da7b1}.c31{color:#ff8a80}.c32{color:#4ac26b}.c33{color:#e3b341}.c36{color:#79c0ff}
`);
