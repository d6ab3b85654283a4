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
      ["an empty line within, and blanks", real.replace(/^(.{40})/, "$1\r\n\r\n  \r\n"), real],
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
  assert.deepEqual(decoded("PA= "), ["PA==", "<"], "behind padding, be it too short, it is one");
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

/** The bytes of a text in one of the encodings that TextEncoder does not write, one character per byte. */
function bytesIn(encoding: "latin1" | "utf-16le" | "utf-16be", text: string): string {
  if (encoding === "latin1") return text;
  return Array.from({ length: text.length }, (_, index) => {
    const unit = text.charCodeAt(index);
    const [high, low] = [String.fromCharCode(unit >> 8), String.fromCharCode(unit & 255)];
    return encoding === "utf-16be" ? high + low : low + high;
  }).join("");
}

const NAMED = (name: string) =>
  `<?xml version="1.0" encoding="${name}"?><a>J\u00fcrgen Gro\u00df</a>`;
const UTF8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));

// "Not UTF-8 text": of an IdP whose XML declaration says so (passport-wsfed-saml2#59).
const ENCODINGS: readonly (readonly [name: string, bytes: string, xml: string])[] = [
  ["ISO-8859-1, declared", NAMED("ISO-8859-1"), NAMED("ISO-8859-1")],
  ["iso8859-15, declared", NAMED("iso-8859-15"), NAMED("iso-8859-15")],
  [
    "windows-1252 and its own letters",
    `<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>`,
    `<?xml version='1.0' encoding='windows-1252'?><a>\u20ac</a>`,
  ],
  ["UTF-16 with its mark", "\xff\xfe" + bytesIn("utf-16le", NAMED("UTF-16")), NAMED("UTF-16")],
  [
    "UTF-16, the other way around",
    "\xfe\xff" + bytesIn("utf-16be", NAMED("UTF-16")),
    NAMED("UTF-16"),
  ],
  ["UTF-16 without a mark", bytesIn("utf-16le", NAMED("UTF-16")), NAMED("UTF-16")],
  ["UTF-16BE without a mark", bytesIn("utf-16be", NAMED("UTF-16BE")), NAMED("UTF-16BE")],
  ["UTF-8 with its mark", "\xef\xbb\xbf" + UTF8(NAMED("utf-8")), NAMED("utf-8")],
  ["a mark against the declaration", "\xef\xbb\xbf" + UTF8(NAMED("latin1")), NAMED("latin1")],
  // What .NET's StringWriter declares of every text.
  ["UTF-8 that calls itself UTF-16", UTF8(NAMED("utf-16")), NAMED("utf-16")],
  ["ASCII that calls itself UTF-16", `<?xml version="1.0" encoding="utf-16"?><a/>`, ""],
  [
    "blanks in the declaration",
    `<?xml version="1.0" encoding \n=  "latin1"?><a>\xfc</a>`,
    `<?xml version="1.0" encoding \n=  "latin1"?><a>\xfc</a>`,
  ],
  [
    "a declaration within",
    UTF8(`<a>\u00fc<?xml encoding="latin1"?></a>`),
    `<a>\u00fc<?xml encoding="latin1"?></a>`,
  ],
  ["UTF-16 by its other names, which it is not", UTF8(NAMED(" utf16")), NAMED(" utf16")],
  ["UCS-2, which it is not", UTF8(NAMED("ISO-10646-UCS-2")), NAMED("ISO-10646-UCS-2")],
  ["signs of a mark elsewhere", UTF8("<a>\u00ef\u00bb\u00bf</a>"), "<a>\u00ef\u00bb\u00bf</a>"],
  [
    "ISO-8859-1 with the letters of marks within",
    NAMED("latin1").replace("J", "\xfe\xff\xff\xfe\xef\xbb\xbf\0<<\0"),
    NAMED("latin1").replace("J", "\xfe\xff\xff\xfe\xef\xbb\xbf\0<<\0"),
  ],
  ["UTF-16 of ASCII without a mark", bytesIn("utf-16le", "<a/>"), "<a/>"],
  ["UTF-16BE of ASCII without a mark", bytesIn("utf-16be", "<a/>"), "<a/>"],
  ["standalone after it", NAMED('latin1" standalone="yes'), NAMED('latin1" standalone="yes')],
];
for (const [name, bytes, xml] of ENCODINGS) {
  Deno.test(`decodePostedResponse: ${name} is read, and STS gets the bytes as they came`, () => {
    const base64 = btoa(bytes);
    assert.deepEqual(decoded(base64), [base64, xml || bytes]);
    assert.equal(decodePostedResponse(base64).unknownEncoding, undefined);
  });
}

