/**
 * A line plot as SVG, both axes logarithmic: what grows in proportion is a straight line that rises as the grid does.
 *
 * @module
 */

/** What was measured against something that grows. */
export interface Growth {
  readonly title: string;
  /** What grows, with its unit. */
  readonly x: string;
  /** What was measured, with its unit. */
  readonly y: string;
  readonly points: readonly Point[];
}

/** A measurement; both above zero. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

const WIDTH = 560;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 24;
const TOP = 44;
const BOTTOM = 48;

/**
 * Draws a plot.
 *
 * @throws RangeError for fewer than two points, or one that is not above zero
 */
export function plot({ title, x, y, points }: Growth): string {
  if (points.length < 2 || points.some((point) => !(point.x > 0 && point.y > 0))) {
    throw new RangeError("A plot takes two or more points above zero");
  }
  const across = axis(points.map((point) => point.x), LEFT, WIDTH - RIGHT);
  const up = axis(points.map((point) => point.y), HEIGHT - BOTTOM, TOP);
  const spots = points.map((point) => ({
    ...point,
    left: across.at(point.x),
    top: up.at(point.y),
  }));
  const path = spots.map(({ left, top }) => `${round(left)},${round(top)}`).join(" ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${
      escaped(title)
    }">`,
    // A picture in a page knows nothing of the page's colors, only of the system's.
    "<style>svg{background:#fff;font:12px system-ui,sans-serif;fill:#1b1f24}.grid{stroke:#d0d7de}" +
    ".line{fill:none;stroke:#0969da;stroke-width:2}.spot{fill:#0969da}.title{font-weight:600;font-size:14px}" +
    "@media(prefers-color-scheme:dark){svg{background:#0d1117;fill:#e6edf3}.grid{stroke:#30363d}" +
    ".line{stroke:#58a6ff}.spot{fill:#58a6ff}}</style>",
    text(title, { left: LEFT, top: 24, more: ' class="title"' }),
    ...up.ticks.flatMap((tick) => [
      line([LEFT, up.at(tick)], [WIDTH - RIGHT, up.at(tick)]),
      text(number(tick), { left: LEFT - 8, top: up.at(tick) + 4, more: ' text-anchor="end"' }),
    ]),
    ...across.ticks.flatMap((tick) => [
      line([across.at(tick), TOP], [across.at(tick), HEIGHT - BOTTOM]),
      text(number(tick), {
        left: across.at(tick),
        top: HEIGHT - BOTTOM + 18,
        more: ' text-anchor="middle"',
      }),
    ]),
    text(x, { left: (LEFT + WIDTH - RIGHT) / 2, top: HEIGHT - 10, more: ' text-anchor="middle"' }),
    text(y, {
      left: -(TOP + HEIGHT - BOTTOM) / 2,
      top: 16,
      more: ' text-anchor="middle" transform="rotate(-90)"',
    }),
    `<polyline class="line" points="${path}"/>`,
    ...spots.flatMap((spot) => [
      `<circle class="spot" cx="${round(spot.left)}" cy="${round(spot.top)}" r="4"/>`,
      text(number(spot.y), {
        left: spot.left,
        top: spot.top - 9,
        more: ` text-anchor="${anchorAt(spot.left)}"`,
      }),
    ]),
    "</svg>",
    "",
  ].join("\n");
}

/** Keeps a value beside its spot inside the picture, and off the axis. */
function anchorAt(left: number): string {
  if (left < LEFT + 20) return "start";
  return left > WIDTH - RIGHT - 20 ? "end" : "middle";
}

interface Axis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** An axis from a whole power of ten to another, laid between two places. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    at: (value) => from + (to - from) * (Math.log10(value) - low) / (high - low),
  };
}

/** A number with three digits that count. */
function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 3 });
}

function line(from: readonly [number, number], to: readonly [number, number]): string {
  const [x1, y1, x2, y2] = [...from, ...to].map(round);
  return `<line class="grid" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function text(
  words: string,
  { left, top, more }: { readonly left: number; readonly top: number; readonly more: string },
): string {
  return `<text x="${round(left)}" y="${round(top)}"${more}>${escaped(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
