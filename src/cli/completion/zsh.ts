/**
 * Completion in zsh: the script, and what it asks for.
 *
 * @module
 */

import { answerText, type Completer, lastOf } from "./answer.ts";

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
