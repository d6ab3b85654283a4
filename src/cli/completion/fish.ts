/**
 * Completion in fish: the script, and what it asks for.
 *
 * @module
 */

import { answerText, type Completer, lastOf } from "./answer.ts";

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
