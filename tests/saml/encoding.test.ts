import assert from "node:assert/strict";
import { decodePostedResponse, STS_ASSERTION_LIMIT } from "../../src/saml/encoding.ts";
import { ExitCode } from "../../src/errors.ts";
import { assertSilent, userErrorOf } from "../support/checks.ts";
import { buildResponse, toBase64, wrapped76 } from "../support/saml_response.ts";

const XML = "<a>größe ~~~ >>> ??? 東京</a>";
const BASE64 = toBase64(XML);

const decoded = (field: string) => {
  const { base64, xml } = decodePostedResponse(field);
  return [base64.reveal(), xml.reveal()];
};

Deno.test("decodePostedResponse: every form in which browsers and IdPs send base64", () => {
  const real = buildResponse().base64;
  assert.match(BASE64, /\+/, "the table is about a text with a plus");
  for (
    const [name, field, expected] of [
      ["as it is", BASE64, BASE64],
      ["wrapped at 76 with CRLF", wrapped76(real), real],
      ["wrapped with LF", wrapped76(real).replaceAll("\r\n", "\n"), real],
      ["wrapped with CR", wrapped76(real).replaceAll("\r\n", "\r"), real],
      ["wrapped at 64", (real.match(/.{1,64}/g) ?? []).join("\n"), real],
      [
        "indented by a pretty printer",
        `\n    ${wrapped76(real).replaceAll("\n", "\n    ")}\n  `,
        real,
      ],
      ["line ends with blanks", wrapped76(real).replaceAll("\r\n", " \t\r\n"), real],
      ["blanks for plus", BASE64.replaceAll("+", " "), BASE64],
      ["without padding", BASE64.replace(/=+$/, ""), BASE64],
      ["a line break at the end", `${BASE64}\r\n`, BASE64],
      ["empty lines around", `\r\n\r\n${BASE64}\r\n\r\n`, BASE64],
      ["blanks in front", `  \t ${BASE64}`, BASE64],
      ["blanks behind", `${BASE64}   `, BASE64],
    ] as const
  ) assert.equal(decoded(field)[0], expected, name);
});

Deno.test("decodePostedResponse: padding and blanks, for texts of every length", () => {
  for (let length = 1; length <= 12; length++) {
    const xml = "<".padEnd(length, "~");
    const base64 = toBase64(xml);
    for (const field of [base64, base64.replace(/=+$/, ""), ` ${base64} `, `${base64}\n`]) {
      assert.deepEqual(decoded(field), [base64, xml], JSON.stringify(field));
    }
  }
});

Deno.test("decodePostedResponse: a plus at the very end is not taken for a blank", () => {
  assert.deepEqual(decoded("PH5 "), ["PH5+", "<~~"]);
});

Deno.test("decodePostedResponse: a byte order mark is dropped from the XML and kept for STS", () => {
  const base64 = toBase64(`\ufeff${XML}`);
  assert.deepEqual(decoded(base64), [base64, XML]);
});

Deno.test("decodePostedResponse: STS's limit is in characters of base64, line breaks not counted", () => {
  const most = "A".repeat(STS_ASSERTION_LIMIT);
  assert.equal(decoded(most)[0], most);
  assert.equal(decoded(wrapped76(most))[0], most);
  const error = userErrorOf(() => decodePostedResponse(most + "AAAA"));
  assert.equal(
    error.message,
    "The assertion has 100004 characters, but STS accepts at most 100000",
  );
});

Deno.test("decodePostedResponse: what is not base64 of UTF-8 is refused with exit code 5", () => {
  const utf16 = btoa("\xff\xfe<\0a\0/\0>\0");
  const deflated = "fZJNT8MwDIb/SpX7lqbdB4u2SmMTYtKAauk4cEFpmrJIbVIch8G/p+2YAAlx9evXfmx7";
  for (
    const [field, why] of [
      ["", /empty/],
      [" \t\r\n ", /empty/],
      ["====", /not base64/],
      ["PGE", undefined],
      ["PGEv+", /not base64/],
      ["PGE=PGE=", /not base64/],
      ["PGE-_g==", /not base64/],
      ["PGE\tPGE=", /not base64/],
      ["PGE\u00a0PGE=", /not base64/],
      ["<samlp:Response/>", /not base64/],
      ["PGE%2BPGE%3D", /not base64/],
      ["日本語日本語", /not base64/],
      ["PGE\0PGE=", /not base64/],
      [utf16, /not UTF-8/],
      [btoa("<a>gr\xf6\xdfe</a>"), /not UTF-8/],
      [deflated, /not UTF-8/],
    ] as const
  ) {
    if (why === undefined) {
      assert.doesNotThrow(() => decodePostedResponse(field));
      continue;
    }
    const error = userErrorOf(() => decodePostedResponse(field), [field]);
    assert.equal(error.code, "assertion-unreadable");
    assert.equal(error.exitCode, ExitCode.BAD_ASSERTION);
    assert.match(error.message, why, JSON.stringify(field));
    assert.equal(error.cause, undefined, "a cause would quote the text");
  }
});

// A pattern that took the square of a run of blanks: any page on the web could stop the driver for a
// minute with one form.
Deno.test("decodePostedResponse: 400,000 blanks, tabs or line breaks are read at once", () => {
  for (const sign of [" ", "\t", "\n", "\r\n ", " \n", "=", "+"]) {
    const start = performance.now();
    userErrorOf(() => decodePostedResponse(`A${sign.repeat(400_000 / sign.length)}*`));
    assert.ok(performance.now() - start < 2000, JSON.stringify(sign));
  }
});

Deno.test("decodePostedResponse: what is decoded keeps itself out of everything printed", () => {
  const { base64, xml } = buildResponse();
  assertSilent(decodePostedResponse(base64), [base64, xml]);
});
