/** Another STS than AWS's own: the person reads where the assertion goes, and which setting says so. */

import assert from "node:assert/strict";
import { programs, startDriver } from "../support/driver.ts";
import { endOf, post, signInOnce, soon, stagedDriver } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

for (const program of programs()) {
  Deno.test(`${program.name}: the host and its setting are shown before the browser opens, and in errors`, async () => {
    for (
      const [config, env, setting] of [
        [
          "",
          (url: string) => ({ AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_STS: "" }),
          "AWS_ENDPOINT_URL",
        ],
        ["", (url: string) => ({ AWS_ENDPOINT_URL_STS: url }), "AWS_ENDPOINT_URL_STS"],
        [
          "[default]\nendpoint_url = URL\n",
          () => ({ AWS_ENDPOINT_URL_STS: "" }),
          'endpoint_url of profile "default"',
        ],
        [
          "[profile dev]\nservices = local\n[services local]\nsts =\n  endpoint_url = URL\n",
          () => ({ AWS_ENDPOINT_URL_STS: "", AWS_PROFILE: "dev" }),
          'endpoint_url of profile "dev"',
        ],
      ] as const
    ) {
      for (const refused of [false, true]) {
        await using stage = setStage({
          sts: { behaviours: refused ? [{ kind: "error", code: "AccessDenied" }] : [] },
        });
        Deno.mkdirSync(`${stage.home}/.aws`);
        Deno.writeTextFileSync(
          `${stage.home}/.aws/config`,
          config.replace("URL", `${stage.sts.url}/path`),
        );
        const seen = await signInOnce(stage, { program, env: env(`${stage.sts.url}/path`) });
        const where = `${stage.sts.url} (${setting})`;
        const lines = seen.stderr.split("\n");
        const told = lines.findIndex((line) => line.includes(where));
        assert.ok(
          told >= 0 && told < lines.findIndex((line) => /Waiting on/.test(line)),
          seen.stderr,
        );
        assert.equal(lines.filter((line) => line.includes(where)).length, refused ? 2 : 1);
        assert.equal(seen.code, refused ? 6 : 0, seen.stderr);
      }
    }
  });

  Deno.test(`${program.name}: of a shared sign-in too, once`, async () => {
    await using stage = setStage();
    await using driver = startDriver(["env", "--shell=sh", ...stage.args], {
      program,
      home: stage.home,
      env: { ...stage.env, BROWSER: "none" },
    });
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.split(`${stage.sts.url} (AWS_ENDPOINT_URL_STS)`).length, 2, stderr);
  });

  Deno.test(`${program.name}: of AWS's own endpoints nothing is said`, async () => {
    for (
      const host of [
        "sts.amazonaws.com",
        "sts.eu-west-1.amazonaws.com",
        "sts-fips.us-gov-west-1.amazonaws.com",
        "sts.cn-north-1.amazonaws.com.cn",
        "sts.eu-west-1.api.aws",
      ]
    ) {
      await using stage = setStage();
      await using driver = stagedDriver(stage, {
        program,
        env: { AWS_ENDPOINT_URL_STS: `https://${host}` },
      });
      await soon("the driver to listen", driver.waitFor("Waiting on"));
      assert.ok(!driver.said().includes(host), driver.said());
    }
  });
}
