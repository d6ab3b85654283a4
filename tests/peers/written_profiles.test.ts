/** Profiles that were written are read and used by the AWS CLI and boto3. */

import assert from "node:assert/strict";
import { profileHeader } from "../../src/profiles/names.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { signInOnce } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

for (const kind of ["config", "credentials"] as const) {
  for (const profile of ["default", "a/b.c-d@e:f+g%_1"]) {
    const written = async () => {
      const stage = setStage();
      const args = ["--profile-to-update", profile, "--path", `~/.aws/${kind}`];
      const { code, stderr } = await signInOnce(stage, { args });
      assert.equal(code, 0, stderr);
      const [it] = stage.sts.handedOut;
      assert.ok(it);
      return { stage, it };
    };
    const title = `${profileHeader(kind, profile)} of the ${kind} file is read back by`;

    peersTest(["boto3"], `${title} boto3`, async () => {
      const { stage, it } = await written();
      await using _ = stage;
      const code = "import boto3, json, sys; s = boto3.Session(profile_name=sys.argv[1]); " +
        "k = s.get_credentials().get_frozen_credentials(); " +
        "print(json.dumps([k.access_key, k.secret_key, k.token, s.region_name]))";
      const seen = await run(pathOf("boto3"), ["-c", code, profile], stage.home);
      const { accessKeyId, secretAccessKey, sessionToken } = it;
      assert.deepEqual(JSON.parse(seen), [
        accessKeyId,
        secretAccessKey,
        sessionToken,
        "us-east-1",
      ]);
    });

    peersTest(["awscli"], `${title} the AWS CLI, and STS knows them`, async () => {
      const { stage, it } = await written();
      await using _ = stage;
      const args = ["sts", "get-caller-identity", "--endpoint-url", stage.sts.url];
      const seen = await run(pathOf("awscli"), [...args, "--profile", profile], stage.home);
      assert.equal(JSON.parse(seen).Arn, it.arn);
    });
  }
}

/** What a peer prints in this home. */
async function run(program: string, args: readonly string[], home: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home, NO_PROXY: "*" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
