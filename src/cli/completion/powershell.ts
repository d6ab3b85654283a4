/**
 * Completion in PowerShell: the script, and what it asks for.
 *
 * @module
 */

import { answerText, type Completer } from "./answer.ts";

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
      return [quoted(value), value, brief ?? value];
    },
  );
}

function quoted(value: string): string {
  return /^[\w\-/.:+=][\w\-/.:+=@%]*$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}
