/**
 * The length of sessions that the IdP's administrator wants.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

import { foreign } from "../text.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { SamlResponse } from "./response.ts";

/** The length of a session that nobody named, seconds. */
export const DEFAULT_SECONDS = 3600;

/** The SessionDuration of an assertion, seconds; `undefined` for none, or for one that AWS does not take. */
export function sessionDuration(assertion: SamlResponse["assertion"]): number | undefined {
  const text = textOf(assertion);
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  return seconds >= 900 && seconds <= 43_200 ? seconds : undefined;
}

/** Says that a SessionDuration counts as absent, as a sentence without a final period. */
export function ignoredDuration(assertion: SamlResponse["assertion"]): readonly string[] {
  const text = textOf(assertion);
  if (text === "" || sessionDuration(assertion) !== undefined) return [];
  return [
    `Ignored the IdP's SessionDuration "${
      foreign(text, 40)
    }": it is not a number from 900 to 43200`,
  ];
}

function textOf(assertion: SamlResponse["assertion"]): string {
  if (typeof assertion === "string") return "";
  return assertion.attributes.get(`${AWS_ATTRIBUTE}SessionDuration`)?.find(Boolean) ?? "";
}
