import assert from "node:assert/strict";
import {
  attributeNames,
  ignoredAttributes,
  nameShown,
  nearestAttribute,
} from "../../src/saml/attribute_names.ts";
import { readAssertion } from "../../src/saml/reader.ts";
import type { RoleFilter } from "../../src/saml/narrow.ts";
import { checked, userErrorOf } from "../support/checks.ts";
import {
  AWS,
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  type ResponseOptions,
  toBase64,
} from "../support/saml_response.ts";
import { parseRoleArn } from "../../src/aws/arn.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const PAIR = `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`;
const HOST = "https://aws.amazon.com";

/** Names that are nearly those of an attribute, for any attribute of AWS. */
const NEARLY: readonly ((local: string) => string)[] = [
  (local) => `${HOST}/SAML/Attributes//${local}`,
  (local) => `${HOST}//SAML/Attributes/${local}`,
  (local) => `${HOST}/SAML/Attributes/${local.toLowerCase()}`,
  (local) => `${HOST}/saml/attributes/${local}`,
  (local) => `${HOST}/SAML/Attributes/${local} `,
  (local) => ` ${HOST}/SAML/Attributes/${local}`,
  (local) => `${HOST}/SAML/Attributes/ ${local}`,
  (local) => `\u200b${HOST}/SAML/Attributes/${local}`,
  (local) => `${HOST}/SAML/Attributes/${local}\u00a0`,
  (local) => `${HOST}/SAML/Attributes/${local}/`,
  (local) => `http://aws.amazon.com/SAML/Attributes/${local}`,
  (local) => `aws.amazon.com/SAML/Attributes/${local}`,
  (local) => `https://signin.aws.amazon.com/SAML/Attributes/${local}`,
  (local) => `http://www.amazonaws.cn/SAML/Attributes/${local}`,
  (local) => `${HOST}/SAML/Attribute/${local}`,
  (local) => `${HOST}/SAML/Atributes/${local}`,
  (local) => `${HOST}/SAML/Attributes/${local}s`,
  (local) => `http://schemas.xmlsoap.org/ws/2005/05/identity/claims/${local.toLowerCase()}`,
  (local) => `urn:mace:aws:${local}`,
  (local) => local,
  (local) => local.toUpperCase(),
];

const expected = (role?: string): RoleFilter & { readonly idp: undefined } => ({
  idp: undefined,
  ...(role !== undefined && { role: parseRoleArn(role) }),
});

function refusal(options: ResponseOptions, role?: string) {
  const { base64 } = buildResponse({ now: NOW, sign: "none", ...options });
  return checked(userErrorOf(() => readAssertion(base64, expected(role), NOW)));
}

const told = (error: { readonly message: string; readonly hint: string | undefined }) =>
  `${error.message}\n${error.hint}`;

// "Must assign you a role", of a role that was assigned under a name with two slashes (azure-docs#4405 #10098).
for (const [index, near] of NEARLY.entries()) {
  Deno.test(`a Role attribute is named that comes near, and what it must be: ${JSON.stringify(near("Role"))}`, () => {
    const name = near("Role");
    const attributes = { "urn:before": ["x"], [name]: [PAIR], "urn:other": ["secret value"] };
    for (const role of [undefined, DEFAULT_ROLE]) {
      const error = refusal({ roles: [], attributes }, role);
      assert.equal(error.code, "role-not-offered");
      assert.ok(error.message.includes(nameShown(name)), told(error));
      assert.ok(error.hint?.includes(`${AWS}Role`), told(error));
      assert.doesNotMatch(told(error), /assign you|secret value|arn:aws:iam/, String(index));
    }
  });

  Deno.test(`a RoleSessionName is named that comes near: ${JSON.stringify(near("RoleSessionName"))}`, () => {
    const name = near("RoleSessionName");
    const error = refusal({ roleSessionName: null, attributes: { [name]: ["alice@example.com"] } });
    assert.equal(error.code, "assertion-session-name");
    assert.ok(error.message.includes(nameShown(name)), told(error));
    assert.ok(error.hint?.includes(`${AWS}RoleSessionName`), told(error));
    assert.doesNotMatch(told(error), /alice/);
  });

  for (const local of ["SessionDuration", "SourceIdentity", "TransitiveTagKeys"]) {
    Deno.test(`a ${local} that AWS ignores for its name is a warning: ${JSON.stringify(near(local))}`, () => {
      const name = near(local);
      const { base64 } = buildResponse({
        now: NOW,
        sign: "none",
        attributes: { [name]: ["value"] },
      });
      const { warnings = [] } = readAssertion(base64, expected(), NOW);
      assert.equal(warnings.length, 1, warnings.join("\n"));
      assert.ok(warnings[0]?.includes(nameShown(name)));
      assert.ok(warnings[0]?.endsWith(` ${AWS}${local}`), warnings[0]);
    });
  }
}

