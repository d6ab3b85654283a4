import assert from "node:assert/strict";
import { processJson } from "../../src/delivery/process_json.ts";
import { Secret } from "../../src/secret.ts";

const credentials = (secretKey: string, token: string) => ({
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: new Secret(secretKey, "secret access key"),
  sessionToken: new Secret(token, "session token"),
  expiration: Date.UTC(2026, 10, 23, 7, 44, 9, 999),
  accountId: "011122223333",
});

Deno.test("processJson: just what the SDKs read, in one line", () => {
  assert.equal(
    processJson(credentials("key/+=", "token//==")),
    '{"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"key/+=",' +
      '"SessionToken":"token//==","Expiration":"2026-11-23T07:44:09Z","AccountId":"011122223333"}\n',
  );
});

Deno.test("processJson: signs that JSON escapes come back as they were", () => {
  const odd = 'quote " backslash \\ \u2028 \u0007 größe';
  const text = processJson(credentials(odd, odd));
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.equal(JSON.parse(text).SecretAccessKey, odd);
  assert.equal(JSON.parse(text).SessionToken, odd);
});

Deno.test("processJson: a long session stays far below the 64,000 bytes that Java reads", () => {
  const text = processJson(credentials("k".repeat(40), "t".repeat(12_000)));
  assert.ok(new TextEncoder().encode(text).length < 64_000);
});
