/**
 * The line of a `credential_process` property: words to a line that every reader splits into these words
 * again, and a line to its words. Nothing here runs anything.
 *
 * There is no one rule for such a line. On Unix, JavaScript, Go, Java, Ruby, PHP, Rust, C++ and .NET hand
 * it to `sh -c`, .NET after a round of its own escaping; Python splits it with `shlex`. On Windows most
 * hand it to `cmd.exe /C`, each with other quotes around it, and Python splits it as the C runtime would.
 * Before that, PHP's reader of the file takes quotes off and cuts at `;`.
 *
 * Documented form:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 *
 * @module
 */

import { OLDER_GO, readByGo1 } from "./go1.ts";
import { isPortableValue } from "./names.ts";

/**
 * cmd takes 8191 characters, its own path, its switches and what follows the line included:
 * https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
 */
const WINDOWS_LIMIT = 8000;

/** Linux takes 131,072 bytes in one argument, and for `sh -c` the line is one. */
const UNIX_LIMIT = 131_000;

/** Words that no shell changes. zsh takes `=x` for the path of the command x. */
const UNIX_UNQUOTED = /^[\w\-./:,@%+][\w\-./:,@%+=]*$/;

/** As a first word, `a=b` would set a variable, and `-x` would be an option of `sh -c`. */
const UNIX_UNQUOTED_PROGRAM = /^[\w./][\w\-./:,@%+]*$/;

/** Words that open or close a shell's own constructs; with quotes they do not. */
const RESERVED =
  /^(?:if|then|elif|else|fi|for|foreach|while|until|repeat|do|done|end|case|esac|in|select|function|time|coproc|nocorrect)$/;

