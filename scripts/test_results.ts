/**
 * What `deno test` printed, as what became of each test.
 *
 * @module
 */

/** What became of a test. */
export interface TestResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not run";
  /** The lines that it printed. */
  readonly said: readonly string[];
}

const OUTCOMES = { ok: "passed", FAILED: "failed", ignored: "not run" } as const;

/** Reads the output of tests that ran one after the other, without colors; steps are parts of their tests. */
export function testResults(output: string): readonly TestResult[] {
  const results: TestResult[] = [];
  let said: string[] = [];
  let saying = false;
  for (const line of output.split("\n")) {
    if (/^-+ (?:post-test )?output -+$/.test(line)) saying = true;
    else if (/^-+ (?:post-test )?output end -+$/.test(line)) saying = false;
    else if (saying && !/^'.*' has been running for over /.test(line)) said.push(line);
    else if (!saying) {
      const [, name, word] = /^(\S.*) \.\.\. (ok|FAILED|ignored)(?: \(.*\))?$/.exec(line) ?? [];
      if (name === undefined || !isOutcome(word)) continue;
      results.push({ name, outcome: OUTCOMES[word], said });
      said = [];
    }
  }
  return results;
}

function isOutcome(word: string | undefined): word is keyof typeof OUTCOMES {
  return word !== undefined && Object.hasOwn(OUTCOMES, word);
}
