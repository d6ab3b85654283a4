/**
 * The names that somebody most likely meant.
 *
 * @module
 */

/** Sorts names by how many letters they differ from `typed`, the fewest first. */
export function nearest(typed: string, names: readonly string[]): readonly string[] {
  // Nobody reads a longer list to its end, so it is not worth comparing to its end.
  const distances = new Map(names.slice(0, 500).map((name) => [name, distance(typed, name)]));
  return names.toSorted((a, b) => (distances.get(a) ?? Infinity) - (distances.get(b) ?? Infinity));
}

/** The names that `typed` may be a typo of: at most two letters differ. */
export function misspelt(typed: string, names: readonly string[]): readonly string[] {
  const alike = names.filter((name) => Math.abs(name.length - typed.length) <= 2);
  return nearest(typed, alike).filter((name) => distance(typed, name) <= 2);
}

/** The Levenshtein distance, ignoring case. */
function distance(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = from[row - 1] === to[column - 1] ? 0 : 1;
      current.push(Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + changed,
      ));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
