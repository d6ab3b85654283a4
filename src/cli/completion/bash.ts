/**
 * Completion in bash: the script, and what it asks for.
 *
 * @module
 */

import type { Answer } from "./complete.ts";
import { answerText, type Completer } from "./answer.ts";

/**
 * For bash 3.2, which macOS has, and newer, with and without the package bash-completion. `-o default` gives
 * names of files where there is no candidate; 3.2 cannot turn that off for a single word.
 */
export const BASH_SCRIPT = `# bash completion for stssamldriver

_stssamldriver() {
  local program=$1 kind line
  local -i at
  COMPREPLY=()
  case $program in
    "~/"*) program=$HOME\${program#"~"} ;;
  esac
  type -P "$program" >/dev/null || program=stssamldriver
  {
    IFS= read -r kind
    while IFS= read -r line; do
      COMPREPLY+=("$line")
    done
  } <<<"$(command "$program" __complete bash -- "$2" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)"
  # A here-string has a line even where there is nothing.
  [[ \${COMPREPLY[0]-} ]] || COMPREPLY=()
  [[ $kind == files ]] && return
  if [[ $kind != command ]]; then
    compopt +o default 2>/dev/null
    return
  fi
  for ((at = 1; at <= COMP_CWORD; at++)); do
    [[ \${COMP_WORDS[at]} == -- ]] && break
  done
  ((at += 1))
  for line in _comp_command_offset _command_offset; do
    declare -F "$line" >/dev/null || continue
    compopt +o default
    "$line" "$at"
    return
  done
  if ((at == COMP_CWORD)); then
    while IFS= read -r line; do
      COMPREPLY+=("$line")
    done <<<"$(compgen -c -- "$2")"
  fi
}

complete -o default -F _stssamldriver stssamldriver
`;

/**
 * Answers the script.
 *
 * @param asked the part of the word that readline replaces, and the line up to the cursor, both as typed
 */
export function answerBash(asked: readonly string[], complete: Completer): string {
  const [replaced = "", line = ""] = asked;
  const { before, last, isRedirected } = readLine(line);
  if (isRedirected) return answerText("files");
  const answer: Answer = complete(before, last.text);
  // Readline begins a word anew behind = and :, and behind a quote, and leaves what is in front of it.
  const kept = last.raw.endsWith(replaced)
    ? readLine(last.raw.slice(0, last.raw.length - replaced.length)).last
    : NO_WORD;
  return answerText(
    answer,
    ({ value }) =>
      value.startsWith(last.text) ? [quoted(value.slice(kept.text.length), kept.quote)] : [],
  );
}

/** A word of a line. */
interface Word {
  /** As it was typed. */
  readonly raw: string;
  /** As bash reads it; nothing is expanded. */
  readonly text: string;
  /** The quote that is still open at its end. */
  readonly quote: "" | "'" | '"';
}

const NO_WORD: Word = { raw: "", text: "", quote: "" };

/** What a line is made of: text that is quoted in one of three ways, blanks, redirections, other text. */
const PIECE =
  /\\(?<escaped>[^]?)|'(?<single>[^']*)(?<singleEnd>'?)|"(?<double>(?:\\[^]|[^"\\])*)(?<doubleEnd>"?)|(?<blank>\s+)|(?<redirect>[<>]+[&|]?)|[^\s'"\\<>]+/g;

/** The words of a line that ends at the cursor; those in front of the last without the program's name. */
export function readLine(line: string): {
  readonly before: readonly string[];
  readonly last: Word;
  /** Whether the last word is the target of a redirection. */
  readonly isRedirected: boolean;
} {
  const words: string[] = [];
  let word: Word | undefined;
  let isRedirected = false;
  for (const { 0: raw, groups: piece = {} } of line.matchAll(PIECE)) {
    const isRedirect = piece["redirect"] !== undefined;
    if (isRedirect || piece["blank"] !== undefined) {
      // The number in front of a redirection belongs to it.
      const isPart = isRedirected || (isRedirect && /^\d+$/.test(word?.raw ?? ""));
      if (word !== undefined && !isPart) words.push(word.text);
      isRedirected = isRedirect || (isRedirected && word === undefined);
      word = undefined;
    } else {
      const { text, quote } = readPiece(raw, piece);
      word = { raw: (word?.raw ?? "") + raw, text: (word?.text ?? "") + text, quote };
    }
  }
  return { before: words.slice(1), last: word ?? NO_WORD, isRedirected };
}

function readPiece(
  raw: string,
  { escaped, single, singleEnd, double, doubleEnd }: Readonly<Record<string, string | undefined>>,
): Pick<Word, "text" | "quote"> {
  if (single !== undefined) return { text: single, quote: singleEnd === "" ? "'" : "" };
  if (double !== undefined) {
    return { text: double.replace(/\\(["\\$`])/g, "$1"), quote: doubleEnd === "" ? '"' : "" };
  }
  return { text: escaped ?? raw, quote: "" };
}

/** A text as it must stand in a line where this quote is open; readline closes it. */
function quoted(text: string, quote: Word["quote"]): string {
  // But not where the text ends with the same quote.
  const end = text.endsWith(quote) ? quote : "";
  switch (quote) {
    case "'":
      return text.replaceAll("'", `'\\''`) + end;
    case '"':
      // Nothing but single quotes keeps ! from recalling an older line.
      return text.replace(/["\\$`]/g, "\\$&").replaceAll("!", `"'!'"`) + end;
    case "":
      return text.replace(/[^\w\-/.%@:+=,\u0080-\u{10ffff}]/gu, "\\$&");
  }
}
