import assert from "node:assert/strict";
import {
  lineFlags,
  misreadSentence,
  processProperties,
} from "../../../src/cli/settings/process_profile.ts";
import type { RawFlags } from "../../../src/cli/options.ts";
import { ExitCode } from "../../../src/errors.ts";
import { userErrorOf } from "../../support/checks.ts";

const deps = {
  self: ["/opt/stssamldriver"],
  os: "linux",
  absolute: (path: string) => `/cwd/${path}`,
} as const;
const ROLE = "arn:aws:iam::111122223333:role/Dev";

/** What a command was given by these flags. */
const given = (texts: RawFlags) => ({ typed: texts, texts, values: {}, from: {} });

Deno.test("lineFlags: what was typed for the sign-in, the role, and a cache", () => {
  const typed = {
    "role-filter": ["D*"],
    "start-url": ["https://idp.example/start"],
    "dry-run": ["true"],
    prune: ["true"],
    path: ["x"],
  };
  assert.deepEqual(lineFlags(given(typed), { "role-arn": [ROLE] }, deps), {
    "role-arn": [ROLE],
    "start-url": ["https://idp.example/start"],
    "role-filter": ["D*"],
    cache: ["true"],
  });
});

// The file of --account-names may be gone when the line runs, which then fails for nothing.
Deno.test("lineFlags: what helps to choose has no place in a line that names role and provider", () => {
  const typed = {
    "role-filter": ["D*"],
    account: ["111122223333"],
    "account-names": ["names"],
    "role-arn": [ROLE],
  };
  const provider = ["arn:aws:iam::111122223333:saml-provider/Idp"];
  const { "role-filter": filter } = lineFlags(given(typed), {}, deps);
  assert.deepEqual(filter, ["D*"], "without a provider there may be something to choose");
  assert.deepEqual(lineFlags(given(typed), { "saml-provider-arn": provider }, deps), {
    "role-arn": [ROLE],
    "saml-provider-arn": provider,
    cache: ["true"],
  });
});

Deno.test("lineFlags: files are named so that they are found from any folder", () => {
  for (const name of ["policy-file", "tls-cert", "tls-key", "account-names"] as const) {
    const flags = lineFlags(given({ [name]: ["a.json"] }), {}, deps);
    assert.deepEqual(flags[name], ["/cwd/a.json"]);
  }
});

Deno.test("lineFlags: --no-cache leaves the cache out", () => {
  assert.deepEqual(lineFlags({ ...given({}), values: { cache: false } }, {}, deps), {});
});

Deno.test("processProperties: one plain line where it can be", () => {
  assert.deepEqual(
    processProperties("dev", {
      "role-arn": [ROLE],
      "policy-arn": ["arn:a", "arn:b"],
      cache: ["true"],
      "strict-duration": ["false"],
    }, deps),
    {
      credential_process: `/opt/stssamldriver --role-arn ${ROLE} --policy-arn arn:a ` +
        "--policy-arn arn:b --cache --no-strict-duration",
    },
  );
});

Deno.test("processProperties: what no quoting keeps for all goes into the profile", () => {
  const { credential_process: line, ...keys } = processProperties("dev", {
    "role-arn": [ROLE],
    "start-url": [`https://idp.example/;a='x`],
    cache: ["true"],
  }, deps);
  assert.equal(line, "/opt/stssamldriver --profile dev");
  assert.deepEqual(keys, {
    stssamldriver_role_arn: ROLE,
    stssamldriver_start_url: `https://idp.example/;a='x`,
    stssamldriver_cache: "true",
  });
});

Deno.test("processProperties: what names a file stays in the line, since no key may", () => {
  const { credential_process: line, ...keys } = processProperties("dev", {
    "start-url": [`https://idp.example/;a`],
    "policy-file": ["/my files/policy.json"],
  }, deps);
  assert.equal(line, '/opt/stssamldriver --policy-file "/my files/policy.json" --profile dev');
  assert.deepEqual(keys, { stssamldriver_start_url: `https://idp.example/;a` });
});

Deno.test("processProperties: what fits nowhere is refused", () => {
  const error = userErrorOf(() => processProperties("dev", { browser: ["a;b"] }, deps));
  assert.equal(error.exitCode, ExitCode.USAGE);
  assert.match(error.message, /this --browser/);
});

Deno.test("misreadSentence: silent where every SDK can", () => {
  assert.equal(misreadSentence("/opt/stssamldriver --cache", "linux"), undefined);
});

Deno.test("processProperties: of several values of a flag the last one counts, and flags that repeat have all", () => {
  const { credential_process: _, ...keys } = processProperties("dev", {
    "start-url": ["https://a.example/", "https://b.example/?a;b"],
    account: ["111122223333", "444455556666"],
  }, deps);
  assert.deepEqual(keys, {
    stssamldriver_start_url: "https://b.example/?a;b",
    stssamldriver_account: "111122223333 444455556666",
  });
});

Deno.test("processProperties: a program's own path that no quoting keeps is named", () => {
  const error = userErrorOf(() => processProperties("dev", {}, { ...deps, self: ["/opt/a;b/x"] }));
  assert.match(error.message, /line with \/opt\/a;b\/x that every shell/);
  assert.match(error.hint ?? "", /^Move the executable to a path without special characters$/);
});
