/**
 * Letters outside ASCII in a shared file, which not every SDK reads as UTF-8; pure. Python's, and so the AWS
 * CLI, takes the encoding of its locale, on Windows the code page; Ruby's too, and neither reads any profile
 * of a file in which it finds a letter that is none there.
 *
 * @module
 */

/** The part of this machine that decides how SDKs read the files. */
export interface Surroundings {
  readonly os: typeof Deno.build.os;
  readonly env: (name: string) => string | undefined;
}

/** What would become of letters outside ASCII. */
export interface EncodingRisk {
  /**
   * `reject`: the AWS CLI would reject the whole file here. `guess`: on Windows, where nobody but the reader
   * knows its code page. `elsewhere`: only in another locale than this one.
   */
  readonly kind: "reject" | "guess" | "elsewhere";
  /** The end of a sentence that begins with what has the letters. */
  readonly reason: string;
}

/** The risk of writing such letters here. */
export function encodingRisk({ os, env }: Surroundings): EncodingRisk {
  const utf8 = env("PYTHONUTF8");
  if (os === "windows") {
    return utf8 === "1" ? ELSEWHERE : {
      kind: "guess",
      reason: "the AWS CLI reads the file in this system's code page, and may reject all of it",
    };
  }
  const named = ["LC_ALL", "LC_CTYPE", "LANG"].find((name) => env(name));
  const locale = named && env(named) || "C";
  const shown = named === undefined ? "no locale is set" : `${named}=${locale}`;
  if (/^(?:C|POSIX)$/.test(locale)) {
    return utf8 === "0"
      ? {
        kind: "reject",
        reason: `the AWS CLI would reject the whole file here (${shown}, PYTHONUTF8=0)`,
      }
      : { kind: "elsewhere", reason: `SDKs written in Ruby reject the whole file here (${shown})` };
  }
  if (utf8 === "1" || !isCodePage(locale, os)) return ELSEWHERE;
  return { kind: "reject", reason: `the AWS CLI would reject the whole file here (${shown})` };
}

const ELSEWHERE: EncodingRisk = {
  kind: "elsewhere",
  reason:
    "the AWS CLI and SDKs written in Ruby reject the whole file in a locale that is not UTF-8",
};

/** Reports whether a text has letters that the readers do not agree on. */
export function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex -- all of ASCII
  return /^[\x00-\x7f]*$/.test(text);
}

/**
 * Reports whether not every byte is a letter by itself in a locale's encoding. Where each is, what is read
 * wrong is written back as it was when a program is started.
 */
function isCodePage(locale: string, os: Surroundings["os"]): boolean {
  const [, encoding] = /\.([^@]*)/.exec(locale) ?? [];
  // Without an encoding it is the language's traditional one; on macOS that is UTF-8.
  if (encoding === undefined) return os !== "darwin" && /^(?:ja|ko|zh)(?:_|$)/.test(locale);
  return !/^(?:utf-?8|iso-?8859-?(?:1|2|4|5|9|10|13|14|15|16)|koi8-?[ru])$/i.test(encoding);
}
