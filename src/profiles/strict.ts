/**
 * The lines for which a stricter SDK than those of `dialects.ts` reads nothing of a whole file.
 *
 * @module
 */

import type { Document } from "./document.ts";
import { isRefusedByGo1, OLDER_GO } from "./go1.ts";
import type { HeaderLine, Line } from "./lines.ts";
import type { FileKind } from "./names.ts";
import { lineEnding, trimSpace } from "./white_space.ts";

/** The numbers of those lines, from 1, by the names of the SDKs that refuse the file for them. */
export function refusedLines(
  doc: Document,
  kind: FileKind,
): ReadonlyMap<readonly string[], readonly number[]> {
  const found = new Map<string, { readonly sdks: readonly string[]; readonly lines: number[] }>();
  const c = new CommonRuntime(kind);
  for (const line of doc.lines) {
    if (line.kind === "blank") continue;
    const text = line.raw.slice(0, line.raw.length - lineEnding(line.raw).length)
      .replace(/^\uFEFF/, "");
    const sdks = [
      ...(c.refuses(line, text) ? ["C (aws-crt, Mountpoint)"] : []),
      ...(isRefusedByGo1(text, line.kind === "sub-property") ? [OLDER_GO] : []),
      ...(isRefusedByPhp(text) ? ["PHP"] : []),
    ];
    if (sdks.length === 0) continue;
    const same = found.get(sdks.join()) ?? { sdks, lines: [] };
    found.set(sdks.join(), same);
    same.lines.push(line.number);
  }
  return new Map([...found.values()].map(({ sdks, lines }) => [sdks, lines]));
}

/**
 * The AWS Common Runtime in C, and what is built on it. An indented line is a part of the property above,
 * also where it looks like a comment:
 * https://github.com/awslabs/aws-c-sdkutils/blob/main/source/aws_profile.c
 */
class CommonRuntime {
  readonly #kind: FileKind;
  #inProfile = false;
  #above: "nothing" | "value" | "empty value" = "nothing";

  constructor(kind: FileKind) {
    this.#kind = kind;
  }

  /** Reports whether it refuses the file for a line; to be asked for one after the other. */
  refuses(line: Line, text: string): boolean {
    if (/^[#;]/.test(text)) return false;
    if (/^\s/.test(text)) {
      const isNamed = /^\s*[^=\s][^=]*=/.test(text);
      return this.#above === "nothing" || (this.#above === "empty value" && !isNamed);
    }
    this.#above = "nothing";
    if (line.kind === "header") {
      this.#inProfile = this.#isProfile(line);
      return this.#inProfile && /[#;]/.test(line.content);
    }
    const [, key = "", value = ""] = /^([^=]*)=(.*)/.exec(text.replace(/\s[#;].*/, "")) ?? [];
    if (this.#inProfile && !/[^\w\\\-/.%@:+]/.test(trimSpace(key))) {
      this.#above = trimSpace(value) === "" ? "empty value" : "value";
    }
    return false;
  }

  #isProfile({ content }: HeaderLine): boolean {
    const name = /^[\w\\\-/.%@:+]+\s*(?:[#;]|$)/;
    if (this.#kind === "credentials") return name.test(content.trimStart());
    const [, prefix] = /^\s*(?:profile|sso-session|services)\s+(.*)/.exec(content) ?? [];
    return prefix === undefined ? content.trim() === "default" : name.test(prefix);
  }
}

/**
 * PHP's SDK takes comments with a `#` away only where nothing stands before it, and gives the rest to
 * `parse_ini_string`, whose names have few signs in them:
 * https://www.php.net/manual/function.parse-ini-file.php
 */
function isRefusedByPhp(text: string): boolean {
  if (text.startsWith("#")) return false;
  const rest = text.replace(/^\[[^\]]*\]/, "");
  const end = rest.search(/[=;]|$/);
  const name = rest.slice(0, end);
  if (trimSpace(name) === "") return rest.charAt(end) === "=";
  return /[{}|&~!()^"$\0]/.test(name) || /\[(?![^[\]]*\]\s*$)/.test(name) ||
    /^\t*(?:null|yes|no|true|false|on|off|none)\s*$/i.test(name);
}