Deno.test("decodePostedResponse: an encoding that nobody knows is named; it does not matter to ASCII", () => {
  const error = userErrorOf(() => decodePostedResponse(btoa(NAMED("x-\x85klingon"))));
  assert.match(error.message, /"x- klingon".*not known/);
  const ascii = `<?xml version="1.0" encoding="x-klingon"?><a/>`;
  const { xml, unknownEncoding } = decodePostedResponse(btoa(ascii));
  assert.deepEqual([xml.reveal(), unknownEncoding], [ascii, "x-klingon"]);
  const other = btoa(ascii.replace("klingon", "utf-16"));
  assert.equal(decodePostedResponse(other).unknownEncoding, "x-utf-16");
});

Deno.test("decodePostedResponse: what is not base64 of text is refused with exit code 5", () => {
  const deflated = "fZJNT8MwDIb/SpX7lqbdB4u2SmMTYtKAauk4cEFpmrJIbVIch8G/p+2YAAlx9evXfmx7";
  for (
    const [field, why] of [
      ["", /empty/],
      [" \t\r\n ", /empty/],
      ["====", /not base64/],
      ["PGE", undefined],
      ["PGEv+", /not base64$/],
      ["PGE=PGEv", /not base64$/],
      ["PGE=PGE=", /not base64/],
      ["PGE=%", /not base64$/],
      ["%3", /not base64$/],
      ["PGE%zzPGE", /not base64$/],
      ["*%3D", /not base64$/],
      ["PGE%3D*", /not base64$/],
      ["PGE-_g==", /not base64/],
      ["PGE\tPGE=", /not base64/],
      ["PGE\u00a0PGE=", /not base64/],
      ["<samlp:Response/>", /not base64/],
      ["PGE%2BPGE%3D", /not base64/],
      ["日本語日本語", /not base64/],
      ["PGE\0PGE=", /not base64/],
      [btoa("<a>gr\xf6\xdfe</a>"), /not UTF-8/],
      [btoa(NAMED("utf-8")), /not UTF-8/],
      [btoa("\xff\xfe<\0a\0/\0>\0\0\xd8"), /not UTF-16LE/],
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
  const posted = decodePostedResponse(base64);
  assertSilent(posted, [base64, xml]);
  for (const each of [posted.base64, posted.xml]) assert.equal(String(each), "[assertion]");
});

Deno.test("decodePostedResponse: XML in another encoding is told from what is compressed", () => {
  const hint = (bytes: string) => userErrorOf(() => decodePostedResponse(btoa(bytes))).hint ?? "";
  assert.match(hint("<a>gr\xf6\xdfe</a>"), /declaration/);
  assert.doesNotMatch(hint("<a>gr\xf6\xdfe</a>"), /Redirect/);
  assert.match(hint("\x7d\x92\x4d\x4f"), /HTTP-Redirect/);
  assert.match(hint("\x7d\x92<\x4d"), /HTTP-Redirect/);
  for (const start of ["\n ", "\xef\xbb\xbf", "\xef\xbb\xbf "]) {
    assert.match(hint(`${start}<a>\xf6</a>`), /declaration/);
  }
  assert.match(hint("\xff\xfe<\0a\0/\0>\0\0\xd8"), /declaration/);
});

// Seen as "not well-formed XML" (capriza/samling#4, trajche/SamlAuth#6) and "not base64"
// (spring-boot-security-saml#99).
Deno.test("decodePostedResponse: what only looks as if it were encoded twice is left to the parser", () => {
  for (
    const text of [
      "<a>&lt;</a>",
      "P",
      "PA!",
      "PHNhbWw+<a/>",
      `<${"a".repeat(400)}>&lt;`,
      `${"PHNh".repeat(200)}<a/>`,
      "<a/>PHNhbWw",
    ]
  ) {
    assert.equal(decoded(toBase64(text))[1], text);
  }
});

const TWICE: readonly (readonly [name: string, field: string, says: RegExp])[] = [
  ["base64 twice", btoa(BASE64), /base64 twice$/],
  ["base64 twice, in lines", btoa(wrapped76(buildResponse().base64)), /base64 twice$/],
  ["base64 twice, with a byte order mark", btoa(toBase64(`\ufeff${XML}`)), /base64 twice$/],
  ["base64 twice, with blanks around it", btoa(`  ${BASE64}\n `), /base64 twice$/],
  ["base64 twice, padded, with a line break", btoa("PGEvPg==\r\n"), /base64 twice$/],
  ["escaped XML behind blanks", btoa("  &#60;samlp:Response&gt;"), /begins with &lt;$/],
  ["escaped XML, by a number", btoa("&#X3C;samlp:Response&gt;"), /begins with &lt;$/],
  ["escaped XML", btoa("&lt;samlp:Response&gt;"), /begins with &lt;$/],
  ["percent signs left", encodeURIComponent(`${BASE64}==`), /percent-encoded twice$/],
];
for (const [name, field, says] of TWICE) {
  Deno.test(`decodePostedResponse: what was encoded once too often is called that: ${name}`, () => {
    const error = userErrorOf(() => decodePostedResponse(field), [field]);
    assert.match(error.message, says);
    assert.equal(error.exitCode, ExitCode.BAD_ASSERTION);
  });
}
