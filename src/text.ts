/**
 * Text in our own messages: numbers of things, the words of others made safe, names that somebody may have meant,
 * instants and spans as people read them, in their own time zone. What machines read stays in UTC.
 *
 * @module
 */

/** `1 role`, `5 roles`, `0 roles`. */
export function plural(number: number, what: string): string {
  return `${number} ${noun(number, what)}`;
}

/** `role` for one, else `roles`. */
export function noun(number: number, what: string): string {
  return number === 1 ? what : `${what}s`;
}

/** `a, b, c and 4 more`: so many of them at most. */
export function few(texts: readonly string[], most: number): string {
  const more = texts.length - most;
  return texts.slice(0, most).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/**
 * Makes text from the network safe for our messages: one line, so that it cannot pass for a line of ours;
 * no control characters and none that change the writing direction, so that it cannot control a terminal;
 * and not too long.
 *
 * @param limit the most UTF-16 units to keep
 */
export function foreign(text: string, limit = 200): string {
  const line = text.replace(/[\s\p{C}]+/gu, " ").trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

/** Control characters, line and paragraph separators, and those that turn the direction of writing. */
export const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A value as JSON that cannot control a terminal either: `JSON.stringify` leaves some such characters as they
 * are; escaped they mean the same.
 *
 * @param indent spaces of indentation; without it the JSON is one line
 */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    UNPRINTABLE,
    (character) =>
      character === "\n"
        ? character
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

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

/** The fields of a JSON object; none for anything else. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

/** Bytes in base64. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

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

/** `14:11`, with the date in front (`2026-11-24 02:11`) when it is not today. */
export function localTime(instant: number, now: number): string {
  const date = new Date(instant);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const day = dayOf(date);
  return day === dayOf(new Date(now)) ? time : `${day} ${time}`;
}

/** `14:11 (in 1 hour)`, for "until". */
export function localTimeWithSpan(instant: number, now: number): string {
  return `${localTime(instant, now)} (in ${span(instant - now)})`;
}

/** `2026-11-23 12:34:56 UTC`, for what another clock has said. */
export function utcTime(instant: number): string {
  return isoSeconds(instant).replace("T", " ").replace("Z", " UTC");
}

/**
 * Formats a date the way SDKs read it: `2026-11-23T07:44:09Z`. Some refuse fractions, others offsets. Cut, not
 * rounded: never later than STS said.
 *
 * @param instant milliseconds since 1970
 */
export function isoSeconds(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** `45 seconds`, `59 minutes`, `1 hour`, `11 hours 30 minutes`; never negative. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return plural(seconds, "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return plural(minutes, "minute");
  const rest = minutes % 60;
  const hours = plural(Math.floor(minutes / 60), "hour");
  return rest === 0 ? hours : `${hours} ${plural(rest, "minute")}`;
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
