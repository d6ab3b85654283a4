/** What other tools say of the keys beside them: in step with new keys, or gone. */

import assert from "node:assert/strict";
import { statementsBeside, statementsOfKeys } from "../../src/profiles/statements.ts";

const FACTS = { expires: "2026-11-23T13:00:00Z", account: "111122223333" };
const GONE = "gone";
const KEPT = "kept";

const CASES: readonly (readonly [key: string, value: string, after: string])[] = [
  // saml2aws, gimme-aws-creds, okta-aws-cli
  ["x_principal_arn", "arn:aws:sts::999988887777:assumed-role/Billing/bob", GONE],
  ["x_security_token_expires", "2022-01-02T00:47:31+02:00", "2026-11-23T13:00:00+00:00"],
  // gsts, aws-google-auth
  ["aws_role_arn", "arn:aws:iam::999988887777:role/Billing", GONE],
  ["aws_session_expiration", "2022-01-01T00:00:00.000Z", "2026-11-23T13:00:00.000Z"],
  ["aws_session_expiration", "2022-01-01T00:00:00+0000", "2026-11-23T13:00:00+0000"],
  // aws-azure-login
  ["aws_expiration", "2022-01-01T00:00:00Z", "2026-11-23T13:00:00Z"],
  // aws-mfa: in UTC, and AWSume: in local time
  ["expiration", "2022-01-01 00:00:00", GONE],
  ["assumed_role", "True", GONE],
  ["assumed_role_arn", "arn:aws:iam::999988887777:role/Billing", GONE],
  // Python's str() and Go's String() of a time
  ["aws_credential_expiration", "2022-01-01 00:00:00+00:00", "2026-11-23 13:00:00+00:00"],
  ["expires_at", "2022-01-01 00:00:00 +0000 UTC", GONE],
  ["expires", "1641024000", "1795438800"],
  ["session_expires", "1641024000123", "1795438800000"],
  ["aws_session_token_expiry", "Sat Jan  1 00:00:00 2022", GONE],
  ["aws_account_id", "999988887777", "111122223333"],
  ["account_id", "999988887777", "111122223333"],
  ["my_session", "arn:aws-us-gov:sts::999988887777:assumed-role/Billing/bob", GONE],
  // Settings of people and tools, and of SDKs
  ["azure_default_role_arn", "arn:aws:iam::999988887777:role/Billing", KEPT],
  ["aws_google_auth_role_arn", "arn:aws:iam::999988887777:role/Billing", KEPT],
  ["role_session_name", "bob", KEPT],
  ["expiry_window", "5m", KEPT],
  ["account_id", "my account", KEPT],
  ["account_alias", "999988887777", KEPT],
  ["region", "eu-west-1", KEPT],
  ["mfa_serial", "arn:aws:iam::999988887777:mfa/bob", KEPT],
  ["x-expires", "2022-01-01T00:00:00Z", GONE],
  ["x-expires", "1999-01-01T00:00:00Z", GONE],
  // Only the whole name and the whole value say it.
  ["token_expire", "2022-01-01T00:00:00Z", "2026-11-23T13:00:00Z"],
  ["token_expiry_date", "2022-01-01T00:00:00Z", "2026-11-23T13:00:00Z"],
  ["experience", "2022-01-01T00:00:00Z", KEPT],
  ["issued", "1641024000", KEPT],
  ["expires", "at 2022-01-01T00:00:00Z", GONE],
  ["expires", "2022-01-01T00:00:00Z or so", GONE],
  ["expires", "2022T00", GONE],
  ["expires", "20221", KEPT],
  ["expires", "16410240001", GONE],
  ["expires", "x1641024000", KEPT],
  ["aws_session_expiration", "2022-01-01T00:00:00+0200", "2026-11-23T13:00:00+0000"],
  ["account", "999988887777", "111122223333"],
  ["accountid", "999988887777", "111122223333"],
  ["my_account_id", "999988887777", KEPT],
  ["account_id", "9999888877771", KEPT],
  ["account_id", "x999988887777", KEPT],
  ["x_role_arn_old", "arn:aws:iam::999988887777:role/Billing", KEPT],
  ["aws_role_arn_old", "arn:aws:iam::999988887777:role/Billing", KEPT],
  ["my_x_role_arn", "arn:aws:iam::999988887777:role/Billing", KEPT],
  ["my_session", "see arn:aws:sts::999988887777:assumed-role/Billing/bob", KEPT],
];

Deno.test("statementsBeside: a time and an account are kept in step in their own form, a role goes", () => {
  for (const [key, value, after] of CASES) {
    const { set, remove } = statementsBeside([{ key, value }], FACTS);
    const expected = after === GONE || after === KEPT ? {} : { [key]: after };
    assert.deepEqual(set, expected, `${key} = ${value}`);
    assert.deepEqual(remove, after === GONE ? [key] : [], `${key} = ${value}`);
  }
});

Deno.test("statementsOfKeys: they go with the keys, and stay where there are none", () => {
  const said = [
    { key: "x_principal_arn", value: "arn:aws:sts::999988887777:assumed-role/Billing/bob" },
    { key: "aws_expiration", value: "2022-01-01T00:00:00Z" },
    { key: "aws_security_token", value: "t" },
    { key: "region", value: "r" },
  ];
  assert.deepEqual(statementsOfKeys(said), []);
  assert.deepEqual(
    statementsOfKeys([...said, { key: "aws_access_key_id", value: "k" }]).toSorted(),
    ["aws_expiration", "aws_security_token", "x_principal_arn"],
  );
  assert.deepEqual(statementsOfKeys([{ key: "aws_access_key_id", value: "k" }]), []);
});
