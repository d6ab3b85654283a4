import assert from "node:assert/strict";
import { programs, startDriver } from "../support/driver.ts";
import { postToAcs } from "../support/idp.ts";
import { decryptionKey } from "../support/keys.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import {
  assertFree,
  endOf,
  headingOf,
  post,
  type SignIn,
  signInOnce,
  soon,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { policyArns } from "../support/sts.ts";

/** What must be true after every sign-in that went well. */
function assertDelivered(
  stage: Stage,
  { code, stdout, stderr, page }: Pick<SignIn, "code" | "stdout" | "stderr" | "page">,
): void {
  assert.equal(code, 0, stderr);
  assert.equal(page.status, 200);
  assert.equal(headingOf(page.text), "Signed in to AWS");
  assert.equal(stdout.split("\n").length, 2, "one line and its end");
  const handedOut = stage.sts.handedOut.at(-1);
  assert.ok(handedOut);
  assert.deepEqual(JSON.parse(stdout), {
    Version: 1,
    AccessKeyId: handedOut.accessKeyId,
    SecretAccessKey: handedOut.secretAccessKey,
    SessionToken: handedOut.sessionToken,
    Expiration: new Date(handedOut.expiration).toISOString().replace(".000Z", "Z"),
    AccountId: "111122223333",
  });
  assertFree(stage.port);
}

