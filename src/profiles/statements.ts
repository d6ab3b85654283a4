/**
 * What other tools say of the keys in a profile, in properties beside them: when they end, whose they are.
 * No SDK reads it, but people, prompts and those tools do, and beside new keys it would be false.
 *
 * @module
 */

import { STATIC_KEYS } from "./conflicts.ts";
import type { Property } from "./read.ts";

/** The facts of the new keys. */
export interface KeyFacts {
  /** `2026-11-23T07:44:09Z`. */
  readonly expires: string;
  readonly account: string;
}

/** The changes that leave nothing false beside new keys. */
export interface StatementChange {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** saml2aws, gimme-aws-creds, gsts, aws-google-auth, aws-azure-login, aws-mfa, AWSume and others. */
const EXPIRY = /(?:^|[_.-])expir(?:ation|es?|ed|y)(?:[_.-]|$)/;

/** Times that say their zone; what is written in the same form can be read by who wrote it. */
const TIME =
  /^\d{4}-\d\d-\d\d(?<gap>[T ])\d\d:\d\d:\d\d(?<fraction>\.\d+)?(?<zone>Z|[+-]\d\d:?\d\d)$/;
const EPOCH = /^\d{10}(?<milliseconds>\d{3})?$/;
/** Any other time: it is of the old keys, and nobody can tell how it was meant. */
const DATE = /\b20\d\d(?:\b|T)|^\d{10,}/;

/** `aws_account_id` has meaning to SDKs as well. */
const ACCOUNT = /^(?:x_|aws_)?account(?:_?id|_number)?$/;

/** saml2aws and gimme-aws-creds; gsts; aws-mfa. A setting such as `azure_default_role_arn` is none of them. */
const IDENTITY =
  /^(?:x_(?:principal|role|user|assumed_role)_(?:arn|name)|aws_(?:assumed_)?(?:role|principal)_(?:arn|name|principal_arn)|(?:aws_)?assumed_role(?:_arn|_id)?)$/;

/** No setting is the ARN of a session. */
const SESSION_ARN = /^arn:[\w-]+:sts::\d*:(?:assumed-role|federated-user)\//;

/**
 * The statements in a profile that would be false beside new keys: a time is kept in step in its own form,
 * and so is an account number; what names a role goes.
 */
export function statementsBeside(
  properties: Iterable<Pick<Property, "key" | "value">>,
  facts: KeyFacts,
): StatementChange {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const { key, value } of properties) {
    const now = inStep(key, value, facts);
    if (now !== undefined && /^[a-z0-9_]+$/.test(key)) set[key] = now;
    else if (now !== undefined || isOfKeys(key, value)) remove.push(key);
  }
  return { set, remove };
}

/** The statements that go when the keys do; none where there are no keys. */
export function statementsOfKeys(
  properties: readonly Pick<Property, "key" | "value">[],
): readonly string[] {
  if (!properties.some(({ key }) => STATIC_KEYS.test(key))) return [];
  const { set, remove } = statementsBeside(properties, { expires: "", account: "" });
  const token = properties.some(({ key }) => key === "aws_security_token");
  return [...Object.keys(set), ...remove, ...token ? ["aws_security_token"] : []];
}

function inStep(key: string, value: string, { expires, account }: KeyFacts): string | undefined {
  if (ACCOUNT.test(key)) return /^\d{12}$/.test(value) ? account : undefined;
  if (!EXPIRY.test(key)) return undefined;
  const epoch = EPOCH.exec(value)?.groups;
  if (epoch !== undefined) {
    return String(Date.parse(expires) / (epoch["milliseconds"] === undefined ? 1000 : 1));
  }
  const { gap = "T", fraction = "", zone } = TIME.exec(value)?.groups ?? {};
  if (zone === undefined) return undefined;
  const utc = zone.replace(/[+-]\d\d(:?)\d\d/, "+00$100");
  return expires.replace("T", gap).replace("Z", fraction.replace(/\d/g, "0") + utc);
}

function isOfKeys(key: string, value: string): boolean {
  return SESSION_ARN.test(value) || IDENTITY.test(key) || (EXPIRY.test(key) && DATE.test(value));
}
