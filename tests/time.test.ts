import assert from "node:assert/strict";
import { localTime, localTimeWithSpan, plural, span } from "../src/text.ts";

/** Noon where the tests run. */
const NOW = new Date(2026, 10, 23, 12).getTime();
const HOUR = 3_600_000;

Deno.test("localTime: in the time zone of this machine, with the date when it is not today", () => {
  const cases: readonly [instant: Date, text: string][] = [
    [new Date(2026, 10, 23, 12), "12:00"],
    [new Date(2026, 10, 23, 0, 0), "00:00"],
    [new Date(2026, 10, 23, 23, 59, 59, 999), "23:59"],
    [new Date(2026, 10, 24, 0, 0), "2026-11-24 00:00"],
    [new Date(2026, 10, 22, 23, 59), "2026-11-22 23:59"],
    [new Date(2027, 0, 2, 3, 4), "2027-01-02 03:04"],
  ];
  for (const [instant, text] of cases) assert.equal(localTime(instant.getTime(), NOW), text);
});

Deno.test("localTime: other time zones", async () => {
  // Windows takes its time zone from elsewhere.
  if (Deno.build.os === "windows") return;
  const code = `import { localTime } from "${new URL("../src/text.ts", import.meta.url)}";
    console.log(localTime(Date.UTC(2026, 10, 23, 20, 30), Date.UTC(2026, 10, 23, 12)));`;
  for (
    const [zone, text] of [
      ["UTC", "20:30"],
      ["America/New_York", "15:30"],
      ["Asia/Kolkata", "2026-11-24 02:00"],
    ] as const
  ) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", code],
      env: { TZ: zone },
    }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), text, zone);
  }
});

Deno.test("localTimeWithSpan: the time, and how long until then", () => {
  assert.equal(localTimeWithSpan(NOW + HOUR, NOW), "13:00 (in 1 hour)");
  assert.equal(localTimeWithSpan(NOW + 13 * HOUR, NOW), "2026-11-24 01:00 (in 13 hours)");
});

Deno.test("span: in the unit that people would use", () => {
  const cases: readonly [ms: number, text: string][] = [
    [-5000, "0 seconds"],
    [0, "0 seconds"],
    [400, "0 seconds"],
    [1000, "1 second"],
    [45_000, "45 seconds"],
    [89_000, "89 seconds"],
    [89_499, "89 seconds"],
    [90_000, "2 minutes"],
    [5 * 60_000, "5 minutes"],
    [59 * 60_000, "59 minutes"],
    [3_599_000, "1 hour"],
    [HOUR, "1 hour"],
    [3_660_000, "1 hour 1 minute"],
    [7_199_000, "2 hours"],
    [11.5 * HOUR, "11 hours 30 minutes"],
    [12 * HOUR, "12 hours"],
    [24 * 24 * HOUR, "576 hours"],
  ];
  for (const [ms, text] of cases) assert.equal(span(ms), text, `${ms}`);
});

Deno.test("plural: one of them, and any other number", () => {
  for (const [number, text] of [[0, "0 roles"], [1, "1 role"], [2, "2 roles"]] as const) {
    assert.equal(plural(number, "role"), text);
  }
});
