import assert from "node:assert/strict";
import { plot } from "../../scripts/bench/plot.ts";
import { type Row, sideBySideTable } from "../../scripts/bench/side_by_side.ts";
import { parseXml } from "../../src/saml/xml.ts";

const GROWTH = { title: "A < B", x: "roles", y: "ms" };

Deno.test("plot: an SVG whose line goes through every point, what is twice as large twice as far", () => {
  const svg = plot({ ...GROWTH, points: [{ x: 1, y: 1 }, { x: 10, y: 10 }, { x: 100, y: 100 }] });
  parseXml(svg);
  assert.match(svg, /A &lt; B/);
  const path = /points="([^"]+)"/.exec(svg)?.[1] ?? "";
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0] = path.split(/[ ,]/).map(Number);
  assert.equal(x1 - x0, x2 - x1);
  assert.equal(y0 - y1, y1 - y2);
  assert.ok(x1 > x0 && y0 > y1, "to the right, and up");
});

Deno.test("plot: one value of all sizes is a level line", () => {
  const svg = plot({ ...GROWTH, points: [{ x: 1, y: 5 }, { x: 450, y: 5 }] });
  const [, from, to] = /points="[\d.]+,([\d.]+) [\d.]+,([\d.]+)"/.exec(svg) ?? [];
  assert.ok(from !== undefined);
  assert.equal(from, to);
});

Deno.test("plot: refuses what no logarithmic axis shows", () => {
  for (const points of [[], [{ x: 1, y: 1 }], [{ x: 0, y: 1 }, { x: 1, y: 1 }]]) {
    assert.throws(() => plot({ ...GROWTH, points }), RangeError);
  }
});

Deno.test("sideBySideTable: ratios to the first program; what a program does not have is a dash", () => {
  const rows: Row[] = [
    { what: "start", unit: "ms", taken: { ours: 50, theirs: 100 } },
    { what: "cache", unit: "ms", taken: { ours: 5 } },
  ];
  assert.equal(
    sideBySideTable(rows),
    "| what | ours | theirs |\n| --- | ---: | ---: |\n" +
      "| start | 50 ms | 100 ms (2.00 ×) |\n| cache | 5.0 ms | – |",
  );
});
