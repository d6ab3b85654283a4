/**
 * The driver as the credential_process of programs that others wrote. They own its stdout and stderr, so the
 * tests see it as a person's browser does: by its port.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Driver, type Program, startDriver } from "../support/driver.ts";
import { answers, eventually } from "../support/eventually.ts";
import { postToAcs } from "../support/idp.ts";
import type { PeerName } from "../support/peers.ts";
import { FORMS, pathOf, peersTest } from "../support/peers_together.ts";
import { setStage, type Stage } from "../support/stage.ts";
import type { HandedOut, Sts } from "../support/sts.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const BOTO3 = `
import boto3, json
session = boto3.Session(profile_name="driver")
credentials = session.get_credentials()
keys = credentials.get_frozen_credentials()
print(json.dumps({
  "accessKeyId": keys.access_key, "secretAccessKey": keys.secret_key, "sessionToken": keys.token,
  "expiration": credentials._expiry_time.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
  "accountId": getattr(credentials, "account_id", None),
}))
`;

/** A consumer of the profile "driver". */
interface Consumer {
  readonly name: string;
  readonly peer: PeerName;
  readonly program: () => Program;
  readonly args: (sts: Sts) => readonly string[];
  /** What it prints, as JSON, when it has got these credentials. */
  readonly prints: (handedOut: HandedOut) => unknown;
}

const everything = (it: HandedOut) => ({
  accessKeyId: it.accessKeyId,
  secretAccessKey: it.secretAccessKey,
  sessionToken: it.sessionToken,
  expiration: new Date(it.expiration).toISOString(),
  accountId: it.account,
});

const CONSUMERS: readonly Consumer[] = [
  {
    name: "AWS CLI",
    peer: "awscli",
    program: () => ({ name: "aws", command: [pathOf("awscli")] }),
    // Version 1 has no export-credentials: it asks who it is, and STS knows the keys.
    args: (sts) => ["sts", "get-caller-identity", "--profile", "driver", "--endpoint-url", sts.url],
    prints: (it) => ({ UserId: it.userId, Account: it.account, Arn: it.arn }),
  },
  {
    name: "AWS CLI 2",
    peer: "awscli2",
    program: () => ({ name: "aws", command: [pathOf("awscli2")] }),
    args: () => ["configure", "export-credentials", "--profile", "driver"],
    prints: (it) => ({
      Version: 1,
      AccessKeyId: it.accessKeyId,
      SecretAccessKey: it.secretAccessKey,
      SessionToken: it.sessionToken,
      Expiration: new Date(it.expiration).toISOString().replace(".000Z", "+00:00"),
    }),
  },
  {
    name: "boto3",
    peer: "boto3",
    program: () => ({ name: "boto3", command: [pathOf("boto3")] }),
    args: () => ["-c", BOTO3],
    prints: everything,
  },
  {
    name: "JavaScript SDK",
    peer: "js-sdk",
    program: () => ({
      name: "fromProcess",
      command: [Deno.execPath(), "run", "-A", "--no-prompt", `--config=${file("../../deno.json")}`],
    }),
    args: () => [file("from_process.ts"), "driver"],
    prints: everything,
  },
];

/** A line that every SDK splits into these words: blanks only within double quotes. */
function commandLine(words: readonly string[]): string {
  return words.map((word) => /\s/.test(word) ? `"${word}"` : word).join(" ");
}

/** Starts a consumer of a profile whose credential_process is the driver with these arguments. */
async function startConsumer(consumer: Consumer, stage: Stage, driver: {
  readonly program: Program;
  readonly args: readonly string[];
}): Promise<Driver> {
  const line = commandLine([...driver.program.command, ...driver.args]);
  await Deno.mkdir(`${stage.home}/.aws`);
  await Deno.writeTextFile(
    `${stage.home}/.aws/config`,
    `[profile driver]\nregion = us-east-1\ncredential_process = ${line}\n`,
  );
  // Started as a driver is: with an empty home, without a terminal that the driver could write to.
  return startDriver(consumer.args(stage.sts), {
    program: consumer.program(),
    home: stage.home,
    env: stage.env,
  });
}

/** Posts alice's assertion as soon as the driver listens. */
async function postWhenListening({ acsUrl, idp }: Stage): Promise<void> {
  await eventually("the driver to listen", () => answers(new URL("/", acsUrl).href));
  await postToAcs(acsUrl, idp.signIn("alice").fields);
}

for (const consumer of CONSUMERS) {
  for (const form of FORMS) {
    peersTest(
      [consumer.peer, ...form.needs],
      `${consumer.name}: a profile whose credential_process is the driver, ${form.name}`,
      async () => {
        await using stage = setStage();
        await using running = await startConsumer(consumer, stage, {
          program: form.program(),
          args: [...stage.args, "--browser", "none", "--timeout", "60s"],
        });
        await postWhenListening(stage);
        const { code, stdout, stderr } = await running.ended;
        assert.equal(code, 0, stderr);
        const [handedOut] = stage.sts.handedOut;
        assert.ok(handedOut);
        assert.deepEqual(JSON.parse(stdout), consumer.prints(handedOut));
        assert.equal(stage.sts.handedOut.length, 1, "one sign-in");
      },
    );
  }

  peersTest(
    [consumer.peer],
    `${consumer.name}: shows what is wrong with the driver's flags`,
    async () => {
      await using stage = setStage();
      const [{ program }] = FORMS;
      await using running = await startConsumer(consumer, stage, {
        program: program(),
        args: ["--role-arn", "nonsense", "--browser", "none"],
      });
      const { code, stdout, stderr } = await running.ended;
      assert.notEqual(code, 0);
      assert.equal(stdout, "");
      assert.match(stderr, /stssamldriver: Cannot use --role-arn nonsense: /);
    },
  );

  peersTest([consumer.peer], `${consumer.name}: shows why STS refused`, async () => {
    await using stage = setStage({
      sts: { behaviours: [{ kind: "error", code: "AccessDenied" }] },
    });
    const [{ program }] = FORMS;
    await using running = await startConsumer(consumer, stage, {
      program: program(),
      args: [...stage.args, "--browser", "none", "--timeout", "60s"],
    });
    await postWhenListening(stage);
    const { code, stdout, stderr } = await running.ended;
    assert.notEqual(code, 0);
    assert.equal(stdout, "");
    assert.match(stderr, /STS refused the sign-in: .* \(AccessDenied\)/);
    assert.match(stderr, /The trust policy of arn:aws:iam::111122223333:role\/Dev does not allow/);
  });
}
