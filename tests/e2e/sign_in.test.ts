import assert from "node:assert/strict";
import { programs, startDriver } from "../support/driver.ts";
import { postToAcs } from "../support/idp.ts";
import { setStage } from "../support/stage.ts";

for (const program of programs()) {
  Deno.test(`${program.name}: a posted assertion becomes one line of credential_process JSON`, async () => {
    await using stage = setStage();
    const { idp, sts } = stage;
    await using driver = startDriver(
      [...stage.args, "--issuer", idp.startUrl, "--browser", "none"],
      { program, home: stage.home, env: stage.env },
    );
    await driver.waitFor("Waiting on");
    const answer = await postToAcs(stage.acsUrl, idp.signIn("alice").fields);
    const { code, stdout, stderr } = await driver.ended;
    assert.equal(code, 0, stderr);
    assert.match(answer.text, /Signed in to AWS/);
    assert.equal(stdout.split("\n").length, 2, "one line and its end");
    const handedOut = sts.handedOut[0];
    assert.ok(handedOut);
    assert.deepEqual(JSON.parse(stdout), {
      Version: 1,
      AccessKeyId: handedOut.accessKeyId,
      SecretAccessKey: handedOut.secretAccessKey,
      SessionToken: handedOut.sessionToken,
      Expiration: new Date(handedOut.expiration).toISOString().replace(".000Z", "Z"),
      AccountId: "111122223333",
    });
    assert.equal(sts.calls.length, 1);
  });
}
