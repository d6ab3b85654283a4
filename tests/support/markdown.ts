/**
 * The parts of a Markdown document that tests check: code blocks, command lines, headings, links, tables.
 *
 * @module
 */

/** A fenced code block. */
export interface Fence {
  /** The word behind the opening fence; empty when there is none. */
  readonly language: string;
  readonly lines: readonly string[];
  /** Of its first line in the document, from 1. */
  readonly line: number;
}

/** A command line of a document. */
export interface DocumentedCommand {
  readonly language: string;
  /** On one line, without its comment. */
  readonly text: string;
  readonly line: number;
}

/** The fenced code blocks of a document. */
export function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { language: string; lines: string[]; line: number } | undefined;
  // One in a list is indented with it.
  let indent = "";
  for (const [index, text] of markdown.split("\n").entries()) {
    const fence = /^( *)```(\S*)\s*$/.exec(text);
    if (open === undefined && fence !== null) {
      indent = fence[1] ?? "";
      open = { language: fence[2] ?? "", lines: [], line: index + 2 };
    } else if (open !== undefined && fence !== null) {
      fences.push(open);
      open = undefined;
    } else open?.lines.push(text.startsWith(indent) ? text.slice(indent.length) : text);
  }
  if (open !== undefined) throw new Error(`The code block in line ${open.line - 1} is not closed`);
  return fences;
}

/** The languages whose blocks are command lines as a whole. */
export const SHELLS: readonly string[] = ["sh", "bash", "fish", "powershell"];

/** What stands before a comment that is not between quotes, and the comment. */
const COMMENT = /^((?:'[^']*'|"[^"]*"|[^'"])*?)(?:^|\s)#\s.*$/;

/**
 * The command lines of a document: every line of a shell's block, and those of other blocks that begin with
 * `$ `. A line that ends with a backslash continues.
 */
export function commandsOf(markdown: string): readonly DocumentedCommand[] {
  return fencesOf(markdown).flatMap((fence) => {
    const commands: DocumentedCommand[] = [];
    let begun = "";
    for (const [index, whole] of fence.lines.entries()) {
      const isShell = SHELLS.includes(fence.language);
      if (!isShell && begun === "" && !whole.startsWith("$ ")) continue;
      const text = begun + (isShell ? whole : whole.replace(/^[$>] /, "")).trimStart();
      if (text.endsWith("\\")) {
        begun = text.slice(0, -1);
        continue;
      }
      begun = "";
      const bare = text.replace(COMMENT, "$1").trim();
      const language = isShell ? fence.language : "sh";
      if (bare !== "") commands.push({ language, text: bare, line: fence.line + index });
    }
    return commands;
  });
}

/** A document without its code blocks. */
export function proseOf(markdown: string): string {
  const lines = markdown.split("\n");
  for (const { line, lines: { length } } of fencesOf(markdown)) {
    lines.fill("", line - 2, line + length);
  }
  return lines.join("\n");
}

/** The code spans of a document's text, each on one line. */
export function codeSpansOf(markdown: string): readonly string[] {
  return [...proseOf(markdown).matchAll(/`([^`]+)`/g)]
    .map(([, code = ""]) => code.replace(/\s*\n\s*/g, " "));
}

/** The targets of links and images, with those that references name. */
export function linksOf(markdown: string): readonly string[] {
  const prose = proseOf(markdown).replace(/`[^`\n]*`/g, "");
  return [
    ...prose.matchAll(/\]\(\s*([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\s*\)/g),
    ...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)\s*$/gm),
  ].map(([, target = ""]) => target);
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): readonly string[] {
  return headingsOf(markdown).map(({ text }) =>
    text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-")
  );
}

/** The headings of a document. */
export function headingsOf(
  markdown: string,
): readonly { readonly level: number; readonly text: string }[] {
  return [...proseOf(markdown).matchAll(/^(#{1,6})\s+(.*?)\s*$/gm)]
    .map(([, marks = "", text = ""]) => ({ level: marks.length, text }));
}

/** A section of a document, from its heading to the next one of its level or above. */
export function sectionOf(markdown: string, heading: string): string {
  // A remark in a code block may look like a heading.
  const prose = proseOf(markdown).split("\n");
  const levelOf = (line: string) => /^(#+) /.exec(line)?.[1]?.length ?? 7;
  const first = prose.findIndex((line) =>
    line.replace(/^#+ /, "") === heading && levelOf(line) < 7
  );
  if (first < 0) throw new Error(`There is no section "${heading}"`);
  const level = levelOf(prose[first] ?? "");
  const end = prose.findIndex((line, at) => at > first && levelOf(line) <= level);
  return markdown.split("\n").slice(first + 1, end < 0 ? prose.length : end).join("\n");
}

/** The rows of all tables in a text, without their headers; cells as they are written. */
export function rowsOf(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split("\n");
  const isRow = (line: string | undefined) => line?.startsWith("|") ?? false;
  const isRule = (line: string | undefined) => /^\|[\s:|-]+\|$/.test(line ?? "");
  return lines
    .filter((line, at) => isRow(line) && !isRule(line) && !isRule(lines[at + 1]))
    .map((line) =>
      line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"))
    );
}
