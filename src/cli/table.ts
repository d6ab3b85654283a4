/**
 * Columns for people; pure.
 *
 * @module
 */

/** Rows under a heading, each column as wide as its widest cell. Empty for no rows but the heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  // Not by one call with all of them: there are too many arguments in a hundred thousand rows.
  const widths = heading.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length)
  );
  return [heading, ...rows]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n") + "\n";
}