Deno.test("a Role attribute is found by its FriendlyName, and by the ARNs in it", () => {
  const friendly = buildResponse({
    now: NOW,
    sign: "none",
    roles: [],
    attributes: { "urn:oid:1.2.3": [PAIR] },
  })
    .xml.replace(" NameFormat=", ' FriendlyName="Role" NameFormat=');
  const error = userErrorOf(() => readAssertion(toBase64(friendly), expected(), NOW));
  assert.match(error.message, /"urn:oid:1\.2\.3" \(FriendlyName "Role"\)/);
  const attributes = { "urn:mail": ["alice@example.com"], "groups of AWS": ["x", PAIR] };
  assert.match(refusal({ roles: [], attributes }).message, /only "groups of AWS"$/);
});

Deno.test("without a near one the names that came are listed, never values, and not all of very many", () => {
  const names = Array.from({ length: 30 }, (_, index) => `urn:a${index}`);
  const attributes = Object.fromEntries([
    ["urn:\u202eodd\n", ["secret value"]],
    ["x".repeat(5000), ["secret value"]],
    ...names.map((name) => [name, ["secret value"]]),
  ]);
  const error = refusal({ roles: [], roleSessionName: null, attributes });
  assert.match(error.hint ?? "", /assign you a role/);
  assert.match(error.hint ?? "", /"urn:\\u202eodd ", "x+…", "urn:a0".* and 24 more$/);
  assert.ok(told(error).length < 800);
  assert.doesNotMatch(told(error), /secret/);
  assert.equal(attributeNames({ attributes: new Map(), friendlyNames: new Map() }), "");
});

const TAGS: readonly (readonly [name: string, ignored: boolean])[] = [
  [`${AWS}PrincipalTag:Team`, false],
  [`${AWS}PrincipalTag:`, true],
  [`${AWS}PrincipalTag`, true],
  [`${AWS}principalTag:Team`, true],
  [`${AWS}PrincipalTags:Team`, true],
  [`${AWS}PrincipalTag/Team`, true],
  [`${HOST}/SAML/Attributes//PrincipalTag:Team`, true],
  [`http://aws.amazon.com/SAML/Attributes/PrincipalTag:Team`, true],
  [` ${AWS}PrincipalTag:Team`, true],
  ["PrincipalTag:Team", true],
  // IAM Identity Center's word for them.
  [`${AWS}AccessControl:Team`, true],
  ["urn:team", false],
];
for (const [name, ignored] of TAGS) {
  Deno.test(`a session tag ${JSON.stringify(name)} is ${ignored ? "a warning" : "left alone"}`, () => {
    const warnings = ignoredAttributes({
      attributes: new Map([[name, ["value"]]]),
      friendlyNames: new Map(),
    });
    assert.equal(warnings.length, ignored ? 1 : 0, warnings.join("\n"));
    if (ignored) assert.ok(warnings[0]?.includes(nameShown(name)));
  });
}

Deno.test("with the right name beside it, a near one is nobody's business", () => {
  const { base64 } = buildResponse({
    now: NOW,
    sign: "none",
    sessionDuration: 3600,
    attributes: { role: ["x"], RoleSessionName: ["y"], sessionduration: ["z"], Groups: [PAIR] },
  });
  assert.deepEqual(readAssertion(base64, expected(), NOW).warnings, []);
});

Deno.test("very long and very many names are compared at once", () => {
  const attributes = Object.fromEntries(
    Array.from(
      { length: 3000 },
      (_, index) => [`${HOST}/SAML/Attributes/${"\u00a0/".repeat(20)}${index}`, []],
    ),
  );
  const start = performance.now();
  ignoredAttributes({
    attributes: new Map(Object.entries({ ...attributes, ["/".repeat(70_000)]: [] })),
    friendlyNames: new Map(),
  });
  assert.ok(performance.now() - start < 2000);
});

/** Which of these names comes nearest: the first of each list, wherever it stands. */
const NEAREST: readonly (readonly [local: string, names: readonly string[]])[] = [
  ["Role", [`${AWS.toLowerCase()}role`, "Role"]],
  ["Role", ["role", "urn:friendly"]],
  ["Role", ["urn:friendly", "urn:with ARNs"]],
  ["Role", ["urn:with ARNs", `${AWS}Rolle`]],
  ["Role", [`${AWS}Rolle`, "urn:roles"]],
  ["SessionDuration", [`${AWS}SessionDurration`, "urn:SessionDurations"]],
];
for (const [local, names] of NEAREST) {
  Deno.test(`nearestAttribute: ${JSON.stringify(names[0])} is nearer to ${local} than ${JSON.stringify(names[1])}`, () => {
    for (const order of [names, names.toReversed()]) {
      const attributes = new Map(order.map((name) => [name, name.includes("ARNs") ? [PAIR] : []]));
      const friendlyNames = new Map([["urn:friendly", `${AWS}Role`]]);
      assert.equal(nearestAttribute({ attributes, friendlyNames }, local), names[0]);
    }
  });
}

