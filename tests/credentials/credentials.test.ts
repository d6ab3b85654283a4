import assert from "node:assert/strict";
import type { Credentials } from "../../src/credentials/credentials.ts";
import { Secret } from "../../src/secret.ts";
import { assertSilent } from "../support/checks.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import { isoSeconds } from "../../src/text.ts";

Deno.test("isoSeconds: seconds in UTC, cut and never rounded up", () => {
  for (
    const [instant, expected] of [
      [Date.UTC(2026, 10, 23, 7, 44, 9), "2026-11-23T07:44:09Z"],
      [Date.UTC(2026, 10, 23, 7, 44, 9, 999), "2026-11-23T07:44:09Z"],
      [Date.UTC(2026, 11, 31, 23, 59, 59, 500), "2026-12-31T23:59:59Z"],
      [Date.UTC(2024, 1, 29), "2024-02-29T00:00:00Z"],
      [0, "1970-01-01T00:00:00Z"],
    ] as const
  ) assert.equal(isoSeconds(instant), expected);
});

Deno.test("isoSeconds: an instant that is none throws instead of printing one", () => {
  assert.throws(() => isoSeconds(NaN), RangeError);
});

Deno.test("Credentials: the secret key and the token stay out of everything printed", () => {
  const credentials: Credentials = {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: new Secret(`${FIXTURE_SECRET_MARKER}key`, "secret access key"),
    sessionToken: new Secret(`${FIXTURE_SECRET_MARKER}token`, "session token"),
    expiration: 0,
    accountId: "111122223333",
  };
  assertSilent(credentials);
  assertSilent({ ...credentials });
  assert.match(Deno.inspect(credentials), /ASIAEXAMPLE/);
});
