/**
 * How the older AWS SDKs for Go read a line, as rclone and older Terraform still do: they split it into
 * tokens, so that quotes, commas and comment signs mean something in the middle of a value.
 *
 * https://github.com/aws/aws-sdk-go/tree/main/internal/ini
 *
 * @module
 */

/** For messages; Debian's rclone is where people still meet them. */
export const OLDER_GO = "Go (older versions, as in rclone)";

/** Each matches from a place on. White space is what Go's `unicode.IsSpace` takes for it. */
const TOKENS = {
  blank: /[\t\v\f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/y,
  comment: /[#;].*/sy,
  sign: /[,:=[\]]/y,
  /** Up to the next quote without a backslash before it, not even one that is escaped itself. */
  quoted: /"(?:[^"]|(?<=\\)")*(?<!\\)"/y,
  /** A quote that is not closed, and what begins like a number and is none. Somewhat more than are refused. */
  refused:
    /"|(?:(?!--)[-.eE](?:x[\da-fA-F]+|[bo\d.eE-]*\d)|\d{2,}(?:[bo]\d+|x[\da-fA-F]+))(?=\s|$)/y,
  /** What follows a truth value or a number begins anew. */
  atom: /true|false|\d(?:x[\da-f]+|[\dbo.e-]*)(?=\s)/iy,
  word: /[^ :=[\]]+/y,
};

/** What a stretch of a line is to these SDKs. */
interface Token {
  readonly kind: keyof typeof TOKENS;
  readonly text: string;
}

function* tokens(line: string): Generator<Token> {
  for (let at = 0; at < line.length;) {
    for (const kind of Object.keys(TOKENS) as (keyof typeof TOKENS)[]) {
      TOKENS[kind].lastIndex = at;
      const text = TOKENS[kind].exec(line)?.[0];
      if (text === undefined) continue;
      yield { kind, text };
      at += text.length;
      break;
    }
  }
}

/** The value that is read; `undefined` where the whole file is refused, or the next lines are read with it. */
export function readByGo1(value: string): string | undefined {
  const all = [...tokens(value)];
  const [first] = all;
  if (first?.text === "," || all.some(({ kind }) => kind === "refused")) return undefined;
  if (first?.kind === "quoted") return first.text.slice(1, -1);
  const end = all.findIndex(({ kind, text }) => kind === "comment" || text === ",");
  return all.slice(0, end < 0 ? all.length : end).map(({ text }) => text).join("")
    .replace(/^ +| +$/g, "");
}

/**
 * Reports whether one line makes these SDKs refuse the file, or take the next lines for a part of it.
 *
 * @param line without its ending
 * @param skipped it belongs to an empty value, and is only split into tokens
 */
export function isRefusedByGo1(line: string, skipped: boolean): boolean {
  const all = [...tokens(line)].filter(({ kind }) => kind !== "blank");
  if (all.some(({ kind }) => kind === "refused")) return true;
  if (skipped) return false;
  // Words, and what counts between them: `[profile x]` is "[ww]", `a = b # c` is "w=w#".
  const shape = all.map(({ kind, text }) => kind === "sign" ? text : kind === "comment" ? "#" : "w")
    .join("");
  if (shape.startsWith("[")) return !HEADER.test(shape);
  return shape !== "#" && !PROPERTY.test(shape);
}

const PROPERTY = /^w+(?:[:=](?:[^,#].*)?)?$/;
const HEADER = /^(?:\[[^[\],#]+\])+(?:#?|w+(?:[:=](?:[^,#].*)?)?)$/;
