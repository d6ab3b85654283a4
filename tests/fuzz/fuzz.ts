/**
 * What is fuzzed, and how: one mechanism for all readers.
 *
 * @module
 */

import assert from "node:assert/strict";
import process from "node:process";
import { ExitCode, UserError } from "../../src/errors.ts";
import { longInputs, type Material, mutated, Random } from "./mutate.ts";

/** What became of an input that was taken: in a word, and what was read. */
export type Taken = readonly [outcome: string, value?: unknown];

/** A reader of inputs. */
export interface Subject extends Partial<AsyncDisposable> {
  /**
   * Reads an input and checks what is promised of it. Throws a UserError for what is refused; any other error is a
   * failure.
   */
  readonly read: (input: string) => Taken | Promise<Taken>;
  /** What no message about this input may have in it. */
  readonly secretsOf?: (input: string) => readonly string[];
  /** Checks what is checked for many at once; called now and then, and at the end. */
  readonly settle?: () => Promise<void>;
}

/** What is fuzzed. */
export interface Target {
  /** The file of src: `saml/xml`. */
  readonly name: string;
  /** A reader of bytes from a socket; all others only compute. */
  readonly socket?: true;
  /** Makes what its inputs are made of. */
  readonly material: () => Material;
  readonly mutate?: (random: Random, material: Material) => string;
  readonly open: () => Subject | Promise<Subject>;
  /** How many inputs are read at once. Default: 1. */
  readonly atOnce?: number;
  /** How many it has in the short form. Default: 100. */
  readonly shortRuns?: number;
  /** Set where a plain Error is a refusal, which its caller puts into the words of a UserError. */
  readonly plainErrors?: true;
  /** Inputs that were found, which are always read. */
  readonly found?: readonly string[];
}

/** How much is fuzzed. */
export interface FuzzOptions {
  readonly seed: string;
  readonly runs: number;
  /** The first input. Default: 0. */
  readonly from?: number;
  /** The size of the long inputs, in UTF-16 units, and how many there are at most; none by default. */
  readonly long?: { readonly size: number; readonly most: number } | undefined;
  /** Ends it sooner, seconds. */
  readonly seconds?: number | undefined;
  /** Ends it sooner. */
  readonly signal?: AbortSignal;
}

/** An input that broke a promise. */
export interface Failure {
  readonly input: string;
  /** How it is made again: `12`, or "corpus", "found", `long "&"`. */
  readonly origin: string;
  readonly error: unknown;
}

/** What came of it. */
export interface Tally {
  readonly inputs: number;
  /** How many of them were refused, by the code of the refusal. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly taken: number;
  /** Different outcomes, the words of others aside. */
  readonly outcomes: ReadonlySet<string>;
  readonly failures: readonly Failure[];
  /** The input that took longest, where it came from, and how long, milliseconds. */
  readonly slowest: { readonly origin: string; readonly ms: number };
  readonly seconds: number;
}

/** The time that an input may take of this process, milliseconds: nothing to what grows by the square. */
const PATIENCE_MS = 20_000;

/** How much of a failing input is shown; all of it can be made again. */
const MOST_SHOWN = 2000;

/** After so many failures a target is given up. */
const MOST_FAILURES = 5;

/** How often what is checked for many at once is checked. */
const SETTLE_EVERY = 2000;

