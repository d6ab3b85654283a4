import assert from "node:assert/strict";
import { endpointVariables, variablesOf } from "../../src/delivery/variables.ts";
import { Secret } from "../../src/secret.ts";
import { exchangedFake, NOON } from "../support/fakes.ts";

const { credentials } = exchangedFake();

Deno.test("variablesOf: keys, both names of the expiry, and the region under both of its names", () => {
  assert.deepEqual(variablesOf(credentials, { region: "eu-central-1" }).set, [
    ["AWS_ACCESS_KEY_ID", "ASIAFAKE"],
    ["AWS_SECRET_ACCESS_KEY", "fakeSecretAccessKey"],
    ["AWS_SESSION_TOKEN", "fakeSessionToken"],
    ["AWS_CREDENTIAL_EXPIRATION", "2026-11-23T13:00:00Z"],
    ["AWS_EXPIRATION", "2026-11-23T13:00:00Z"],
    ["AWS_REGION", "eu-central-1"],
    ["AWS_DEFAULT_REGION", "eu-central-1"],
  ]);
});

Deno.test("variablesOf: a region that nobody named is neither set nor unset", () => {
  const { set, unset } = variablesOf(credentials, { region: undefined });
  const names = [...set.map(([name]) => name), ...unset];
  assert.deepEqual(names.filter((name) => name.includes("REGION")), []);
});

Deno.test("variablesOf: what would defeat the keys goes, and nothing else", () => {
  assert.deepEqual(variablesOf(credentials, { region: undefined }).unset, [
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ]);
});

Deno.test("variablesOf: the wrappers know the driver's code by its first variable", () => {
  assert.equal(variablesOf(credentials, { region: "x" }).set[0]?.[0], "AWS_ACCESS_KEY_ID");
});

Deno.test("variablesOf: the expiry has no fraction and is never later than STS said", () => {
  const { set } = variablesOf({ ...credentials, expiration: NOON + 999 }, { region: undefined });
  assert.equal(new Map(set).get("AWS_EXPIRATION"), "2026-11-23T12:00:00Z");
});

Deno.test("endpointVariables: the endpoint and its token, and none of the keys that SDKs would use first", () => {
  const token = new Secret("fakeToken", "endpoint token");
  const { set, unset } = endpointVariables({ url: "http://127.0.0.1:1/x", token }, {
    region: "eu-central-1",
  });
  assert.deepEqual(set, [
    ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x"],
    ["AWS_CONTAINER_AUTHORIZATION_TOKEN", "fakeToken"],
    ["AWS_REGION", "eu-central-1"],
    ["AWS_DEFAULT_REGION", "eu-central-1"],
  ]);
  const keys = variablesOf(credentials, { region: undefined });
  for (const name of [...keys.set.map(([name]) => name), ...keys.unset]) {
    if (name !== "AWS_CONTAINER_CREDENTIALS_FULL_URI") assert.ok(unset.includes(name), name);
  }
  for (const name of ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_SECRET_KEY"]) {
    assert.ok(unset.includes(name), name);
  }
  assert.deepEqual(set.filter(([name]) => unset.includes(name)), []);
});
