import assert from "node:assert/strict";
import { copiedResponse } from "../../src/saml/copied_response.ts";
import { decodePostedResponse } from "../../src/saml/encoding.ts";
import { buildResponse, wrapped76 } from "../support/saml_response.ts";

/** Three lengths, and so each padding; with signs that a form must escape. */
const SAMPLES = ["?", "??", "???"].map((end) =>
  buildResponse({ nameId: `a?bc??d>e>>f${end}` }).base64
);

const SAMPLE = SAMPLES.find((each) => each.includes("+") && each.includes("/")) ?? "";

function body(base64: string, before: Record<string, string> = {}): string {
  return new URLSearchParams({ ...before, SAMLResponse: base64, RelayState: "x y&z" }).toString();
}

const FORMS: Readonly<Record<string, (base64: string) => string>> = {
  "bare base64": (it) => it,
  "with line ends and blanks around it": (it) => ` \n\t${it}\r\n\n `,
  "with a byte order mark before it": (it) => `\ufeff${it}`,
  "wrapped": (it) => wrapped76(it),
  "wrapped, as Windows writes it": (it) => wrapped76(it).replace(/\r?\n/g, "\r\n"),
  "wrapped, as a terminal passes it on": (it) => wrapped76(it).replace(/\r?\n/g, "\r"),
  "wrapped and indented": (it) => wrapped76(it).replace(/\r?\n/g, "  \n    "),
  "wrapped, its line breaks turned into blanks": (it) => wrapped76(it).replace(/\r?\n/g, " "),
  "with blanks for plus signs": (it) => it.replaceAll("+", " "),
  "percent-encoded": (it) => encodeURIComponent(it),
  "percent-encoded, wrapped": (it) => encodeURIComponent(wrapped76(it)),
  "a form's body": (it) => body(it),
  "a form's body with small hexadecimal digits": (it) =>
    body(it).replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase()),
  "a form's body, RelayState first": (it) => body(it, { RelayState: "SAMLResponse=no" }),
  "a form's body, wrapped": (it) => body(wrapped76(it)),
  "a form's body that ends with a line": (it) => `${body(it)}\r\n`,
  "a name and the value": (it) => `SAMLResponse=${it}`,
  "a name and the encoded value": (it) => `SAMLResponse=${encodeURIComponent(it)}`,
  "a list of developer tools": (it) => `SAMLResponse: ${it}\nRelayState: https://x.example/?a=1`,
  "a list with the value on its own line": (it) => `SAMLResponse:\n${it}\nRelayState:\nx`,
  "Firefox's copy of what was posted": (it) => `SAMLResponse=${it}\nRelayState=x`,
  "a field of a page with blanks": (it) => `<input name='SAMLResponse'   value = '${it}'/>`,
  "empty lines within": (it) => it.replace(/^(.{40})/, "$1\n\n  \n"),
  "a name and a blank": (it) => `SAMLResponse ${it}`,
  "double quotes": (it) => `"${it}"\n`,
  "single quotes": (it) => `'${it}'`,
  "a body in quotes": (it) => `"${body(it)}"`,
  "a name and a value in quotes": (it) => `"SAMLResponse": "${it}",`,
  "a field of a page": (it) => `<input type="hidden" name="SAMLResponse" value="${it}"/>`,
};

for (const [name, form] of Object.entries(FORMS)) {
  Deno.test(`copiedResponse: ${name}`, () => {
    assert.ok(SAMPLE !== "");
    for (const base64 of SAMPLES) {
      const { field, isWhole } = copiedResponse(form(base64));
      assert.ok(isWhole);
      assert.equal(decodePostedResponse(field).base64.reveal(), base64);
    }
  });

  Deno.test(`copiedResponse: ${name}, is whole from its last character on`, () => {
    for (const base64 of SAMPLES) {
      const text = form(base64);
      const last = text.length - [...text].findLastIndex((each) => /[A-Za-z0-9]/.test(each));
      const wholes = Array.from({ length: 200 + last }, (_, less) => text.length - less)
        .filter((end) => copiedResponse(text.slice(0, end)).isWhole);
      for (const end of wholes) {
        const { field } = copiedResponse(text.slice(0, end));
        assert.equal(decodePostedResponse(field).base64.reveal(), base64, `the first ${end}`);
      }
    }
  });
}

const NOT_WHOLE: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["blanks", " \n "],
  ["half of one", SAMPLE.slice(0, 5000)],
  ["one without its last group", SAMPLE.slice(0, -4)],
  ["no base64", "hello, world"],
  ["base64 of something else", btoa("hello, world!!")],
  ["XML in a form that is not base64", "<Response></Response>"],
  ["one whose padding is still to come", "PGE+PC9hPg"],
  ["one with half of its padding", "PGE+PC9hPg="],
  ["base64 of text in front of XML", btoa("texty<a></a>")],
  ["base64 of an end without a beginning", btoa("abc</undefined>")],
  ["a name alone", "SAMLResponse="],
  ["another field", "RelayState=abc"],
];
for (const [name, text] of NOT_WHOLE) {
  Deno.test(`copiedResponse: ${name} is not whole`, () => {
    assert.equal(copiedResponse(text).isWhole, false);
  });
}

Deno.test("copiedResponse: any XML document is whole at its end, whatever it is", () => {
  for (
    const xml of [
      "<a></a>",
      "<?xml version='1.0'?>\n<samlp:Response a='b'>\n<x/></samlp:Response>\n",
      "<samlp:AuthnRequest></samlp:AuthnRequest>",
      "<?xml version='1.0'?><a></a>",
      "<?xml version='1.0'?>\n\n  <a></a>",
      "\n\n<a></a>",
      "\xef\xbb\xbf<Response>\xc3\xa4</Response>",
    ]
  ) assert.ok(copiedResponse(btoa(xml)).isWhole, xml);
});

Deno.test("copiedResponse: 400,000 of any character take no noticeable time", () => {
  for (const each of [" ", "A", "%", "\n", "&", "=", '"', "SAMLResponse", "<", "\t \r"]) {
    copiedResponse(each.repeat(400_000 / each.length));
    copiedResponse(`SAMLResponse${each.repeat(400_000 / each.length)}`);
  }
});

Deno.test("copiedResponse: what indents a line is no plus sign, what is within one is", () => {
  const at = SAMPLE.indexOf("+");
  const spaced = SAMPLE.replaceAll("+", " ");
  const { field, isWhole } = copiedResponse(
    `${spaced.slice(0, at - 2)}  \n    ${spaced.slice(at - 2)}`,
  );
  assert.deepEqual([field, isWhole], [SAMPLE, true]);
});