/** Words that neither cmd nor the C runtime changes. Go's and Rust's SDKs can take no others. */
const WINDOWS_UNQUOTED = /^(?!#)[\w\-./:\\+,=@~?*$#'{}[\]\p{L}\p{N}\p{M}]+(?<!\\)$/u;

/** For cmd `,` and `=` end a program's name, `/` begins a switch, and `:x` is a label. */
const WINDOWS_UNQUOTED_PROGRAM = /^[\w.\\\p{L}][\w\-.:\\~\p{L}\p{N}\p{M}]*$/u;

/** With a blank and none of `& < > ( ) @ ^ |` in it, cmd leaves the quotes around a program alone. */
const WINDOWS_QUOTABLE_PROGRAM = /^(?=.* )[\w.\\\p{L}][\w\-.:\\~\p{L}\p{N}\p{M}',+=[\]{}#$ ]*$/u;

/**
 * The value of a `credential_process` property that every consumer splits into exactly these words.
 * Words that need no quotes stay as they are; others get the quotes that all consumers read the same.
 *
 * @param words the program, best with its whole path (a shell may have a command of its own by a bare
 * name), and its arguments
 * @param os `Deno.build.os` of the system whose SDKs read the line
 * @returns undefined when no quoting keeps the words: a control character or a `;` anywhere; on Windows
 * also `"`, `%` or `!`, a program whose path has a special character, or one with a blank while another
 * word needs quotes too; and lines that are too long. See {@linkcode misreadBy} for what is left.
 */
export function processLine(words: readonly string[], os: string): string | undefined {
  const [program, ...args] = words;
  // PHP ends a value at a semicolon, in quotes or not.
  if (program === undefined || program === "" || words.some((word) => word.includes(";"))) {
    return undefined;
  }
  const windows = os === "windows";
  const line = windows ? windowsLine(program, args) : unixLine(program, args);
  if (line === undefined || !isPortableValue(line)) return undefined;
  const size = windows ? line.length : new TextEncoder().encode(line).length;
  return size <= (windows ? WINDOWS_LIMIT : UNIX_LIMIT) ? line : undefined;
}

/**
 * The SDKs that cannot run this line, whatever is done. On Windows Go's (Terraform, rclone) and Rust's
 * write `\"` for each of its quotes, which cmd does not understand: only a line without quotes is for
 * everybody there (https://github.com/aws/aws-sdk-go-v2/issues/3208). Older ones of Go's split every value
 * into tokens before it is run.
 */
export function misreadBy(line: string, os: string): readonly string[] {
  if (os === "windows" && line.includes('"')) return ["Go", "Rust"];
  return readByGo1(line) === line ? [] : [OLDER_GO];
}

function unixLine(program: string, args: readonly string[]): string | undefined {
  const rest = args.map((arg) => isUnquoted(arg) ? arg : unixQuoted(arg));
  const line = [unixProgram(program), ...rest].join(" ");
  return /^(["']).*\1$/s.test(line) ? undefined : line;
}

/**
 * Go's older SDKs take what is in quotes at the beginning for the whole value, and PHP takes the same
 * quotes off both ends, so the first letter comes before the quotes: `/"opt/my apps/x"`.
 */
function unixProgram(program: string): string {
  if (UNIX_UNQUOTED_PROGRAM.test(program) && !RESERVED.test(program)) return program;
  if (!/^[\w./]/.test(program)) return unixQuoted(program);
  return program.charAt(0) + unixQuoted(program.slice(1));
}

/** Reports whether neither a shell nor Go's SDK takes a word without quotes for another. */
function isUnquoted(word: string): boolean {
  return UNIX_UNQUOTED.test(word) && readByGo1(`x ${word} y`) === `x ${word} y`;
}

/**
 * `"a b"`, `'$x'`, or for what has both kinds several such pieces without a blank between. Readers of the
 * files take ` #` for a comment, in quotes or not, and Go's older SDKs a `#` behind a quote: so quotes
 * end before the sign and begin again with it.
 */
function unixQuoted(word: string): string {
  return word.split(/(?<=\s)(?=#)/).map((text) => {
    if (!/["$`\\]/.test(text)) return `"${text}"`;
    // .NET doubles every backslash but those that stand right before a double quote: so a backslash
    // is always the last in double quotes, where sh and shlex both read two of them as one.
    const pieces = text.match(/[^"$`\\]*\\+|[^'\\]+|[^"$`\\]+/g) ?? [];
    return pieces.map((piece) => {
      if (piece.endsWith("\\")) return `"${piece.replaceAll("\\", "\\\\")}"`;
      return piece.includes("'") ? `"${piece}"` : `'${piece}'`;
    }).join("");
  }).join("");
}

function windowsLine(program: string, args: readonly string[]): string | undefined {
  if ([program, ...args].some((word) => /["%!]/.test(word)) || program.endsWith("\\")) {
    return undefined;
  }
  const rest = args.map((arg) => WINDOWS_UNQUOTED.test(arg) ? arg : windowsQuoted(arg));
  if (WINDOWS_UNQUOTED_PROGRAM.test(program)) return [program, ...rest].join(" ");
  // .NET and C++ give cmd the line as it is. When it begins with a quote, cmd takes the first and the
  // last quote away, but not when they are the only two, around a program with a blank. PHP takes them
  // away when nothing follows.
  if (!WINDOWS_QUOTABLE_PROGRAM.test(program) || rest.length === 0 || rest.join().includes('"')) {
    return undefined;
  }
  return [`"${program}"`, ...rest].join(" ");
}

/**
 * Backslashes are doubled before the closing quote and nowhere else. Readers of the files take ` #` for a
 * comment, in quotes or not: there the quotes end before the sign.
 */
function windowsQuoted(word: string): string {
  const [first = "", ...others] = word.split(/(?<=\s)#/)
    .map((text) => `"${text.replace(/\\+$/, "$&$&")}"`);
  return [first, ...others.map((text) => text === '""' ? "" : text)].join("#");
}

/**
 * The words of a line that a person or another tool wrote, split without a shell.
 *
 * @param os `Deno.build.os` of the system whose SDKs read the line
 * @returns undefined when the consumers would not all read the same words: unbalanced quotes; on Unix
 * whatever a shell would expand or act upon (`$`, backtick, `* ? [ { ~`, `| & ; < > ( )`, `#` and `=`
 * where they mean something); on Windows `& | < > ^` outside quotes, two `%`, and `""` within quotes.
 * Also for no words.
 */
export function splitProcessLine(line: string, os: string): readonly string[] | undefined {
  // deno-lint-ignore no-control-regex -- these are what is looked for
  if (/[\x00-\x08\n-\x1f\x7f]/.test(line)) return undefined;
  const words = os === "windows" ? splitWindows(line) : splitUnix(line);
  return words === undefined || words.length === 0 ? undefined : words;
}

/** Each alternative is one thing that sh and shlex read the same. */
const UNIX_TOKEN =
  /(?<blank>[ \t])|'(?<single>[^']*)'|"(?<double>(?:[^"\\$`]|\\[^$`])*)"|\\(?<escaped>.)|(?<unquoted>[^ \t'"\\$`|&;<>()*?[\]{}])/guy;

function splitUnix(line: string): string[] | undefined {
  if (/^[ \t]*[A-Za-z_]\w*\+?=/.test(line)) return undefined;
  const words: string[] = [];
  let word: string | undefined;
  // Its last letter: to ask the word itself each time takes the square of its length.
  let last: string | undefined;
  let end = 0;
  for (const { 0: token, groups = {}, index } of line.matchAll(UNIX_TOKEN)) {
    end = index + token.length;
    const { blank, single, double, escaped, unquoted } = groups;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (unquoted === "#" && word === undefined) return undefined;
    if (unquoted === "~" && (word === undefined || last === "=" || last === ":")) return undefined;
    if (unquoted === "!" && word === undefined && words.length === 0) return undefined;
    const piece = single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? unquoted ?? "";
    last = piece.at(-1) ?? (word === undefined ? undefined : last);
    word = (word ?? "") + piece;
  }
  if (word !== undefined) words.push(word);
  // A sticky expression stops at the first thing that it does not know.
  return end === line.length ? words : undefined;
}

function splitWindows(line: string): string[] | undefined {
  // A person's one % is kept; two of them may be a variable for cmd, never for Python.
  if (/%.*%/.test(line)) return undefined;
  // The C runtime reads a program's name by simpler rules than Python: no escapes.
  const program = /^[ \t]*(?:"([^"]*[^"\\])"|([^ \t"&|<>^(),;=@][^ \t"&|<>^(),;=]*))(?=[ \t]|$)/
    .exec(line);
  if (program === null) return undefined;
  const args = splitWindowsArguments(line.slice(program[0].length));
  return args && [program[1] ?? program[2] ?? "", ...args];
}

/** https://learn.microsoft.com/cpp/cpp/main-function-command-line-args#parsing-c-command-line-arguments */
function splitWindowsArguments(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  // cmd knows no escaped quotes: it has its own idea of what is within quotes.
  let quotedForCmd = false;
  for (const { 0: token, 1: backslashes, index } of text.matchAll(/(\\*)"|\\+|[^"\\]/gsu)) {
    if (backslashes !== undefined) {
      word = (word ?? "") + "\\".repeat(Math.floor(backslashes.length / 2));
      quotedForCmd = !quotedForCmd;
      if (backslashes.length % 2 === 1) {
        word += '"';
        continue;
      }
      // The C runtime reads "" as a quote there, Python as nothing.
      if (quoted && text[index + token.length] === '"') return undefined;
      quoted = !quoted;
    } else if ((token === " " || token === "\t") && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      if (!quotedForCmd && /[&|<>^]/.test(token)) return undefined;
      word = (word ?? "") + token;
    }
  }
  if (word !== undefined) words.push(word);
  return quoted ? undefined : words;
}
