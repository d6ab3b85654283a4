/**
 * Instants and spans as people read them: in their own time zone. What machines read stays in UTC.
 *
 * @module
 */

import { plural } from "./text.ts";

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
