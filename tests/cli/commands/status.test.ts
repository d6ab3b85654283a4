/** Which profiles `status` shows for a role, and how it shows what it does not know. */

import assert from "node:assert/strict";
import { SessionCache } from "../../../src/credentials/cache.ts";
import { exchangedFake, NOON } from "../../support/fakes.ts";
import { onMachine } from "../../support/machine.ts";

const ROLE = "arn:aws:iam::111122223333:role/team/Dev";

const PROFILES = `[profile a]
credential_process = stssamldriver --role-arn ${ROLE}
[profile b]
credential_process = stssamldriver --profile b
stssamldriver_role_arn = ${ROLE}
[profile c]
credential_process = /opt/bin/stssamldriver --cache --role-arn=${ROLE}
[profile other]
credential_process = /opt/other --role-arn ${ROLE}
[profile open]
credential_process = stssamldriver --role-arn "${ROLE}
[profile none]
credential_process = stssamldriver --cache
[profile plain]
region = eu-west-1
`;

Deno.test("status: a role's profiles are those that start this program, in every form", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws`);
    Deno.writeTextFileSync(`${machine.home}/.aws/config`, PROFILES);
    const cache = new SessionCache(`${machine.home}/cache`, () => NOON);
    const { credentials } = exchangedFake();
    for (const roleArn of [ROLE, `${ROLE}2`]) {
      const session = { credentials, roleArn, person: undefined, issued: NOON };
      await cache.store({ role: roleArn }, session);
    }
    const { sessions } = JSON.parse((await machine.run(["status", "--json"])).deps.out());
    const profiles = sessions.map((each: { roleArn: string; profiles: string[] }) =>
      [each.roleArn, each.profiles] as const
    );
    assert.deepEqual(new Map(profiles), new Map([[ROLE, ["a", "b", "c"]], [`${ROLE}2`, []]]));
    const table = (await machine.run(["status"])).deps.out();
    assert.match(table, /^111122223333 +team\/Dev +a, b, c +/m);
  }));
