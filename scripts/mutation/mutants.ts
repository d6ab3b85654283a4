/**
 * Mutants: small changes to a source, all of which stand in one instrumented text and are switched on one at
 * a time. They are StrykerJS's; its own test runners know nothing of Deno, so that tests are run by worker.ts.
 *
 * @see https://stryker-mutator.io/docs/mutation-testing-elements/supported-mutators/
 * @module
 */

/** Not a literal, because Deno would want it in deno.lock then, all of which a run from source fetches. */
const INSTRUMENTER: string = "npm:@stryker-mutator/instrumenter@10.1.1";

/** A source with its path from the project's root. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** One change. */
export interface Mutant {
  /** By which it is switched on. */
  readonly id: string;
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
  /** The line as it is, without white space around it. */
  readonly from: string;
  /** The line as it becomes; of a change that is longer, its first line. */
  readonly to: string;
}

/** What the instrumenter makes of sources. */
export interface Instrumented {
  readonly sources: readonly SourceText[];
  readonly mutants: readonly Mutant[];
}

interface StrykerPosition {
  /** Counts from 0, as does the column. */
  readonly line: number;
  readonly column: number;
}

interface StrykerMutant {
  readonly id: string;
  readonly fileName: string;
  readonly location: { readonly start: StrykerPosition; readonly end: StrykerPosition };
  readonly replacement: string;
  readonly status?: string;
}

/** A place in a source's syntax tree, as Babel shows it; no more of it than is looked at. */
interface StrykerPath {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode;
}

interface SyntaxNode {
  readonly type: string;
  readonly operator?: string;
  readonly right?: SyntaxNode;
  readonly value?: unknown;
  readonly elements?: readonly unknown[];
}

interface StrykerFile {
  readonly name: string;
  readonly content: string;
}

interface Stryker {
  readonly Instrumenter: new (logger: unknown) => {
    instrument(files: readonly (StrykerFile & { mutate: true })[], options: unknown): Promise<{
      readonly files: readonly StrykerFile[];
      readonly mutants: readonly StrykerMutant[];
    }>;
  };
}

/** Puts every mutant of the sources into them. */
export async function instrument(sources: readonly SourceText[]): Promise<Instrumented> {
  const { Instrumenter }: Stryker = await import(INSTRUMENTER);
  const silent = { debug() {}, info() {}, isDebugEnabled: () => false, warn: console.warn };
  const { files, mutants } = await new Instrumenter(silent).instrument(
    sources.map(({ path, text }) => ({ name: path, content: text, mutate: true })),
    { plugins: null, excludedMutations: [], ignorers: [{ shouldIgnore }] },
  );
  const lines = new Map(sources.map(({ path, text }) => [path, text.split("\n")]));
  return {
    sources: files.map(({ name, content }) => ({ path: name, text: content })),
    mutants: mutants.filter(({ status }) => status !== "Ignored").map((mutant) =>
      described(mutant, lines.get(mutant.fileName) ?? [])
    ),
  };
}

/**
 * Leaves out what `noUncheckedIndexedAccess` asks for: an empty text or list in the place of an element that is
 * always there.
 */
function shouldIgnore({ node, parent }: StrykerPath): string | undefined {
  const isDefault = parent.right === node &&
    (parent.operator === "??" || parent.type === "AssignmentPattern");
  const isEmpty = node.type === "StringLiteral" && node.value === "" ||
    node.type === "ArrayExpression" && node.elements?.length === 0;
  return isDefault && isEmpty ? "a default for the types" : undefined;
}

function described(mutant: StrykerMutant, lines: readonly string[]): Mutant {
  const { start, end } = mutant.location;
  const from = lines[start.line] ?? "";
  const before = from.slice(0, start.column);
  const after = lines[end.line]?.slice(end.column) ?? "";
  const [to = ""] = (before + mutant.replacement + after).split("\n");
  return {
    id: mutant.id,
    path: mutant.fileName,
    line: start.line + 1,
    from: from.trim(),
    to: to.trim(),
  };
}