const FAR: readonly (readonly [local: string, name: string])[] = [
  ["Role", "urn:rule"],
  ["Role", "urn:rol"],
  ["SessionDuration", "urn:duration"],
  ["Role", `${AWS}RoleSessionName`],
  ["Role", `${AWS}SourceIdentity`],
  ["Role", "/xhttps:Role/x"],
];
for (const [local, name] of FAR) {
  Deno.test(`nearestAttribute: ${name} is not meant for ${local}`, () => {
    const attributes = new Map([[name, ["value"]]]);
    assert.equal(nearestAttribute({ attributes, friendlyNames: new Map() }, local), undefined);
  });
}

Deno.test("nearestAttribute: ARNs of roles mean Role and nothing else, and a FriendlyName's last word counts", () => {
  const attributes = new Map([["urn:x", [PAIR]], ["urn:y", []]]);
  assert.equal(
    nearestAttribute({ attributes, friendlyNames: new Map() }, "SourceIdentity"),
    undefined,
  );
  for (const friendly of ["AWS/Role", "http://aws.amazon.com/SAML/Attributes/Role"]) {
    const friendlyNames = new Map([["urn:y", friendly]]);
    assert.equal(nearestAttribute({ attributes, friendlyNames }, "Role"), "urn:y");
  }
});

Deno.test("ignoredAttributes: of many tags three are named", () => {
  const ignored = (count: number) =>
    ignoredAttributes({
      attributes: new Map(
        Array.from({ length: count }, (_, index) => [`PrincipalTag:${index}`, []]),
      ),
      friendlyNames: new Map(),
    });
  const sentence = (index: number) =>
    `AWS ignores the attribute "PrincipalTag:${index}": the name must be exactly ${AWS}PrincipalTag:KEY`;
  assert.deepEqual(ignored(3), [0, 1, 2].map(sentence));
  assert.deepEqual(ignored(5), [
    ...[0, 1, 2].map(sentence),
    "AWS ignores 2 more attributes that look like session tags",
  ]);
});

Deno.test("nameShown: what cannot be seen is escaped with four digits, and 200 signs are not cut", () => {
  assert.equal(nameShown("a\u00a0b\u007f"), '"a\\u00a0b\\u007f"');
  assert.equal(nameShown("x".repeat(200)), `"${"x".repeat(200)}"`);
  assert.equal(nameShown("x".repeat(201)), `"${"x".repeat(200)}…"`);
});

Deno.test("attributeNames: AWS's own are listed only beside others", () => {
  const named = (...names: readonly string[]) =>
    attributeNames({
      attributes: new Map(names.map((name) => [name, []])),
      friendlyNames: new Map(),
    });
  assert.equal(named(`${AWS}Role`, `${AWS}PrincipalTag:x`), "");
  assert.equal(named(`${AWS}Role`, "urn:x"), `"${AWS}Role", "urn:x"`);
});

const FOUND: readonly (readonly [
  name: string,
  local: string,
  names: Readonly<Record<string, readonly string[]>>,
  nearest: string | undefined,
])[] = [
  ["the plural", "Role", { "urn:x:Roles": [] }, "urn:x:Roles"],
  ["a short word with a letter too few", "Role", { "urn:x:Rol": [] }, undefined],
  [
    "a long word, misspelt",
    "RoleSessionName",
    { "urn:x:RoleSesionName": [] },
    "urn:x:RoleSesionName",
  ],
  ["a role's ARN by any name", "Role", { other: [PAIR] }, "other"],
  ["a role's ARN in a tag", "Role", { [`${AWS}PrincipalTag:x`]: [PAIR] }, undefined],
  ["a role's ARN as the session's name", "Role", { [`${AWS}RoleSessionName`]: [PAIR] }, undefined],
  ...[
    "http://aws.amazon.com/SAML/Attributes/Role",
    "//aws.amazon.com/SAML/Attributes/Role",
    `${HOST}/SAML/Attributes//Role`,
  ].map((whole) =>
    [`${whole} before its last part`, "Role", { "urn:x:Role": [], [whole]: [] }, whole] as const
  ),
  [
    "a scheme within",
    "Role",
    { "urn:x:Role": [], "/https:aws.amazon.com/SAML/Attributes/Role": [] },
    "urn:x:Role",
  ],
];
for (const [name, local, names, nearest] of FOUND) {
  Deno.test(`nearestAttribute: ${name}`, () => {
    const assertion = { attributes: new Map(Object.entries(names)), friendlyNames: new Map() };
    assert.equal(nearestAttribute(assertion, local), nearest);
  });
}
