/**
 * How a Response comes: base64, as it is pasted, and in a form.
 *
 * @module
 */

import assert from "node:assert/strict";
import { copiedResponse } from "../../src/saml/copied_response.ts";
import { decodePostedResponse, STS_ASSERTION_LIMIT } from "../../src/saml/encoding.ts";
import { fieldsIn, responseOf } from "../../src/sign_in/listener/form.ts";
import { buildResponse, wrapped76 } from "../support/saml_response.ts";
import type { Subject, Taken, Target } from "./fuzz.ts";
import type { Material } from "./mutate.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

/** A Response as it is posted. */
export function fieldOf(xml: string): string {
  return new TextEncoder().encode(xml).toBase64();
}

/** Pieces of a bearer token: no message may have one. */
export function piecesOf(field: string): readonly string[] {
  const pieces = [];
  const text = field.replace(/\s/g, "");
  for (let at = 0; at + 32 <= text.length; at += 256) pieces.push(text.slice(at, at + 32));
  return pieces;
}

function openEncoding(): Subject {
  return {
    secretsOf: piecesOf,
    read: (field) => {
      const { base64, xml, unknownEncoding } = decodePostedResponse(field);
      const text = base64.reveal();
      assert.match(text, /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
      assert.ok(text.length <= STS_ASSERTION_LIMIT);
      // Nothing was left out of what STS gets.
      const letters = (each: string) => each.replace(/[^A-Za-z0-9/]/g, "");
      assert.equal(letters(text), letters(field));
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const again = decodePostedResponse(bytes.toBase64());
      assert.equal(atob(again.base64.reveal()), atob(text));
      assert.equal(again.xml.reveal(), xml.reveal());
      return [unknownEncoding === undefined ? "text" : "text as ASCII", xml.reveal()];
    },
  };
}

function fields(): Material {
  const { xml } = buildResponse({ now: NOW, sign: "none" });
  const utf16 = (bigEndian: boolean) => {
    const bytes = new Uint8Array(2 * xml.length + 2);
    const view = new DataView(bytes.buffer);
    for (const [index, letter] of ["\ufeff", ...xml].entries()) {
      view.setUint16(2 * index, letter.charCodeAt(0), !bigEndian);
    }
    return bytes.toBase64();
  };
  const latin = `<?xml version="1.0" encoding="ISO-8859-1"?>${xml.replace("alice", "\xe9lise")}`;
  const good = fieldOf(xml);
  const corpus = [
    good,
    wrapped76(good),
    good.replaceAll("+", " "),
    good.replace(/=+$/, ""),
    `  ${good}\n`,
    btoa(latin),
    utf16(true),
    utf16(false),
    btoa(good),
    fieldOf(`\ufeff${xml}`),
    fieldOf(xml.replaceAll("<", "&lt;")),
    fieldOf(`<?xml version="1.0" encoding="no-such"?>${xml}`),
    encodeURIComponent(good),
    ...["PA==", "PGEvPg==", "77u/PGEvPg==", "//48AA==", "/v8APA=="],
  ];
  const words = [
    "=",
    "==",
    "+",
    " ",
    "\r\n",
    "\n ",
    "%2B",
    "%0D%0A",
    "PD94",
    "77u/",
    "//4",
    "/v8A",
  ];
  return { corpus, words: [...words, "AAAA", "\t", "-", "_", "PHNhbWxwOlJlc3BvbnNl"] };
}

function openCopied(): Subject {
  return {
    read: (text) => {
      const { field, isWhole } = copiedResponse(text);
      assert.ok(field.length <= text.length + 1, "made up");
      if (!isWhole) return ["a part", field];
      assert.deepEqual(copiedResponse(field), { field, isWhole: true });
      atob(field);
      return ["whole", field];
    },
  };
}

function pastes(): Material {
  const { base64 } = buildResponse({ now: NOW, sign: "none" });
  const corpus = [
    base64,
    wrapped76(base64),
    `SAMLResponse=${encodeURIComponent(base64)}&RelayState=https%3A%2F%2Fx`,
    `RelayState=a&SAMLResponse=${encodeURIComponent(base64)}`,
    `SAMLResponse: ${base64}\nRelayState: x`,
    `{"SAMLResponse": "${base64}", "RelayState": ""}`,
    `<input type="hidden" name="SAMLResponse" value="${base64}"/>`,
    `SAMLResponse\n${base64}\nRelayState\n`,
    base64.replaceAll("+", " "),
    ...["PGEvPg==", "PGE+PC9hPg=="],
  ];
  const words = ["SAMLResponse", "SAMLResponse=", "RelayState", "%0D%0A", "%2B", "%3D", "=", "&"];
  return { corpus, words: [...words, '"', "'", "value=", ": ", "\n", " ", "\ufeff", "%", "PGE+"] };
}

function openForm(): Subject {
  return {
    read: (input): Taken => {
      // Of a half of a character no byte comes.
      const text = input.toWellFormed();
      const found = fieldsIn(text);
      const known = [...new URLSearchParams(text)];
      // URLSearchParams takes a question mark at the beginning for the one of a URL.
      if (!text.startsWith("?")) assert.deepEqual(found, known);
      const again = new URLSearchParams(found.map(([name, value]) => [name, value]));
      assert.deepEqual([...again].length, found.length);
      const field = responseOf(found);
      return [typeof field === "string" ? "a Response" : `${field[0]} ${field[1]}`, found];
    },
  };
}

function forms(): Material {
  const { base64 } = buildResponse({ now: NOW, sign: "none" });
  const corpus = [
    `SAMLResponse=${encodeURIComponent(base64)}&RelayState=a`,
    "SAMLResponse=abc",
    "RelayState=%E2%82%AC+%F0%9F%98%80&SAMLResponse=a%2Bb%3D",
    "SAMLResponse=a&SAMLResponse=b",
    "=&==&a&&b=c=d",
  ];
  const words = ["SAMLResponse", "=", "&", "%", "+", "%00", "%E2%82", "%ff", "%C0%80", "%ED%A0%80"];
  return { corpus, words: [...words, "%", "%2", "%zz", "?", "%EF%BB%BF", "%26", "\ufeff"] };
}

/** The targets of `src/saml` that find and decode a Response, and the form that brings it. */
export const POSTED_TARGETS: readonly Target[] = [
  { name: "saml/encoding", material: fields, open: openEncoding },
  { name: "saml/copied_response", material: pastes, open: openCopied },
  { name: "sign_in/listener/form", material: forms, open: openForm },
];
