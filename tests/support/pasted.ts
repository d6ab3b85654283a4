/**
 * Responses as people have them to paste.
 *
 * @module
 */

import type { Stage } from "./stage.ts";
import {
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  manyRoles,
  type ResponseOptions,
} from "./saml_response.ts";

/** The base64 of a Response for a user of the stage's IdP. */
export function responseFor(stage: Stage, user: string, changes?: ResponseOptions): string {
  const [, base64 = ""] = stage.idp.signIn(user, changes).fields[0] ?? [];
  return base64;
}

/** The longest Response that STS takes, or a few hundred characters less. */
export function longResponse(stage: Stage): string {
  const sized = (count: number) =>
    responseFor(stage, "alice", {
      roles: [{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }, ...manyRoles(count)],
    });
  const [small, larger] = [sized(10).length, sized(110).length];
  const each = (larger - small) / 100;
  return sized(10 + Math.floor((99_500 - small) / each));
}

/** The body of the form that the IdP's page posts. */
export function formBody(base64: string): string {
  return new URLSearchParams({ SAMLResponse: base64, RelayState: "a b&c=/" }).toString();
}
