/** What keeps the browser from the port: a container around the driver, https where there is none. */

import assert from "node:assert/strict";
import { hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { programs } from "../support/driver.ts";
import { endOf, post, saidSince, waitingDriver } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

/** The first bytes of a TLS client, and of what is none. */
const HELLO = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];

async function send(port: number, bytes: readonly number[]): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new Uint8Array(bytes));
  // It is answered, or closed.
  await connection.read(new Uint8Array(1000)).catch(() => {});
}

for (const program of programs()) {
  Deno.test(`${program.name}: in a container it says what brings the browser there`, async () => {
    for (
      const [env, names] of [
        [{ KUBERNETES_SERVICE_HOST: "10.0.0.1", HOSTNAME: "web-1" }, "kubectl port-forward web-1 "],
        [{ CODESPACES: "true", CODESPACE_NAME: "my-1" }, "gh codespace ports forward "],
        [{ container: "podman" }, "--network host"],
      ] as const
    ) {
      await using stage = setStage();
      await using driver = await waitingDriver(stage, { program, env });
      assert.ok(driver.said().includes(names), driver.said());
    }
  });

  Deno.test(`${program.name}: a browser that comes with https is said once, and costs the sign-in nothing`, async () => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { program });
    for (let left = 20; left > 0; left--) await send(stage.port, HELLO);
    await saidSince(driver, 0, `https://localhost:${stage.port}`);
    for (const names of [/Chrome.*net-internals\/#hsts/, /Firefox.*Forget/, /Safari.*HSTS/]) {
      assert.match(driver.said(), names);
    }
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/net-internals/g)?.length, 1, stderr);
  });

  Deno.test({
    name: `${program.name}: a browser that comes with http where there is https is said, too`,
    ignore: !hasOpenssl,
    fn: async () => {
      using certificates = makeCertificates();
      await using stage = setStage({ secure: true });
      await Deno.writeTextFile(`${stage.home}/cert.pem`, certificates.cert);
      await Deno.writeTextFile(`${stage.home}/key.pem`, certificates.key);
      const args = ["--tls-cert=~/cert.pem", "--tls-key=~/key.pem", "--timeout=2s"];
      await using driver = await waitingDriver(stage, { program, args });
      for (let left = 3; left > 0; left--) {
        await send(stage.port, [...new TextEncoder().encode("POST /saml HTTP/1.1\r\n\r\n")]);
      }
      await saidSince(driver, 0, `Warning: A browser tried http://localhost:${stage.port}`);
      const { code, stderr } = await endOf(driver);
      assert.equal(code, 4);
      assert.equal(stderr.match(/Warning/g)?.length, 1, stderr);
      assert.ok(stderr.includes(`it must post to ${stage.acsUrl}`), stderr);
      assert.ok(!stderr.includes("HSTS"));
    },
  });

  Deno.test(`${program.name}: a wait in vain says what to ask for, and that a browser came with https`, async () => {
    for (const tls of [true, false]) {
      await using stage = setStage();
      await using driver = await waitingDriver(stage, { program, args: ["--timeout=2s"] });
      assert.match(driver.said(), new RegExp(`administrator to add .* ACS \\(reply\\) URL`));
      await send(stage.port, tls ? HELLO : [0x16, 0x02, 0x01]);
      const { code, stderr } = await endOf(driver);
      assert.equal(code, 4);
      const hint = stderr.slice(stderr.indexOf("stssamldriver: No assertion came"));
      assert.match(hint, /AWS console/);
      assert.match(hint, new RegExp(`add ${stage.acsUrl} as another ACS \\(reply\\) URL`));
      assert.match(hint, /sign in with --sso-url\. Until then, use --paste\.\n/);
      assert.equal(/https.*HSTS/.test(hint), tls, hint);
      assert.equal(/net-internals/.test(stderr), tls, stderr);
    }
  });
}
