/**
 * What many tests ask of errors and of values that hold secrets.
 *
 * @module
 */

import assert from "node:assert/strict";
import { format, inspect } from "node:util";
import { UserError } from "../../src/errors.ts";
import { FIXTURE_SECRET_MARKER } from "./sts.ts";

/** Every form in which a value could get into a log by accident. */
export function printedForms(value: unknown): readonly string[] {
  const forms = [
    Deno.inspect(value, { depth: 20, strAbbreviateSize: 1_000_000 }),
    inspect(value, { depth: 20, maxStringLength: null }),
    format("%s %o", value, value),
    String(value),
    `${value}`,
    JSON.stringify(value) ?? "",
  ];
  if (value instanceof UserError) forms.push(value.message, value.hint ?? "", value.stack ?? "");
  return forms;
}

/**
 * Fails when anything that would be printed of `value` holds a secret of the STS stand-in or a piece of
 * one of `secrets`.
 */
export function assertSilent(value: unknown, secrets: readonly string[] = []): void {
  for (const form of printedForms(value)) {
    // Without the text itself: the test's own output must stay clean as well.
    assert.ok(!form.includes(FIXTURE_SECRET_MARKER), "a fixture secret would be printed");
    for (const secret of secrets) {
      for (let at = 0; at + PIECE <= secret.length; at += PIECE) {
        assert.ok(!form.includes(secret.slice(at, at + PIECE)), "a piece of a secret is printed");
      }
    }
  }
}

/** Short enough to find a secret that was cut, long enough to find nothing else. */
const PIECE = 32;

/** The UserError that this throws; fails when it throws nothing or anything else, or tells a secret. */
export function userErrorOf(run: () => unknown, secrets: readonly string[] = []): UserError {
  try {
    run();
  } catch (error) {
    return checked(error, secrets);
  }
  assert.fail("nothing was thrown");
}

/** The UserError that this rejects with; see {@linkcode userErrorOf}. */
export async function userErrorFrom(
  promise: Promise<unknown>,
  secrets: readonly string[] = [],
): Promise<UserError> {
  try {
    await promise;
  } catch (error) {
    return checked(error, secrets);
  }
  assert.fail("nothing was thrown");
}

/** Fails unless this is an error in the house's form that tells no secret. */
export function checked(error: unknown, secrets: readonly string[] = []): UserError {
  if (!(error instanceof UserError)) throw error;
  assertSilent(error, secrets);
  assert.match(error.code, /^[a-z]+(-\w+)*$/, "a code is one word for scripts");
  assert.doesNotMatch(error.message, /\n|\.$/, "a message is one sentence without a full stop");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/u);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(error.hint ?? "", /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/u);
  assert.ok(error.hint, "every error of these rooms says what to do");
  return error;
}
