/**
 * No secret is anywhere but in the product: not in what is printed, not in a page, not in an argument or
 * a variable of any process, not in a file.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Driver, programs } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import type { AcsAnswer, IdpForm } from "../support/idp.ts";
import { decryptionKey } from "../support/keys.ts";
import { assertClean, filesBelow } from "../support/leaks.ts";
import { hostileResponse } from "../support/saml_hostile.ts";
import type { ResponseOptions } from "../support/saml_response.ts";
import { endOf, post, someAtATime, waitingDriver } from "../support/sign_ins.ts";
import { setStage, type Stage, type StageOptions } from "../support/stage.ts";
import { type Behaviour, FIXTURE_SECRET_MARKER } from "../support/sts.ts";

interface Run {
  readonly name: string;
  readonly stage?: StageOptions;
  readonly args?: readonly string[];
  readonly user?: string;
  readonly changes?: ResponseOptions;
  /** Posted before all else. */
  readonly before?: (stage: Stage) => IdpForm["fields"];
  readonly code: number;
}

const always = (behaviour: Behaviour): StageOptions => ({
  sts: { behaviours: [{ ...behaviour, times: Infinity }] },
});
const leak = `<AssumeRoleWithSAMLResponse><Credentials><SecretAccessKey>${FIXTURE_SECRET_MARKER}`;

const RUNS: readonly Run[] = [
  { name: "good", code: 0 },
  { name: "good, a shorter session", args: ["--duration-seconds", "7200"], code: 0 },
  {
    name: "good, encrypted",
    stage: { decryptionKeyPem: decryptionKey().privateKeyPem },
    changes: { encryptTo: decryptionKey() },
    code: 0,
  },
  {
    name: "good after a false one",
    before: ({ acsUrl }) => [[
      "SAMLResponse",
      hostileResponse("false-key", { destination: acsUrl, recipient: acsUrl }).base64,
    ]],
    code: 0,
  },
  {
    name: "good after broken XML",
    before: ({ idp }) => [[
      "SAMLResponse",
      btoa(atob(idp.signIn("alice").fields[0]?.[1] ?? "").replace("</saml:Subject>", "")),
    ]],
    code: 0,
  },
  {
    name: "good after half an assertion",
    before: (
      { idp },
    ) => [["SAMLResponse", (idp.signIn("alice").fields[0]?.[1] ?? "").slice(0, 2001)]],
    code: 0,
  },
  {
    name: "good after two fields",
    before: ({ idp }) => [...idp.signIn("alice").fields, ...idp.signIn("alice").fields],
    code: 0,
  },
  {
    name: "refused: not offered",
    args: ["--timeout", "1s"],
    user: "bob",
    changes: { roles: [] },
    code: 5,
  },
  { name: "refused: status", args: ["--timeout", "1s"], user: "frank", code: 5 },
  {
    name: "refused: expired",
    args: ["--timeout", "1s"],
    changes: { now: Date.now() - 3_600_000 },
    code: 5,
  },
  { name: "refused: no session name", args: ["--timeout", "1s"], user: "grace", code: 5 },
  { name: "refused by STS: false", args: ["--timeout", "1s"], changes: { sign: "none" }, code: 6 },
  { name: "refused by STS", stage: always({ kind: "error", code: "AccessDenied" }), code: 6 },
  {
    name: "STS repeats a secret in its refusal's neighbourhood",
    stage: always({
      kind: "answer",
      status: 400,
      headers: { "x-amzn-requestid": FIXTURE_SECRET_MARKER },
      body: `<ErrorResponse><Error><Code>ValidationError</Code><Message>no</Message><Detail>` +
        `${FIXTURE_SECRET_MARKER}</Detail></Error></ErrorResponse>`,
    }),
    code: 6,
  },
  { name: "half an answer", stage: always({ kind: "truncate" }), code: 7 },
  {
    name: "a page",
    stage: always({ kind: "answer", status: 200, body: `<html>${leak}` }),
    code: 7,
  },
  { name: "broken XML", stage: always({ kind: "answer", status: 200, body: leak }), code: 7 },
  {
    name: "no expiry",
    stage: always({
      kind: "answer",
      status: 200,
      body: `${leak}</SecretAccessKey></Credentials></AssumeRoleWithSAMLResponse>`,
    }),
    code: 7,
  },
];

const WAYS: readonly { readonly args: readonly string[]; readonly waits: string }[] = [
  { args: ["--verbose"], waits: "Waiting on" },
  { args: ["--verbose", "--log-format", "json"], waits: '"event":"listening"' },
];

/** What everybody on this machine may read of a process, and what its own user may. */
function visible(pid: number): string {
  if (!existsSync(`/proc/${pid}/cmdline`)) return "";
  return Deno.readTextFileSync(`/proc/${pid}/cmdline`) +
    Deno.readTextFileSync(`/proc/${pid}/environ`);
}

