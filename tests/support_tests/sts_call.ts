/**
 * A call to the STS stand-in, as plain as can be: the SDK's own view of it is in `sts_sdk.test.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { findAll, parseXml } from "../support/xml_tree.ts";

/** The clock of these tests. */
export const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

/** The namespace of every answer. */
export const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The text of every element by its local name; the first of each. */
  readonly fields: ReadonlyMap<string, string>;
  readonly root: string;
}

/** Calls AssumeRoleWithSAML for the default role, unless the parameters say otherwise. */
export async function call(
  url: string,
  parameters: Record<string, string | undefined>,
): Promise<Answer> {
  const given = Object.entries({
    Action: "AssumeRoleWithSAML",
    Version: "2011-06-15",
    RoleArn: DEFAULT_ROLE,
    PrincipalArn: DEFAULT_PROVIDER,
    ...parameters,
  }).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]);
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(given) });
  const root = parseXml(await response.text());
  assert.ok(findAll(root, () => true).every((it) => it.uri === NAMESPACE));
  return {
    status: response.status,
    headers: response.headers,
    root: root.local,
    fields: new Map(findAll(root, () => true).toReversed().map((it) => [it.local, it.text.trim()])),
  };
}
