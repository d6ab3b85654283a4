import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/system/text_file.ts";

const refused = (error: unknown) => {
  assert(error instanceof UserError);
  assert.equal(error.code, "file-not-utf8");
  return true;
};

Deno.test("decodeUtf8: takes what is UTF-8, back and forth, and refuses all else", () => {
  for (const text of ["", "a", "\uFEFFa", "\uFEFF\uFEFF", "é→🔑", "\uFFFD", "a\uFFFDb\0"]) {
    assert.equal(decodeUtf8(encodeUtf8(text, "x"), "x"), text);
  }
  const bad = [
    ...[[0xff], [0x61, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x94]],
    ...[[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]],
    // A replacement character that was there does not excuse one that was not.
    [0xef, 0xbf, 0xbd, 0xff],
  ];
  for (const bytes of bad) {
    assert.throws(() => decodeUtf8(new Uint8Array(bytes), "x"), refused, String(bytes));
  }
});

Deno.test("encodeUtf8: refuses half a character", () => {
  for (const text of ["\ud800", "a\udc00b", "\udc00\ud800"]) {
    assert.throws(() => encodeUtf8(text, "x"), refused);
  }
});
