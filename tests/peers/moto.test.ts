/**
 * The driver against moto's STS, and whether what it delivered opens moto's doors.
 */

import assert from "node:assert/strict";
import { type Ended, runDriver, startDriver } from "../support/driver.ts";
import { postToAcs } from "../support/idp.ts";
import { type Moto, startMoto } from "../support/moto.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { peerTest } from "../support/peers.ts";
import { setStage } from "../support/stage.ts";

/** Signs in with moto instead of the STS stand-in. */
async function signInAt(moto: Moto, user: string): Promise<Ended & { readonly page: string }> {
  await using stage = setStage();
  await using driver = startDriver(stage.args, {
    home: stage.home,
    env: { AWS_ENDPOINT_URL_STS: moto.url },
  });
  await driver.waitFor("Waiting on");
  const answer = await postToAcs(stage.acsUrl, stage.idp.signIn(user).fields);
  return { ...await driver.ended, page: answer.text };
}

/** The variables that hand credential_process JSON to an SDK. */
function variablesOf(json: string): Record<string, string> {
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(json);
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
    AWS_DEFAULT_REGION: "us-east-1",
  };
}

const BOTO3 = `
import boto3, sys
print(boto3.client("sts", endpoint_url=sys.argv[1]).get_caller_identity()["Arn"])
`;

/** Consumers of the delivered keys; each prints who moto says they are. */
const CONSUMERS = [
  {
    needs: "boto3",
    ask: (moto: Moto, env: Record<string, string>) =>
      runDriver(["-c", BOTO3, moto.url], {
        program: { name: "boto3", command: [pathOf("boto3")] },
        env,
      }),
  },
  {
    needs: "awscli",
    ask: (moto: Moto, env: Record<string, string>) =>
      runDriver(
        [
          "--endpoint-url",
          moto.url,
          "sts",
          "get-caller-identity",
          "--query",
          "Arn",
          "--output",
          "text",
        ],
        { program: { name: "aws", command: [pathOf("awscli")] }, env },
      ),
  },
] as const;

for (const { needs, ask } of CONSUMERS) {
  peersTest(["moto", needs], `moto: what was delivered signs requests of ${needs}`, async () => {
    await using moto = await startMoto(pathOf("moto"), { account: "111122223333" });
    const { code, stdout, stderr } = await signInAt(moto, "alice");
    assert.equal(code, 0, stderr);
    assert.match(JSON.parse(stdout).Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await moto.demandSignatures();
    const identity = await ask(moto, variablesOf(stdout));
    assert.equal(identity.code, 0, identity.stderr);
    assert.match(
      identity.stdout,
      /^arn:aws:sts::111122223333:assumed-role\/Dev\/alice@example\.com\n$/,
    );

    // That moto looks at all: the same keys with another secret.
    const forged = await ask(moto, {
      ...variablesOf(stdout),
      AWS_SECRET_ACCESS_KEY: "x".repeat(40),
    });
    assert.notEqual(forged.code, 0);
    assert.match(forged.stderr, /SignatureDoesNotMatch/);
  });
}

peerTest(
  "moto",
  "moto: its HTTP 500 with a web page is told as no answer of STS",
  async (python) => {
    await using moto = await startMoto(python, { account: "111122223333" });
    // moto can read no assertion that offers several roles.
    const { code, stdout, stderr, page } = await signInAt(moto, "bob");
    assert.equal(code, 7, stderr);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^stssamldriver: The response from 127\.0\.0\.1:\d+ is not from STS: HTTP 500 with a web page$/m,
    );
    assert.match(page, /is not from STS: HTTP 500 with a web page/);
  },
);