/** Reads inputs of a target. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Tally> {
  const material = target.material();
  const subject = await target.open();
  const run = new Run(target, subject);
  const since = performance.now();
  const isOver = () =>
    run.failures.length >= MOST_FAILURES || options.signal?.aborted ||
    (options.seconds !== undefined && performance.now() - since > options.seconds * 1000);
  try {
    for (const input of target.found ?? []) await run.read(input, { origin: "found" });
    for (const input of material.corpus) await run.read(input, { origin: "corpus" });
    let next = options.from ?? 0;
    const end = next + options.runs;
    const { atOnce = 1 } = target;
    const beside = atOnce > 1;
    let turn = Promise.resolve();
    const lane = async () => {
      while (next < end && !isOver()) {
        const index = next++;
        const input = inputAt(target, { material, seed: options.seed, index });
        // Now and then twice: what remembers the input before it reads differently.
        const read = run.read(input, { origin: String(index), twice: index % 16 === 0, beside });
        if (read !== undefined) await read;
        if ((index + 1) % SETTLE_EVERY === 0) turn = run.settle().then(pause);
        // All of them, since those that go on would hold up timers and signals.
        await turn;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    await run.settle();
    const { size, most } = options.long ?? { size: 0, most: 0 };
    for (const { word, input } of longInputs(material, size).take(most)) {
      await pause();
      if (isOver()) break;
      await run.read(input, { origin: `long ${JSON.stringify(word)}` });
    }
  } finally {
    await subject[Symbol.asyncDispose]?.();
  }
  return { ...run.tally(), seconds: (performance.now() - since) / 1000 };
}

/** Lets timers and signals through. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** One input by its number. */
export function inputAt(
  { name, mutate = mutated }: Target,
  { material, seed, index }: {
    readonly material: Material;
    readonly seed: string;
    readonly index: number;
  },
): string {
  return mutate(new Random(`${seed} ${name} ${index}`), material);
}

interface Reading {
  readonly origin: string;
  /** Set while others are read as well, which take their time of this process. */
  readonly beside?: boolean;
  readonly twice?: boolean;
}

/** What this process had spent by when. */
interface Spent {
  readonly ms: number;
  readonly cpu: { readonly user: number; readonly system: number };
}

class Run {
  readonly failures: Failure[] = [];
  readonly #target: Target;
  readonly #subject: Subject;
  readonly #refusals = new Map<string, number>();
  readonly #outcomes = new Set<string>();
  #inputs = 0;
  #slowest = { origin: "", ms: 0 };
  #spent: Spent = { ms: -Infinity, cpu: { user: 0, system: 0 } };

  constructor(target: Target, subject: Subject) {
    this.#target = target;
    this.#subject = subject;
  }

