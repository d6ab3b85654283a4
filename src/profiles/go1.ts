/**
 * How version 1 of the AWS SDK for Go reads the value of a property: rclone and older Terraform have it.
 * It splits a value into tokens, so that quotes, commas and comment signs mean something in the middle of it.
 *
 * https://github.com/aws/aws-sdk-go/tree/main/internal/ini
 *
 * @module
 */

/** White space as Go's `unicode.IsSpace` has it. */
const BLANK = /[\t\v\f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/y;

/** What goes on up to a blank or to one of these signs, whatever quotes are in it. */
const WORD = /[^ :=[\]]+/y;

/** Up to the next quote that has no backslash before it, not even one that is itself escaped. */
const QUOTED = /"(?:[^"]|(?<=\\)")*(?<!\\)"/y;

/** What begins like a number and is then refused as one, with the whole file. Somewhat more than are. */
const BAD_NUMBER =
  /(?:(?!--)[-.eE](?:x[\da-fA-F]+|[bo\d.eE-]*\d)|\d{2,}(?:[bo]\d+|x[\da-fA-F]+))(?=\s|$)/y;

/** A truth value or a number: what follows it begins anew. */
const ATOM = /true|false|\d(?:x[\da-f]+|[\dbo.e-]*)(?=\s|$)/iy;

/** The value that this SDK reads; `undefined` where it refuses the whole file, or reads on in the next line. */
export function readByGo1(value: string): string | undefined {
  if (value.startsWith(",")) return undefined;
  if (value.startsWith('"')) return match(QUOTED, value, 0)?.slice(1, -1);
  let at = 0;
  while (at < value.length) {
    const blank = match(BLANK, value, at);
    const sign = value.charAt(at);
    if (blank !== undefined) at += blank.length;
    else if (/[,#;]/.test(sign)) break;
    else if (/[:=[\]]/.test(sign)) at++;
    else if (sign === '"') {
      const quoted = match(QUOTED, value, at);
      if (quoted === undefined) return undefined;
      at += quoted.length;
    } else if (match(BAD_NUMBER, value, at) !== undefined) return undefined;
    else at += (match(ATOM, value, at) ?? match(WORD, value, at))?.length ?? 1;
  }
  return value.slice(0, at).replace(/^ +| +$/g, "");
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
