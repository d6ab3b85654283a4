/**
 * Measuring one thing against another on the same machine at the same time.
 *
 * @module
 */

/** A benchmark to run. */
export interface Figure {
  readonly what: string;
  /** The highest acceptable ratio. */
  readonly target: number;
  /** The two things to compare, measured alternately. */
  readonly ours: Sample;
  readonly base: Sample;
  /** The unit of the samples, for the table: `ms`, `MB`. */
  readonly unit: string;
  readonly rounds?: number;
}

/** Measures once. */
export type Sample = () => Promise<number> | number;

/** The result of a benchmark. */
export interface Taken {
  readonly what: string;
  readonly target: number;
  readonly ours: number;
  readonly base: number;
  readonly unit: string;
}

/**
 * Measures both alternately, so that other load on the machine affects both, and returns the medians. One
 * warm-up round is discarded.
 */
export async function take(figure: Figure): Promise<Taken> {
  const ours: number[] = [];
  const base: number[] = [];
  for (let round = 0; round <= (figure.rounds ?? 15); round++) {
    const pair = [await figure.base(), await figure.ours()] as const;
    if (round === 0) continue;
    base.push(pair[0]);
    ours.push(pair[1]);
  }
  const { what, target, unit } = figure;
  return { what, target, unit, ours: median(ours), base: median(base) };
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Formats the results as a Markdown table. */
export function table(rows: readonly Taken[]): string {
  return [
    "| what | ours | base | ratio | target |",
    "|---|---|---|---|---|",
    ...rows.map(({ what, ours, base, unit, target }) => {
      const ratio = ours / base;
      const mark = ratio <= target ? "" : " ✗";
      return `| ${what} | ${ours.toFixed(1)} ${unit} | ${base.toFixed(1)} ${unit} | ` +
        `${ratio.toFixed(2)} ×${mark} | ≤ ${target} × |`;
    }),
  ].join("\n");
}

/** Measures how long something takes, milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Counts the instructions of a program with valgrind, in millions: independent of other load on the machine.
 *
 * @param valgrind its path
 */
export async function instructionsOf(
  valgrind: string,
  [command, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  // V8 generates code while it runs, which valgrind must expect.
  const tool = ["--tool=callgrind", "--smc-check=all-non-file", "--callgrind-out-file=/dev/null"];
  const { stderr } = await new Deno.Command(valgrind, {
    args: [...tool, command, ...args],
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  const count = Number(/Collected : (\d+)/.exec(text)?.[1] ?? NaN);
  if (Number.isNaN(count)) throw new Error(`valgrind counted nothing: ${text.slice(-300)}`);
  return count / 1e6;
}

/** Runs a program to its end, discarding its output. */
export async function runQuietly(
  command: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { success } = await new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().status;
  if (!success) throw new Error(`${command} failed`);
}

/** The peak memory of a running process so far, MB; `undefined` when it has ended (Linux). */
export function peakMemory(pid: number): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1000;
  } catch {
    return undefined;
  }
}

/** Follows a process to its end and returns its peak memory, MB. */
export async function peakOf(pid: number, ended: Promise<unknown>): Promise<number> {
  let peak = 0;
  let over = false;
  ended.finally(() => over = true);
  while (!over) {
    peak = Math.max(peak, peakMemory(pid) ?? 0);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return peak;
}
