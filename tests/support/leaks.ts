/**
 * Where secrets got to that belong nowhere.
 *
 * @module
 */

import assert from "node:assert/strict";
import { FAKE_SECRETS } from "./fakes.ts";
import type { Stage } from "./stage.ts";
import { FIXTURE_SECRET_MARKER } from "./sts.ts";

/** Twice as many letters in a row are found wherever they begin; no base64 of a name is printed. */
const PIECE = 16;

/** Fails when a text holds a secret of a session or a piece of an assertion; it never repeats the text. */
export function assertClean(what: string, text: string, { idp }: Pick<Stage, "idp">): void {
  for (const secret of [FIXTURE_SECRET_MARKER, ...FAKE_SECRETS]) {
    assert.ok(!text.includes(secret), `a secret of a session in ${what}`);
  }
  for (const { base64, xml } of idp.responses) {
    for (let at = 0; at + PIECE <= base64.length; at += PIECE) {
      assert.ok(
        !text.includes(base64.slice(at, at + PIECE)),
        `a piece of an assertion in ${what}`,
      );
    }
    for (const [, secret = ""] of xml.matchAll(/<ds:(?:SignatureValue|DigestValue)>([^<]+)</g)) {
      assert.ok(!text.includes(secret.slice(0, PIECE)), `a piece of a signature in ${what}`);
    }
  }
}

/** Every file below a folder, as text. */
export function* filesBelow(folder: string): Generator<readonly [path: string, text: string]> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesBelow(path);
    if (isFile) yield [path, new TextDecoder("latin1").decode(Deno.readFileSync(path))];
  }
}
