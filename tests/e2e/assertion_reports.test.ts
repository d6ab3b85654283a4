/** What people met with the assertions of their IdPs, on the real command line. */

import assert from "node:assert/strict";
import { programs } from "../support/driver.ts";
import { commandDriver, pickerOf } from "../support/offering.ts";
import type { ResponseOptions } from "../support/saml_response.ts";
import { endOf, signInOnce, someAtATime } from "../support/sign_ins.ts";
import { setStage, type Stage, type StageOptions } from "../support/stage.ts";

const [program] = programs();
const MINUTE = 60_000;
const ACCOUNT = "arn:aws:iam::111122223333";

interface Report {
  readonly name: string;
  readonly changes: () => ResponseOptions;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stage?: StageOptions;
  readonly asked?: number;
  readonly says?: RegExp;
}

/** Assertions that STS takes. */
const TAKEN: readonly Report[] = [
  {
    name: "an IdP two minutes ahead, as STS is",
    changes: () => ({ now: Date.now() + 2 * MINUTE }),
    stage: { sts: { clock: () => Date.now() + 2 * MINUTE } },
    says: /Warning: Your clock is at least 1\d\d s behind the IdP's/,
  },
  {
    name: "an IdP ten minutes behind, as STS is",
    changes: () => ({ now: Date.now() - 10 * MINUTE }),
    stage: { sts: { clock: () => Date.now() - 10 * MINUTE } },
    says: /Warning: Your clock is at least \d+ s ahead of the IdP's/,
  },
  {
    name: "SessionDuration of eight hours, and a role that allows it",
    changes: () => ({ sessionDuration: 28_800 }),
    stage: { maxSessionDuration: 43_200 },
    asked: 28_800,
  },
  {
    name: "SessionDuration of eight hours, and a role that allows four",
    changes: () => ({ sessionDuration: 28_800 }),
    stage: { maxSessionDuration: 14_400 },
    asked: 14_400,
    says: /28800 seconds \(the IdP's SessionDuration\); STS granted 14400/,
  },
  {
    name: "SessionDuration of eight hours, and a flag",
    changes: () => ({ sessionDuration: 28_800 }),
    args: ["--duration-seconds", "1h"],
    stage: { maxSessionDuration: 43_200 },
    asked: 3600,
  },
  {
    name: "SessionDuration of eight hours, and a variable",
    changes: () => ({ sessionDuration: 28_800 }),
    env: { STSSAMLDRIVER_DURATION_SECONDS: "7200" },
    stage: { maxSessionDuration: 43_200 },
    asked: 7200,
  },
  {
    name: "SessionDuration that is none",
    changes: () => ({ sessionDuration: "8h" }),
    asked: 3600,
    says: /Warning: Ignored the IdP's SessionDuration "8h"/,
  },
  {
    name: "Keycloak's realm roles beside the role",
    changes: () => ({
      roles: [
        `${ACCOUNT}:role/Dev,${ACCOUNT}:saml-provider/Idp`,
        "offline_access",
        "default-roles",
      ],
    }),
  },
];

Deno.test("reports: assertions that STS takes are sent to it", async () => {
  await someAtATime(
    TAKEN,
    2,
    async ({ name, changes, args = [], env = {}, stage: options, asked, says }) => {
      await using stage = setStage(options);
      const seen = await signInOnce(stage, { program, args, env, changes: changes() });
      assert.equal(seen.code, 0, `${name}: ${seen.stderr}`);
      const last = stage.sts.calls.at(-1);
      assert.equal(last?.outcome, "granted");
      if (asked !== undefined) {
        assert.equal(
          last?.parameters.get("DurationSeconds"),
          String(asked),
          name,
        );
      }
      if (says !== undefined) assert.match(seen.stderr, says, name);
    },
  );
});

/** Assertions that STS refuses, and what is said of it. */
const REFUSED: readonly (Report & { readonly says: RegExp })[] = [
  {
    name: "a tag of 300 letters",
    changes: () => ({ principalTags: { team: "t".repeat(300) } }),
    stage: {
      sts: {
        behaviours: [{
          kind: "error",
          code: "ValidationError",
          message: "Unable to validate tags",
        }],
      },
    },
    says: /PrincipalTag "team" has a value of 300 characters, and STS takes 256 at most/,
  },
  {
    name: "tags that are too large together",
    changes: () => ({ principalTags: { team: "t".repeat(200) } }),
    stage: { sts: { behaviours: [{ kind: "error", code: "PackedPolicyTooLarge" }] } },
    says: /PrincipalTag "team" \(204 characters\)[^]*session tags that the IdP sends are too large/,
  },
];

Deno.test("reports: of what STS refuses the tag is named, and no policy where there is none", async () => {
  await someAtATime(REFUSED, 2, async ({ name, changes, stage: options, says }) => {
    await using stage = setStage(options);
    const seen = await signInOnce(stage, { program, changes: changes() });
    assert.equal(seen.code, 6, `${name}: ${seen.stderr}`);
    assert.match(seen.stderr, says);
    assert.doesNotMatch(seen.stderr, /--policy|ttttt/);
  });
});

const RESERVED = [
  [
    "--role-arn",
    `${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Admin_01234567`,
  ],
  ["--role-arn", `${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_01234567`],
  ["--role-arn", "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_01234567/alice"],
  ["--saml-provider-arn", `${ACCOUNT}:saml-provider/AWSSSO_01234567_DO_NOT_DELETE`],
] as const;

// The browser opened, and then STS said that the provider is of another IdP (cloudbeaver#3112).
Deno.test("reports: a role of IAM Identity Center is refused at the flag, before the browser", async () => {
  for (const [flag, arn] of RESERVED) {
    for (const isFlag of [true, false]) {
      await using stage = setStage();
      const variable = `STSSAMLDRIVER_${flag.slice(2).toUpperCase().replaceAll("-", "_")}`;
      await using driver = commandDriver(stage, ["env", ...(isFlag ? [flag, arn] : [])], {
        program,
        env: isFlag ? {} : { [variable]: arn },
      });
      const { code, stderr } = await endOf(driver);
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /IAM Identity Center's and cannot be assumed with SAML; use aws sso login/,
      );
      assert.ok(stderr.includes(isFlag ? flag : variable), stderr);
      assert.doesNotMatch(stderr, /Waiting on/);
    }
  }
});