for (const program of programs()) {
  const test = (title: string, fn: () => Promise<void>) =>
    Deno.test(`${program.name}: ${title}`, fn);

  test("a posted assertion becomes one line of credential_process JSON", async () => {
    await using stage = setStage();
    const start = ["--issuer", stage.idp.startUrl, "--browser", "none"];
    const seen = await signInOnce(stage, { program, args: start });
    assertDelivered(stage, seen);
    assert.equal(stage.sts.calls.length, 1);
    assert.match(seen.stderr, /Signed in as alice@example\.com: role Dev in account 111122223333/);
    for (const fact of ["Dev", "111122223333", "alice@example.com"]) {
      assert.ok(seen.page.text.includes(`<dd>${fact}</dd>`), fact);
    }
  });

  test("without --issuer the person starts at the IdP", async () => {
    await using stage = setStage();
    const seen = await signInOnce(stage, { program });
    assertDelivered(stage, seen);
    assert.match(
      seen.stderr,
      /^Start the sign-in to AWS at your identity provider, for example by clicking/,
    );
    assert.doesNotMatch(seen.stderr, /No browser was opened/, "there was nothing to open");
  });

  test("every flag can be a variable, and a flag wins over its variable", async () => {
    await using stage = setStage();
    const env = {
      ...stage.env,
      BROWSER: "none",
      STSSAMLDRIVER_ROLE_ARN: DEFAULT_ROLE,
      STSSAMLDRIVER_SAML_PROVIDER_ARN: DEFAULT_PROVIDER,
      STSSAMLDRIVER_PORT: "1",
      STSSAMLDRIVER_DURATION_SECONDS: "1800",
      STSSAMLDRIVER_VERBOSE: "",
    };
    const flags = ["--port", String(stage.port)];
    await using driver = startDriver(flags, { program, env, home: stage.home });
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    const page = await post(stage, stage.idp.signIn("alice").fields);
    assertDelivered(stage, { ...await endOf(driver), page });
    assert.equal(stage.sts.calls[0]?.parameters.get("DurationSeconds"), "1800");
  });

  test("base64 in lines of 76 reaches STS in one", async () => {
    await using stage = setStage({
      idp: { wrapBase64: true, relayState: "x", relayStateFirst: true },
    });
    const seen = await signInOnce(stage, { program });
    assertDelivered(stage, seen);
    assert.equal(
      stage.sts.calls[0]?.parameters.get("SAMLAssertion"),
      stage.idp.responses[0]?.base64,
    );
  });

  test("an encrypted assertion goes to STS unread", async () => {
    await using stage = setStage({ decryptionKeyPem: decryptionKey().privateKeyPem });
    const seen = await signInOnce(stage, { program, changes: { encryptTo: decryptionKey() } });
    assertDelivered(stage, seen);
    assert.match(seen.stderr, /^Signed in: role Dev in account 111122223333/m, "nobody is named");
  });

  test("a session as long as the role allows is granted and said", async () => {
    await using stage = setStage({ maxSessionDuration: 14_400 });
    const seen = await signInOnce(stage, { program, args: ["--duration-seconds", "43200"] });
    assertDelivered(stage, seen);
    const sentence = "The role does not allow a session of 43200 seconds; STS granted 14400";
    assert.ok(seen.stderr.includes(`Warning: ${sentence}\n`), seen.stderr);
    assert.ok(seen.page.text.includes(`${sentence}.`));
    assert.deepEqual(stage.sts.calls.map(({ parameters }) => parameters.get("DurationSeconds")), [
      "43200",
      "28800",
      "14400",
    ]);
    const assertions = new Set(
      stage.sts.calls.map(({ parameters }) => parameters.get("SAMLAssertion")),
    );
    assert.equal(assertions.size, 1, "the same assertion");
  });

  test("a session of 15 minutes or less is warned of", async () => {
    await using stage = setStage();
    const changes = { sessionNotOnOrAfter: Date.now() + 600_000 };
    const seen = await signInOnce(stage, { program, changes });
    assertDelivered(stage, seen);
    assert.match(
      seen.stderr,
      /^Warning: This session lasts 10 minutes only: with less than 15 minutes left, the AWS CLI/m,
    );
  });

  test("policies that narrow the session reach STS as they are", async () => {
    await using stage = setStage();
    const policy = '{"Version":"2012-10-17","Statement":[]}\n';
    await Deno.writeTextFile(`${stage.home}/policy.json`, policy);
    const arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::111122223333:policy/a/B"];
    const args = [...arns.flatMap((arn) => ["--policy-arn", arn]), "--policy-file=~/policy.json"];
    const seen = await signInOnce(stage, { program, args });
    assertDelivered(stage, seen);
    const parameters = stage.sts.calls[0]?.parameters ?? new URLSearchParams();
    assert.equal(parameters.get("Policy"), policy);
    assert.deepEqual(policyArns(parameters), arns);
  });

  test("--log-format json says everything on stderr, a JSON object a line", async () => {
    await using stage = setStage();
    const start = { program, args: ["--log-format", "json"], waits: '"event":"listening"' };
    await using driver = await waitingDriver(stage, start);
    await post(stage, [["SAMLResponse", "AAAA"]]);
    const page = await post(stage, stage.idp.signIn("alice").fields);
    const ended = await endOf(driver);
    assertDelivered(stage, { ...ended, page });
    const log = ended.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(log.map(({ event }) => event), [
      "listening",
      "refused",
      "exchanging",
      "signed-in",
    ]);
    for (const { time } of log) assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    assert.equal(log[0].acs, stage.acsUrl);
    assert.equal(log[1].code, "assertion-unreadable");
    assert.equal(log[3].person, "alice@example.com");
    assert.equal(
      log[3].expiration,
      new Date(stage.sts.handedOut[0]?.expiration ?? 0).toISOString(),
    );
  });

  test("--verbose tells of strays, and without it nobody hears of them", async () => {
    for (const [args, told] of [[["--verbose"], true], [[], false]] as const) {
      await using stage = setStage();
      await using driver = await waitingDriver(stage, { program, args });
      const stray = await fetch(new URL("/wp-login.php", stage.acsUrl));
      assert.equal(stray.status, 404);
      await stray.body?.cancel();
      const page = await post(stage, stage.idp.signIn("alice").fields);
      const ended = await endOf(driver);
      assertDelivered(stage, { ...ended, page });
      assert.equal(/stray request: GET \/wp-login\.php: 404/.test(ended.stderr), told);
    }
  });

  test("a form that is sent twice is redeemed once, and both tabs see the success", async () => {
    await using stage = setStage({ sts: { delayMs: 200 } });
    await using driver = await waitingDriver(stage, { program });
    const { fields } = stage.idp.signIn("alice");
    const pages = await Promise.all([post(stage, fields), post(stage, fields)]);
    const ended = await endOf(driver);
    for (const page of pages) assertDelivered(stage, { ...ended, page });
    assert.equal(stage.sts.calls.length, 1);
  });

  test("of two sign-ins at the same time one is delivered, once", async () => {
    await using stage = setStage({ sts: { delayMs: 200 } });
    await using driver = await waitingDriver(stage, { program });
    const pages = await Promise.all(
      [1, 2].map(() => post(stage, stage.idp.signIn("alice").fields)),
    );
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.split("\n").length, 2);
    assert.deepEqual(pages.map(({ status }) => status).sort(), [200, 409]);
  });

  test("it listens on both loopback addresses, and on the name", async () => {
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
      await using stage = setStage();
      await using driver = await waitingDriver(stage, { program });
      const page = await postToAcs(
        stage.acsUrl.replace("localhost", host),
        stage.idp.signIn("alice").fields,
      );
      assertDelivered(stage, { ...await endOf(driver), page });
    }
  });

  test("the last of a repeated flag counts", async () => {
    await using stage = setStage();
    const args = ["--port", "1", "--port", String(stage.port), "--duration-seconds=900"];
    const seen = await signInOnce(stage, { program, args });
    assertDelivered(stage, seen);
    assert.equal(stage.sts.calls[0]?.parameters.get("DurationSeconds"), "900");
  });
}
