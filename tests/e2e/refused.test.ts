/** Forms that were posted in good order and whose assertion is of no use. */

import assert from "node:assert/strict";
import { type Driver, programs } from "../support/driver.ts";
import type { AcsAnswer } from "../support/idp.ts";
import type { ResponseOptions } from "../support/saml_response.ts";
import { HOSTILE_KINDS, type HostileKind, hostileResponse } from "../support/saml_hostile.ts";
import {
  assertFailed,
  assertFree,
  detailOf,
  endOf,
  headingOf,
  post,
  saidSince,
  signInOnce,
  someAtATime,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const CALLED_FALSE = /^STS refused the sign-in: .* \(InvalidIdentityToken\)$/;
const MINUTE = 60_000;
const PAIR = "arn:aws:iam::111122223333:role/Dev,arn:aws:iam::111122223333:saml-provider/Idp";
const now = () => Date.now();

/** What is wrong with a Response of alice, and what is said of it. */
const REFUSED: readonly {
  readonly name: string;
  readonly user?: string;
  readonly changes?: () => ResponseOptions;
  readonly says: RegExp;
  readonly hint: RegExp;
}[] = [
  {
    name: "another role",
    changes: () => ({
      roles: [{
        role: "arn:aws:iam::111122223333:role/Other",
        provider: "arn:aws:iam::111122223333:saml-provider/Idp",
      }],
    }),
    says: /^Your sign-in does not include the role arn:aws:iam::111122223333:role\/Dev$/,
    hint: /Available: arn:aws:iam::111122223333:role\/Other$/m,
  },
  {
    name: "forty other roles",
    user: "carol",
    says: /^Your sign-in does not include the role/,
    hint: /and 32 more$/m,
  },
  {
    name: "the role through another provider",
    changes: () => ({
      roles: [{
        role: "arn:aws:iam::111122223333:role/Dev",
        provider: "arn:aws:iam::111122223333:saml-provider/Other",
      }],
    }),
    says: /^arn.*role\/Dev is available through .*Other, not through .*Idp$/,
    hint: /Use --saml-provider-arn arn:aws:iam::111122223333:saml-provider\/Other$/m,
  },
  {
    name: "no role",
    user: "dave",
    says: /^Your sign-in does not include the role/,
    hint: /has no roles\. .*assign you a role/,
  },
  {
    name: "a role value that is none, with markup in it",
    changes: () => ({ roles: ["<script>alert(1)</script>\u202e\u0085"] }),
    says: /^Your sign-in does not include the role/,
    hint: /Cannot read the Role value "<script>alert\(1\)<\/script>": expected a role ARN/,
  },
  {
    name: "another IdP",
    changes: () => ({ issuer: "https://other.example/<b>" }),
    says:
      /^The assertion is from "https:\/\/other\.example\/<b>", not from "https:\/\/idp\.example\/saml"$/,
    hint: /correct --idp/,
  },
  {
    name: "a role under another name",
    changes: () => ({
      roles: [],
      attributes: { "https://aws.amazon.com/SAML/Attributes//Role": ["arn:aws:iam::1:role/x"] },
    }),
    says: /^The assertion has no attribute .*Attributes\/Role, only ".*Attributes\/\/Role"$/,
    hint: /must be exactly\n +https:\/\/aws\.amazon\.com\/SAML\/Attributes\/Role$/m,
  },
  {
    name: "two pairs in one value",
    changes: () => ({ roles: [[1, 2].map((n) => `${PAIR}${n}`).join(",")] }),
    says: /^The assertion's only Role value cannot be read$/,
    hint: /two pairs of ARNs stand in one value/,
  },
  {
    name: "expired by its own end",
    changes: () => ({ notOnOrAfter: now() - 62 * MINUTE }),
    says: /^This sign-in expired at .* UTC \(your clock says .* UTC\)$/,
    hint: /turn on automatic time/,
  },
  {
    name: "issued too long ago for AWS",
    changes: () => ({ issueInstant: now() - 62 * MINUTE, notOnOrAfter: now() + 60 * MINUTE }),
    says: /^This sign-in expired at/,
    hint: /without the browser's Back or Reload/,
  },
  {
    name: "expired by clock skew of hours",
    changes: () => ({ now: now() - 120 * MINUTE }),
    says: /^This sign-in expired at/,
    hint: /turn on automatic time/,
  },
  {
    name: "not yet valid",
    changes: () => ({ now: now() + 70 * MINUTE }),
    says: /^This sign-in is not valid before .* UTC \(your clock says .* UTC\)$/,
    hint: /Turn on automatic time/,
  },
  {
    name: "a status that is not Success",
    user: "frank",
    says: /^The IdP did not sign you in: Responder\/AuthnFailed, "Your account is locked"$/,
    hint: /ask your IdP administrator/,
  },
  {
    name: "a status message that drives terminals",
    user: "frank",
    changes: () => ({ statusMessage: "a\u009b31m\u2028stssamldriver: all is well\u202e <b>" }),
    says:
      /^The IdP did not sign you in: Responder\/AuthnFailed, "a 31m stssamldriver: all is well <b>"$/,
    hint: /ask your IdP administrator/,
  },
  {
    name: "not Success, though with an assertion",
    changes: () => ({ status: "Requester", withAssertion: true }),
    says: /^The IdP did not sign you in: Requester$/,
    hint: /ask your IdP administrator/,
  },
];

/** What each hostile kind is told; those that only STS can see through are absent. */
const HOSTILE: Readonly<Partial<Record<HostileKind, RegExp>>> = {
  "two-assertions": /more than one assertion$/,
  "assertion-in-extensions": /an assertion in an unexpected place$/,
  "wrapped-in-extensions": /an assertion in an unexpected place$/,
  "wrapped-in-object": /an assertion in an unexpected place$/,
  "nested-assertion": /an assertion in an unexpected place$/,
  "assertion-in-advice": /an assertion in an unexpected place$/,
  "foreign-signature": /a Response inside a Response$/,
  "duplicate-ids": /more than one assertion$|the same ID$/,
  "duplicate-id-elsewhere": /the same ID$/,
  "nested-response": /a Response inside a Response$|in an unexpected place$/,
  "tampered": /^Your sign-in does not include the role|through/,
  "doctype": /it has a DOCTYPE, which SAML forbids$/,
  "doctype-entity": /it has a DOCTYPE, which SAML forbids$/,
  "billion-laughs": /it has a DOCTYPE, which SAML forbids$/,
  "logout-response": /^The posted XML is .*LogoutResponse.*, not a SAML 2\.0 Response$/,
  "no-assertion": /^The SAML Response has no assertion, although its status is Success$/,
  "encrypted-and-plain": /more than one assertion$/,
  "wrong-namespace": /^The posted XML is .*Response.*, not a SAML 2\.0 Response$/,
  "wrong-assertion-namespace": /an assertion in an unexpected place$/,
  "bare-assertion": /^The posted XML is .*Assertion.*, not a SAML 2\.0 Response$/,
  "soap-envelope": /^The posted XML is .*Envelope.*, not a SAML 2\.0 Response$/,
  "two-roots": /it is not well-formed XML$/,
  "truncated": /it is not well-formed XML$/,
  "html-page": /it has a DOCTYPE|not well-formed XML$/,
};

/** Kinds that reach STS, which calls them false. */
const FALSE: readonly HostileKind[] = ["false-key", "unsigned"];

/** One is as good as any other; one is more than a form may hold, so that the strays have it. */
const LEFT_OUT: readonly HostileKind[] = ["encrypted-assertion", "deep-nesting"];

/** Asserts that a page refuses, says it in the terminal's words, and that the wait goes on. */
async function assertRefused(
  driver: Driver,
  seen: { readonly page: AcsAnswer; readonly before: number; readonly says: RegExp },
): Promise<void> {
  const detail = detailOf(seen.page.text);
  assert.match(detail, seen.says);
  assert.doesNotMatch(seen.page.text, /<(script|b)>/, "what was posted is no markup");
  assert.doesNotMatch(seen.page.text, /[\u0080-\u009f\u2028-\u202e]/);
  await saidSince(driver, seen.before, `Sign-in rejected: ${detail}\n`);
}

async function thenSignIn(stage: Stage, driver: Driver, calls: number): Promise<void> {
  const page = await post(stage, stage.idp.signIn("alice").fields);
  const { code, stdout, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(headingOf(page.text), "Signed in to AWS");
  assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
  assert.equal(stage.sts.calls.length, calls);
  assertFree(stage.port);
}

for (const program of programs()) {
  Deno.test(`${program.name}: what cannot be used is refused with its page, and the wait goes on`, async (t) => {
    await using stage = setStage();
    const args = ["--idp", stage.idp.issuer];
    await using driver = await waitingDriver(stage, { program, args });
    for (const { name, user = "alice", changes, says, hint } of REFUSED) {
      await t.step(name, async () => {
        const before = driver.said().length;
        const page = await post(stage, stage.idp.signIn(user, changes?.()).fields);
        assert.equal(page.status, 400);
        await assertRefused(driver, { page, before, says });
        const said = driver.said().slice(before);
        assert.match(said, hint);
        assert.match(page.text, /Your command is still waiting/);
        assert.doesNotMatch(said, /^stssamldriver: /m, "no line passes for one of ours");
      });
    }
    await thenSignIn(stage, driver, 1);
  });

  Deno.test(`${program.name}: every hostile Response is refused, and the wait goes on`, async (t) => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { program, args: ["--verbose"] });
    const options = { destination: stage.acsUrl, recipient: stage.acsUrl };
    for (const kind of HOSTILE_KINDS) {
      if (LEFT_OUT.includes(kind)) continue;
      const says = HOSTILE[kind];
      await t.step(kind, async () => {
        const before = driver.said().length;
        const page = await post(stage, [["SAMLResponse", hostileResponse(kind, options).base64]]);
        assert.equal(page.status, 400);
        await assertRefused(driver, {
          page,
          before,
          says: FALSE.includes(kind) ? CALLED_FALSE : says ?? /only here is nothing known of it/,
        });
      });
    }
    await thenSignIn(stage, driver, FALSE.length + 1);
  });

  Deno.test(`${program.name}: an assertion that STS calls false does not end the wait for a true one`, async () => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { program });
    const { fields } = stage.idp.signIn("alice");
    const forged = hostileResponse("false-key", {
      destination: stage.acsUrl,
      recipient: stage.acsUrl,
    });
    const before = driver.said().length;
    const page = await post(stage, [["SAMLResponse", forged.base64]]);
    const says = /^STS refused the sign-in: Response signature invalid \(InvalidIdentityToken\)$/;
    await assertRefused(driver, { page, before, says });
    assert.match(driver.said().slice(before), /Upload the IdP's current metadata to/);
    const good = await post(stage, fields);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(headingOf(good.text), "Signed in to AWS");
    assert.deepEqual(stage.sts.calls.map(({ outcome }) => outcome), [
      "InvalidIdentityToken",
      "granted",
    ]);
  });

  Deno.test(`${program.name}: --strict-duration fails where the role allows less`, async () => {
    await using stage = setStage();
    const args = ["--duration-seconds", "43200", "--strict-duration"];
    const seen = await signInOnce(stage, { program, args });
    const says =
      "STS refused the sign-in: The requested DurationSeconds exceeds the MaxSessionDuration set for " +
      "this role. (ValidationError)";
    assertFailed(seen, { code: 6, says });
    assert.match(seen.stderr, /^ {2}Request a shorter session with --duration-seconds/m);
    assert.equal(detailOf(seen.page.text), says);
    assert.match(seen.page.text, /run the command again/);
    assert.equal(stage.sts.calls.length, 1);
    assertFree(stage.port);
  });

  Deno.test(`${program.name}: without a good assertion in time the last refusal is repeated`, async () => {
    const cases = [
      { changes: { roles: [] }, code: 5, says: /^Your sign-in does not include the role/ },
      {
        changes: { status: "Responder" },
        code: 5,
        says: /^The IdP did not sign you in: Responder$/,
      },
      {
        changes: { sign: "none" },
        code: 6,
        says: /^STS refused the sign-in: .* \(InvalidIdentityToken\)$/,
      },
    ] as const;
    await someAtATime(cases, 3, async ({ changes, code, says }) => {
      await using stage = setStage();
      await using driver = await waitingDriver(stage, { program, args: ["--timeout", "2s"] });
      await post(stage, stage.idp.signIn("alice", changes).fields);
      assertFailed(await endOf(driver), { code, says });
      assertFree(stage.port);
    });
  });
}