const GOV = {
  role: "arn:aws-us-gov:iam::777788889999:role/Ops",
  provider: "arn:aws-us-gov:iam::777788889999:saml-provider/Idp",
};

// The picker offered it, took the click, and failed with exit code 2 (saml2aws#89 #187).
Deno.test("reports: a role in GovCloud beside a shell's commercial region is asked for in its own", async () => {
  const roles = [{ role: `${ACCOUNT}:role/Dev`, provider: `${ACCOUNT}:saml-provider/Idp` }, GOV];
  const users = [{ name: "zed", about: "", response: { roles } }];
  const ignored =
    /Ignored AWS_REGION: us-east-1 is not a region of aws-us-gov; us-gov-west-1 is used/;
  const env = { AWS_REGION: "us-east-1" };
  for (const words of [["env"], ["env", "--no-cache"]]) {
    await using stage = setStage({ idp: { users } });
    await using driver = commandDriver(stage, [...words, "--shell", "bash"], { program, env });
    await (await pickerOf(stage, driver, "zed")).choose("Ops");
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(ignored)?.length, 1, stderr);
    assert.doesNotMatch(stdout, /us-east-1/);
    if (words.length > 1) continue;
    const again = await runCached(stage, ["env", "--shell", "bash"], env);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, ignored);
  }
});

async function runCached(
  stage: Stage,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  await using driver = commandDriver(stage, words, { program, env });
  return await endOf(driver);
}
