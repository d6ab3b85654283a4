/** Helpers that the tests of edits share. */

import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile, type KindedEdit } from "../../src/profiles/edit.ts";

/** An edit of profile `x` of a config file, unless it says otherwise. */
export type Edit = Omit<KindedEdit, "kind" | "name"> & Partial<Pick<KindedEdit, "kind" | "name">>;

/** The text after an edit. */
export function edited(text: string, edit: Edit): string {
  return editProfile(parseDocument(text), { kind: "config", name: "x", ...edit });
}

/** The error of a refusal, once it is sure that it is one and tells no secret. */
export function refusal(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof UserError, `not a UserError: ${error}`);
    assert.ok(!`${error.message}\n${error.hint}`.includes("SECRET"), error.message);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

/** The simplest edit. */
export const R = { set: { region: "r" } };
