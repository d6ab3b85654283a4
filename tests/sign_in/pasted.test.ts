import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { copiedResponse } from "../../src/saml/copied_response.ts";
import { pastedText } from "../../src/sign_in/pasted.ts";
import { buildResponse, wrapped76 } from "../support/saml_response.ts";

const NEVER = new AbortController().signal;

/** Reads what comes in these pieces, and tells what was left of them. */
async function pasted(pieces: readonly string[], { isTerminal = true } = {}) {
  const left = [...pieces];
  const text = await pastedText({
    isTerminal,
    read: () => {
      const piece = left.shift();
      if (piece === undefined && isTerminal) throw new Error("it waits for more");
      return Promise.resolve(piece);
    },
  }, NEVER);
  return { text, left };
}

function cutAt(text: string, ...cuts: readonly number[]): readonly string[] {
  const ends = [...cuts, text.length];
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
}

const { base64 } = buildResponse({ sign: "none" });

const WHOLE: Readonly<Record<string, string>> = {
  "bare": base64,
  "wrapped": wrapped76(base64).replace(/\r?\n/g, "\r"),
  "a form": new URLSearchParams({ RelayState: "x", SAMLResponse: base64 }).toString(),
  "bracketed": `\x1b[200~${base64}\x1b[201~`,
  "bracketed and wrapped": `\x1b[200~${wrapped76(base64)}\x1b[201~`,
  "with an empty line before it": `\r\n${base64}`,
};
for (const [name, text] of Object.entries(WHOLE)) {
  Deno.test(`pastedText: ${name}, ends once it is whole, wherever it is cut`, async () => {
    const start = name.startsWith("with") ? 3 : 1;
    for (let cut = start; cut < text.length; cut++) {
      const { text: read } = await pasted(cutAt(text, cut));
      assert.equal(copiedResponse(read).field, base64, `cut at ${cut}`);
    }
  });

  Deno.test(`pastedText: ${name}, in pieces of a few characters`, async () => {
    for (const size of [3, 7, 64, 1000]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      const { text: read, left } = await pasted([...pieces, "rest"]);
      assert.equal(copiedResponse(read).field, base64, `by ${size}`);
      assert.ok(left.includes("rest"), "what follows is not waited for");
    }
  });
}

const HALF = base64.slice(0, 500);

const ENDS: readonly (readonly [string, readonly string[], string])[] = [
  ["an empty line", [HALF, "\r", "\r"], HALF],
  ["an empty line of a file from Windows", [`${HALF}\r\n`, "\r\n"], HALF],
  ["a line of blanks", [`${HALF}\n`, "  \n"], HALF],
  ["Enter alone", ["\r"], ""],
  ["Ctrl-D", [HALF, "\x04"], HALF],
  ["Ctrl-D alone", ["\x04"], ""],
  ["Ctrl-D in the middle", [`${HALF}\x04rest`], HALF],
];
for (const [name, pieces, text] of ENDS) {
  Deno.test(`pastedText: ${name} ends it`, async () => {
    const read = await pasted([...pieces, "more"]);
    assert.equal(read.text.trim(), text);
    assert.deepEqual(read.left, ["more"]);
  });
}

Deno.test("pastedText: one line end within a line break of Windows is no empty line", async () => {
  const pieces = [`${HALF}\r`, `\n${base64.slice(500)}`];
  assert.equal(copiedResponse((await pasted(pieces)).text).field, base64);
});

Deno.test("pastedText: Ctrl-C as a character ends it as the signal does", async () => {
  const error = await pasted([HALF, "\x03"]).catch((error) => error);
  assert.ok(error instanceof UserError && error.exitCode === 130);
});

Deno.test("pastedText: stdin ends where it ends, and empty lines in it are nothing", async () => {
  const pieces = [`\n\n${HALF}\n\n`, `${base64.slice(500)}\n`];
  const read = await pasted(pieces, { isTerminal: false });
  assert.equal(copiedResponse(read.text).field, base64);
  assert.equal((await pasted([HALF], { isTerminal: false })).text, HALF);
  assert.equal((await pasted([], { isTerminal: false })).text, "");
});

Deno.test("pastedText: what never ends is not read forever", async () => {
  const endless = Array.from({ length: 1000 }, () => "A".repeat(4096));
  const { text } = await pasted(endless);
  assert.ok(text.length > 400_000 && text.length < 410_000);
});
