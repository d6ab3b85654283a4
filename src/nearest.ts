/**
 * Which of many names somebody most likely meant.
 *
 * @module
 */

/** The names, those with the fewest changes of a letter from the wish first. */
export function nearest(wish: string, names: readonly string[]): readonly string[] {
  // A list too long to be read whole is not worth comparing whole either.
  const distances = new Map(names.slice(0, 500).map((name) => [name, distance(wish, name)]));
  return names.toSorted((a, b) => (distances.get(a) ?? Infinity) - (distances.get(b) ?? Infinity));
}

/** Those names that a slip of the fingers makes of each other: at most two letters changed. */
export function misspelt(wish: string, names: readonly string[]): readonly string[] {
  const alike = names.filter((name) => Math.abs(name.length - wish.length) <= 2);
  return nearest(wish, alike).filter((name) => distance(wish, name) <= 2);
}

/** Levenshtein's distance, without regard to capitals. */
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