/** The addresses at which a process listens, but for loopback ones: as in /proc/net/tcp, by its descriptors. */
function listeningElsewhere(pid: number): readonly string[] {
  const sockets = [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return [];
    }
  });
  return ["tcp", "tcp6"].flatMap((family) =>
    Deno.readTextFileSync(`/proc/${pid}/net/${family}`).split("\n").slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) =>
        state === "0A" && sockets.includes(`socket:[${inode}]`)
      )
      .map(([, address = ""]) => address)
      .filter((address) => !/^(0100007F|0{24}01000000):/.test(address))
  );
}

for (const program of programs()) {
  Deno.test(`${program.name}: no secret is printed, shown or left behind, whatever happens`, async () => {
    const all = RUNS.flatMap((run) => WAYS.map((way) => ({ ...run, way })));
    await someAtATime(all, 4, async ({ name, stage: options, way, args = [], code, ...run }) => {
      await using stage = setStage(options);
      await Deno.mkdir(`${stage.home}/tmp`);
      await using driver: Driver = await waitingDriver(stage, {
        program,
        args: [...way.args, ...args, "--issuer", stage.idp.startUrl],
        env: { TMPDIR: `${stage.home}/tmp` },
        waits: way.waits,
      });
      const pages: AcsAnswer[] = [];
      if (run.before !== undefined) pages.push(await post(stage, run.before(stage)));
      pages.push(await post(stage, stage.idp.signIn(run.user ?? "alice", run.changes).fields));
      const { code: ended, stdout, stderr } = await endOf(driver);
      const what = `${name} (${way.args.join(" ")})`;
      assert.equal(ended, code, `${what}: exit code`);
      assertClean(`${what}: stderr`, stderr, stage);
      for (const { text, headers } of pages) {
        assertClean(`${what}: page`, text + JSON.stringify([...headers]), stage);
      }
      for (const [path, text] of filesBelow(stage.home)) {
        assertClean(`${what}: ${path}`, text, stage);
      }
      if (code === 0) assert.ok(stdout.includes(FIXTURE_SECRET_MARKER), "the product has them");
      else assert.equal(stdout, "", what);
    });
  });

  Deno.test(`${program.name}: attack: no variable that Deno reads leads a secret out, or the listener elsewhere`, async () => {
    await using stage = setStage();
    const exported: string[] = [];
    await using collector = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        exported.push(`${request.url} ${new TextDecoder("latin1").decode(await request.bytes())}`);
        return new Response();
      },
    );
    await Deno.mkdir(`${stage.home}/tmp`);
    await using driver = await waitingDriver(stage, {
      program,
      args: ["--issuer", stage.idp.startUrl],
      env: {
        ...{ TMPDIR: `${stage.home}/tmp`, DENO_SERVE_ADDRESS: "tcp:0.0.0.0:0" },
        ...{ DENO_TRUST_PROXY_HEADERS: "1", DENO_VSOCK: "1", REQUEST_METHOD: "POST" },
        ...{ DENO_LOG: "trace", RUST_LOG: "trace", NODE_DEBUG: "http,net,tls,fetch" },
        ...{ DENO_TRACE_PERMISSIONS: "1", DENO_AUDIT_PERMISSIONS: `${stage.home}/audit` },
        ...{ DENO_COVERAGE_DIR: `${stage.home}/coverage`, NODE_V8_COVERAGE: `${stage.home}/v8` },
        ...{ OTEL_DENO: "true", OTEL_DENO_METRICS: "1", OTEL_DENO_CONSOLE: "capture" },
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      },
    });
    if (Deno.build.os === "linux") assert.deepEqual(listeningElsewhere(driver.pid), []);
    const page = await post(stage, stage.idp.signIn("alice").fields);
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 0);
    assert.ok(stdout.includes(FIXTURE_SECRET_MARKER), "the product has them");
    assertClean("stderr", stderr, stage);
    assertClean("the page", page.text, stage);
    for (const text of exported) assertClean("what is exported", text, stage);
    for (const [path, text] of filesBelow(stage.home)) assertClean(path, text, stage);
  });

  Deno.test({
    name: `${program.name}: no secret is in an argument or a variable of the driver or its helper`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using stage = setStage({ sts: { behaviours: [{ kind: "hang" }] } });
      const helper = `${stage.home}/helper`;
      await Deno.writeTextFile(
        helper,
        `#!/bin/sh\necho $$ > '${stage.home}/pid'\nwhile [ -d '${stage.home}' ]; do sleep 0.2; done\n`,
      );
      await Deno.chmod(helper, 0o755);
      await using driver = await waitingDriver(stage, {
        program,
        args: ["--issuer", stage.idp.startUrl, "--browser", helper],
      });
      const pid = await eventually(
        "the helper",
        () => Number(Deno.readTextFileSync(`${stage.home}/pid`)) || undefined,
      );
      const posting = post(stage, stage.idp.signIn("alice").fields).catch(() => {});
      await eventually("STS to be asked", () => stage.sts.calls.length > 0 ? true : undefined);
      for (const [who, number] of [["the driver", driver.pid], ["the helper", pid]] as const) {
        const text = visible(number);
        assert.ok(text.includes(stage.home), `${who} is looked at`);
        assertClean(who, text, stage);
      }
      driver.kill("SIGTERM");
      await Promise.all([posting, endOf(driver)]);
    },
  });
}
