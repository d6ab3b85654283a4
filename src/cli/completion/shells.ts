/**
 * Completion in each shell: the script, and the answer to what it asks for; pure.
 *
 * @module
 */

import type { Answer, Candidate } from "./complete.ts";

/** Completes a word behind others. */
export type Completer = (before: readonly string[], word: string) => Answer;

/**
 * The lines of an answer: first `files`, `command` or `words`; behind `words`, the candidates.
 *
 * @param fields what a shell is told of a candidate, with a tab between; nothing leaves the candidate out
 */
export function answerText(
  answer: Answer,
  fields: (candidate: Candidate) => readonly string[] = () => [],
): string {
  if (typeof answer === "string") return `${answer}\n`;
  const lines = answer.map(fields).filter((each) => each.length > 0).map((each) => each.join("\t"));
  return ["words", ...lines].map((line) => `${line}\n`).join("");
}

/** The words in front of the last, and the last. */
function lastOf(
  words: readonly string[],
): readonly [before: readonly string[], word: string] {
  return [words.slice(0, -1), words.at(-1) ?? ""];
}

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
  const answer = complete(before, last.text);
  // Readline begins a word anew behind = and :, and behind a quote, and leaves what is in front of it.
  const kept = last.raw.endsWith(replaced)
    ? readLine(last.raw.slice(0, last.raw.length - replaced.length)).last
    : NO_WORD;
  return answerText(
    answer,
    ({ value }) =>
      value.startsWith(last.text) ? [bashQuoted(value.slice(kept.text.length), kept.quote)] : [],
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
function bashQuoted(text: string, quote: Word["quote"]): string {
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

/** To be sourced, or to be found as `_stssamldriver` in a folder of `fpath`. */
export const ZSH_SCRIPT = `#compdef stssamldriver

_stssamldriver() {
  local program=\${(Q)words[1]}
  local -a answer
  [[ $program == "~/"* ]] && program=$HOME\${program#"~"}
  whence -p -- $program >/dev/null || program=stssamldriver
  answer=("\${(@f)$(command $program __complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  case $answer[1] in
    words)
      shift answer
      ((#answer)) && _describe -t values stssamldriver answer
      ;;
    files)
      compset -P 1 "--*="
      _files
      ;;
    command)
      local -i skipped=$words[(i)--]
      shift skipped words
      ((CURRENT -= skipped))
      _normal
      ;;
  esac
}

if [[ $funcstack[1] == _stssamldriver ]]; then
  _stssamldriver "$@"
else
  compdef _stssamldriver stssamldriver
fi
`;

/**
 * Answers the script.
 *
 * @param asked the words behind the program's name, the one to complete last
 */
export function answerZsh(asked: readonly string[], complete: Completer): string {
  return answerText(complete(...lastOf(asked)), ({ value, brief }) => {
    // Up to a colon it is the value.
    const escaped = value.replace(/[\\:]/g, "\\$&");
    return [brief === undefined ? escaped : `${escaped}:${brief}`];
  });
}

/** To be sourced, or to be found as `stssamldriver.fish` in a folder of `fish_complete_path`. */
export const FISH_SCRIPT = `# fish completion for stssamldriver

function __stssamldriver_candidates
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l program $words[1]
    string match -q "~/*" -- $program; and set program $HOME(string sub -s 2 -- $program)
    command -sq -- $program; or set program stssamldriver
    command -sq -- $program; or return
    set -l answer (command $program __complete fish -- $words[2..-1] "$word" 2>/dev/null </dev/null)
    switch "$answer[1]"
        case words
            string join \\n -- $answer[2..-1]
        case files
            # What fish offers for a command that it does not know.
            complete -C"'' $word"
        case command
            complete -C(string replace -r "^.*?\\s--\\s+" "" -- (commandline -cp))
    end
end

complete -c stssamldriver -f -a "(__stssamldriver_candidates)"
`;

/**
 * Answers the script.
 *
 * @param asked the words behind the program's name, the one to complete last, and that one as it was typed
 */
export function answerFish(asked: readonly string[], complete: Completer): string {
  return answerText(
    complete(...lastOf(asked)),
    ({ value, brief }) => brief === undefined ? [value] : [value, brief],
  );
}

/**
 * For PowerShell 5.1 and newer. It looks for names of files where a completer has no result, and for nothing
 * where it has an empty one.
 */
export const POWERSHELL_SCRIPT = `# PowerShell completion for stssamldriver

Register-ArgumentCompleter -Native -CommandName stssamldriver -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
            else { $_.Extent.Text }
        })
    $program = @($commandAst.GetCommandName(), 'stssamldriver') | Where-Object { $_ } |
        ForEach-Object { Get-Command $_ -CommandType Application -ErrorAction Ignore } |
        Select-Object -First 1
    if (-not $program) { return '' }
    # Older ones leave an empty argument out, so the number of words before it is told as well.
    try { $answer = @(& $program __complete powershell '--' $before.Count @before $wordToComplete 2>$null) }
    catch { return '' }

    $kind, $lines = $answer
    if ($kind -eq 'files') { return }
    if ($kind -eq 'command') {
        $end = $cursorPosition - $commandAst.Extent.StartOffset
        $line = $commandAst.Extent.Text.PadRight($end).Substring(0, $end)
        $line = $line.Substring($line.IndexOf(' -- ') + 4).TrimStart()
        return (TabExpansion2 $line $line.Length).CompletionMatches
    }
    if (-not $lines) { return '' }
    foreach ($line in $lines) {
        $text, $shown, $brief = $line -split "\`t", 3
        [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $brief)
    }
}
`;

/**
 * Answers the script.
 *
 * @param asked how many words are in front of the one to complete, behind the program's name; they; and it
 */
export function answerPowershell(asked: readonly string[], complete: Completer): string {
  const [count = "", ...words] = asked;
  const word = (words[Number(count)] ?? "").replace(/^["']/, "");
  return answerText(
    complete(words.slice(0, Number(count)), word),
    ({ value, brief }) => {
      // It would read other letters in the code page of its console.
      if (!value.startsWith(word) || !/^[ -~]*$/.test(value)) return [];
      return [powershellQuoted(value), value, brief ?? value];
    },
  );
}

function powershellQuoted(value: string): string {
  return /^[\w\-/.:+=][\w\-/.:+=@%]*$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

/** The shells by their names: the script of each, and what answers it. */
export const COMPLETIONS: ReadonlyMap<string, {
  readonly script: string;
  readonly answer: (asked: readonly string[], complete: Completer) => string;
}> = new Map([
  ["bash", { script: BASH_SCRIPT, answer: answerBash }],
  ["zsh", { script: ZSH_SCRIPT, answer: answerZsh }],
  ["fish", { script: FISH_SCRIPT, answer: answerFish }],
  ["powershell", { script: POWERSHELL_SCRIPT, answer: answerPowershell }],
]);