  /** Reads an input; the promise only where reading has to be waited for. */
  read(input: string, reading: Reading): Promise<void> | undefined {
    const since = performance.now();
    // To ask for it takes as long as many an input.
    if (since - this.#spent.ms > 1000) this.#spent = { ms: since, cpu: process.cpuUsage() };
    this.#inputs++;
    let fault: { readonly error: unknown } | undefined;
    try {
      const taken = this.#subject.read(input);
      if (taken instanceof Promise) {
        return taken.then((value) => this.#took(value), (error) => this.#threw(error, input))
          .finally(() => this.#timed(since, input, reading))
          .catch((error) => this.#fail(error, input, reading));
      }
      this.#took(taken);
      if (reading.twice) assert.deepEqual(this.#subject.read(input), taken, "reads differently");
    } catch (error) {
      try {
        this.#threw(error, input);
      } catch (other) {
        fault = { error: other };
      }
    }
    this.#timed(since, input, reading);
    // Behind the time, since to shorten it takes long.
    if (fault !== undefined) this.#fail(fault.error, input, reading);
    return undefined;
  }

  async settle(): Promise<void> {
    try {
      await this.#subject.settle?.();
    } catch (error) {
      this.#fail(error, "", { origin: "one of the last" });
    }
  }

  tally(): Omit<Tally, "seconds"> {
    const refused = this.#refusals.values().reduce((sum, count) => sum + count, 0);
    return {
      inputs: this.#inputs,
      refusals: this.#refusals,
      taken: this.#inputs - refused - this.failures.length,
      outcomes: this.#outcomes,
      failures: this.failures,
      slowest: this.#slowest,
    };
  }

  #took([outcome]: Taken): void {
    this.#outcomes.add(outcome);
  }

  /** Counts a refusal; throws what is none. */
  #threw(error: unknown, input: string): void {
    const { code, text } = this.#refusalOf(error, input);
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
    // Of the words of others there is no end.
    const words = text.slice(0, 300).replace(/"[^"]*"?/g, '""').replace(/\d+/g, "0");
    if (this.#outcomes.size < 10_000) this.#outcomes.add(`${code} ${words}`);
  }

  #refusalOf(error: unknown, input: string): Refusal {
    const refusal = refusalOf(error, this.#target);
    for (const secret of this.#subject.secretsOf?.(input) ?? []) {
      // Without the text itself.
      assert.ok(!refusal.text.includes(secret), "a message tells a secret");
    }
    return refusal;
  }

  #fail(error: unknown, input: string, { origin }: Reading): void {
    if (this.failures.length >= MOST_FAILURES) return;
    this.failures.push({ input: this.#shortened(input, error), origin, error });
  }

  #timed(since: number, input: string, reading: Reading): void {
    const ms = performance.now() - since;
    if (ms > this.#slowest.ms) this.#slowest = { origin: reading.origin, ms };
    if (ms < PATIENCE_MS || reading.beside || this.#target.socket) return;
    // On a machine that others use as well, the time that went by says little.
    const { user, system } = process.cpuUsage(this.#spent.cpu);
    const spentMs = (user + system) / 1000;
    if (spentMs > PATIENCE_MS) this.#fail(new Error(`took ${spentMs} ms`), input, reading);
  }

  /** A shorter input that fails in the same way, where that is quickly found. */
  #shortened(input: string, error: unknown): string {
    let left = 2000;
    const fails = (shorter: string) => {
      try {
        const taken = this.#subject.read(shorter);
        if (taken instanceof Promise) {
          taken.catch(() => {});
          left = 0;
        }
        return false;
      } catch (thrown) {
        try {
          this.#refusalOf(thrown, shorter);
          return false;
        } catch (other) {
          return String(other).slice(0, 40) === String(error).slice(0, 40);
        }
      }
    };
    let text = input;
    if (text.length > 100_000 || !fails(text)) return text;
    for (let size = Math.ceil(text.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < text.length && left > 0;) {
        left--;
        const shorter = text.slice(0, at) + text.slice(at + size);
        if (fails(shorter)) text = shorter;
        else at += size;
      }
    }
    return text;
  }
}

/** A refusal that a person can do something with. */
interface Refusal {
  readonly code: string;
  /** All that is said of it. */
  readonly text: string;
}

/** What was refused and why; throws what is no refusal, and one that breaks the terminal. */
function refusalOf(error: unknown, { plainErrors }: Target): Refusal {
  if (error instanceof UserError) {
    assert.notEqual(error.exitCode, ExitCode.FAULT, `a fault: ${error.message}`);
    assert.doesNotMatch(error.message, CONTROLS, "a message with a control character");
    assert.doesNotMatch(error.hint ?? "", CONTROLS_BUT_LINES, "a hint with a control character");
    assert.match(error.code, /^[\w.:-]+$/, "a code that is no word");
    return { code: error.code, text: `${error.message}\n${error.hint ?? ""}` };
  }
  // Of the language's own errors, such as a TypeError, nobody meant any.
  if (plainErrors && error instanceof Error && Object.getPrototypeOf(error) === Error.prototype) {
    return { code: "error", text: error.message };
  }
  throw error;
}

/** What the terminal obeys, or what turns the direction of writing. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const CONTROLS_BUT_LINES = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** Says what failed, with what makes the input again. */
export function report({ name }: Target, { input, origin, error }: Failure): string {
  const shown = JSON.stringify(input);
  return [
    `FAILED ${name}, input ${origin}: ${error instanceof Error ? error.stack : error}`,
    shown.length > MOST_SHOWN
      ? `${shown.slice(0, MOST_SHOWN)}… (${input.length} characters)`
      : shown,
  ].join("\n");
}
