/**
 * Test files, each in a process of its own, several at a time.
 *
 * @module
 */

/** How many run at once. On two cores more of them only get into each other's way: most of their time is waiting. */
const AT_ONCE = 6;

/** How long a file may take, milliseconds; many times what any takes. */
const PATIENCE_MS = 600_000;

/** How the files are tested. */
export interface TestOptions {
  /** For `deno test`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How long a file may take, milliseconds. Default: ten minutes. */
  readonly patienceMs?: number;
  /** The folder in which a file's tests tell what they have covered, one of its own: Deno empties it first. */
  readonly coverageOf?: (file: string) => string | undefined;
}

/** What became of a file. */
interface Tested {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
  /** What is wrong with it, in words. */
  readonly trouble?: string;
}

/**
 * Tests files in the order given, and prints what each of them printed when it has ended; then what failed,
 * and a last line with the sum.
 *
 * @returns whether anything failed
 */
export async function testFiles(
  files: readonly string[],
  options: TestOptions = {},
): Promise<boolean> {
  const left = [...files];
  const sum = { passed: 0, failed: 0, ignored: 0 };
  const troubles: string[] = [];
  const share = async (index: number) => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const tested = await testFile(file, index, options);
      for (const what of ["passed", "failed", "ignored"] as const) sum[what] += tested[what];
      if (tested.trouble !== undefined) troubles.push(`FAILED ${file}: ${tested.trouble}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => share(index)));
  for (const trouble of troubles.toSorted()) console.log(trouble);
  const { passed, failed, ignored } = sum;
  console.log(
    `\n${
      failed === 0 ? "ok" : "FAILED"
    } | ${passed} passed | ${failed} failed | ${ignored} ignored`,
  );
  return failed > 0;
}

async function testFile(file: string, share: number, options: TestOptions): Promise<Tested> {
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  const coverage = options.coverageOf?.(file);
  const patience = AbortSignal.timeout(patienceMs);
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--cached-only", "--no-check"],
      ...["--allow-all", "--sanitize-ops", "--sanitize-resources"],
      ...coverage === undefined ? [] : [`--coverage=${coverage}`, "--coverage-raw-data-only"],
      ...[file, ...options.args ?? []],
    ],
    // Only text, since the last line is read. Each share has ports of its own.
    env: { NO_COLOR: "1", TEST_SHARE: String(share), ...options.env },
    stdin: "null",
    signal: patience,
  }).output();
  const text = new TextDecoder().decode(stdout);
  console.log((text + new TextDecoder().decode(stderr)).trimEnd());
  const summary = /^(?:ok|FAILED) \| .*$/gm;
  const last = text.match(summary)?.at(-1);
  const end = patience.aborted
    ? `ended after ${patienceMs / 1000} s`
    : signal ?? `exit code ${code}`;
  if (last === undefined) {
    return { passed: 0, failed: 1, ignored: 0, trouble: `no summary, ${end}` };
  }
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(last)?.[1] ?? 0);
  const counts = { passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
  if (counts.failed > 0) return { ...counts, trouble: `${counts.failed} failed` };
  return code === 0 ? counts : { ...counts, failed: 1, trouble: end };
}
