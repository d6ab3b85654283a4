/** Which STS is asked, and on which way: regions, partitions, proxies, trust; and a listener on https. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { FROM_SOURCE, programs, startDriver } from "../support/driver.ts";
import { hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { CAN_MOUNT } from "../support/mounts.ts";
import { startProxy } from "../support/proxy.ts";
import type { ResponseOptions } from "../support/saml_response.ts";
import {
  assertFailed,
  assertFree,
  detailOf,
  endOf,
  headingOf,
  post,
  signInOnce,
  someAtATime,
  soon,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import { tlsInFrontOf } from "../support/tls.ts";
import { TESTS_WINDOWS } from "../support/windows.ts";

const SYSTEM_STORE = "/etc/ssl/certs/ca-certificates.crt";

/** Runs a program in whose eyes alone a file is the system's store. */
const WITH_STORE =
  `exec unshare --mount sh -c 'mount --bind "$0" ${SYSTEM_STORE} && exec "$@"' "$0" "$@"`;

/** The role and provider of a partition, as flags and as the IdP offers them. */
function partition(id: string) {
  const role = `arn:${id}:iam::111122223333:role/Dev`;
  const provider = `arn:${id}:iam::111122223333:saml-provider/Idp`;
  const changes: ResponseOptions = { roles: [{ role, provider }] };
  return { args: ["--role-arn", role, "--saml-provider-arn", provider], changes };
}

/** What names the region, and the host that is then asked. */
const HOSTS: readonly {
  readonly partition: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly region: string;
  readonly host: string;
}[] = [
  { partition: "aws", region: "us-east-1", host: "sts.us-east-1.amazonaws.com" },
  {
    partition: "aws",
    args: ["--region", "eu-west-1"],
    env: { AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-west-1" },
    region: "eu-west-1",
    host: "sts.eu-west-1.amazonaws.com",
  },
  {
    partition: "aws",
    env: { AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-west-1" },
    region: "us-west-2",
    host: "sts.us-west-2.amazonaws.com",
  },
  {
    partition: "aws",
    env: { AWS_DEFAULT_REGION: "ap-southeast-2", AWS_REGION: "" },
    region: "ap-southeast-2",
    host: "sts.ap-southeast-2.amazonaws.com",
  },
  {
    partition: "aws",
    env: { STSSAMLDRIVER_REGION: "ca-central-1", AWS_REGION: "us-west-2" },
    region: "ca-central-1",
    host: "sts.ca-central-1.amazonaws.com",
  },
  {
    partition: "aws",
    config: "[default]\nregion = eu-central-1\n",
    region: "eu-central-1",
    host: "sts.eu-central-1.amazonaws.com",
  },
  {
    partition: "aws",
    config: "[default]\nregion = eu-central-1\n[profile corp]\nregion = eu-west-3\n",
    env: { AWS_PROFILE: "corp" },
    region: "eu-west-3",
    host: "sts.eu-west-3.amazonaws.com",
  },
  {
    // The region of another profile than the one in use is nobody's.
    partition: "aws",
    config: "[default]\nregion = eu-central-1\n[profile corp]\noutput = json\n",
    env: { AWS_PROFILE: "corp" },
    region: "us-east-1",
    host: "sts.us-east-1.amazonaws.com",
  },
  {
    partition: "aws",
    config: "[default]\nregion = eu-central-1\n",
    env: { AWS_REGION: "us-west-2" },
    region: "us-west-2",
    host: "sts.us-west-2.amazonaws.com",
  },
  {
    partition: "aws-us-gov",
    config: "[default]\nregion = eu-central-1\n",
    region: "us-gov-west-1",
    host: "sts.us-gov-west-1.amazonaws.com",
  },
  { partition: "aws-us-gov", region: "us-gov-west-1", host: "sts.us-gov-west-1.amazonaws.com" },
  {
    partition: "aws-us-gov",
    args: ["--region=us-gov-east-1"],
    region: "us-gov-east-1",
    host: "sts.us-gov-east-1.amazonaws.com",
  },
  { partition: "aws-cn", region: "cn-northwest-1", host: "sts.cn-northwest-1.amazonaws.com.cn" },
  {
    partition: "aws-cn",
    args: ["--region=cn-north-1"],
    region: "cn-north-1",
    host: "sts.cn-north-1.amazonaws.com.cn",
  },
  { partition: "aws-eusc", region: "eusc-de-east-1", host: "sts.eusc-de-east-1.amazonaws.eu" },
  { partition: "aws-iso", region: "us-iso-east-1", host: "sts.us-iso-east-1.c2s.ic.gov" },
  { partition: "aws-iso-b", region: "us-isob-east-1", host: "sts.us-isob-east-1.sc2s.sgov.gov" },
  { partition: "aws-iso-e", region: "eu-isoe-west-1", host: "sts.eu-isoe-west-1.cloud.adc-e.uk" },
  { partition: "aws-iso-f", region: "us-isof-south-1", host: "sts.us-isof-south-1.csp.hci.ic.gov" },
];

for (const program of programs()) {
  Deno.test(`${program.name}: the region's own STS is asked, in the role's partition`, async () => {
    await someAtATime(
      HOSTS,
      3,
      async ({ partition: id, args = [], env = {}, config, region, host }) => {
        // Nothing leaves this machine: the proxy is told where to, and refuses.
        await using proxy = startProxy({ refuseWith: 407 });
        await using stage = setStage();
        if (config !== undefined) {
          Deno.mkdirSync(`${stage.home}/.aws`);
          Deno.writeTextFileSync(`${stage.home}/.aws/config`, config);
        }
        const role = partition(id);
        const seen = await signInOnce(stage, {
          program,
          args: [...role.args, ...args],
          env: { ...env, AWS_ENDPOINT_URL_STS: "", HTTPS_PROXY: proxy.url },
          changes: role.changes,
        });
        assert.deepEqual([...new Set(proxy.requests)], [`CONNECT ${host}:443 HTTP/1.1`]);
        assert.match(
          seen.stderr,
          new RegExp(`^Requesting credentials from STS \\(${region}\\)$`, "m"),
        );
        assertFailed(seen, { code: 7, says: /proxy/i });
        assert.ok(seen.stderr.includes(`stssamldriver: ${detailOf(seen.page.text)}\n`));
      },
    );
  });

  Deno.test(`${program.name}: the default profile's region is for STS, and not delivered`, async () => {
    for (const cache of ["--cache", "--no-cache"]) {
      await using stage = setStage();
      Deno.mkdirSync(`${stage.home}/.aws`);
      Deno.writeTextFileSync(`${stage.home}/.aws/config`, "[default]\nregion = eu-central-1\n");
      await using driver = startDriver(["env", "--shell", "sh", cache, ...stage.args], {
        program,
        home: stage.home,
        env: { ...stage.env, BROWSER: "none" },
      });
      await soon("the driver to listen", driver.waitFor("Waiting on"));
      await post(stage, stage.idp.signIn("alice").fields);
      const { code, stdout, stderr } = await endOf(driver);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Requesting credentials from STS \(eu-central-1\)$/m);
      assert.match(stdout, /AWS_ACCESS_KEY_ID/);
      assert.ok(!stdout.includes("eu-central-1"), stdout.replace(/=.*/g, "="));
    }
  });

  Deno.test({
    name: `${program.name}: a CA in the system's store is trusted`,
    // Deno's own command line only does with DENO_TLS_CA_STORE.
    ignore: program === FROM_SOURCE || TESTS_WINDOWS || !hasOpenssl || !CAN_MOUNT ||
      !existsSync(SYSTEM_STORE),
    fn: async () => {
      using certificates = makeCertificates();
      await using stage = setStage();
      await using tls = tlsInFrontOf(stage.sts.port, certificates);
      const store = `${stage.home}/store.pem`;
      const both = [SYSTEM_STORE, certificates.caFile].map((path) => Deno.readTextFileSync(path));
      await Deno.writeTextFile(store, both.join("\n"));
      const seen = await signInOnce(stage, {
        program: {
          name: program.name,
          command: ["sh", "-c", WITH_STORE, store, ...program.command],
        },
        env: { AWS_ENDPOINT_URL_STS: `https://localhost:${tls.port}` },
      });
      assert.equal(seen.code, 0, seen.stderr);
      assert.equal(stage.sts.calls.length, 1);
    },
  });

  Deno.test({
    name: `${program.name}: a company's CA is trusted when a variable names it, and only then`,
    ignore: !hasOpenssl,
    fn: async () => {
      using certificates = makeCertificates();
      const { cert, key, caFile } = certificates;
      for (
        const [env, code] of [
          [{}, 7],
          [{ AWS_CA_BUNDLE: caFile }, 0],
          // Wine's starter takes it out of the environment.
          ...(TESTS_WINDOWS ? [] : [[{ SSL_CERT_FILE: caFile }, 0] as const]),
        ] as const
      ) {
        await using stage = setStage();
        await using tls = tlsInFrontOf(stage.sts.port, { cert, key });
        const seen = await signInOnce(stage, {
          program,
          env: { ...env, AWS_ENDPOINT_URL_STS: `https://localhost:${tls.port}` },
        });
        if (code === 0) {
          assert.equal(seen.code, 0, seen.stderr);
          assert.equal(stage.sts.calls.length, 1);
        } else {
          assertFailed(seen, {
            code,
            says:
              /^Cannot reach STS at localhost:\d+: its certificate is not trusted \(issued by "Example Corp/,
          });
          assert.match(seen.stderr, /Set AWS_CA_BUNDLE to a PEM file with the/);
          assert.equal(stage.sts.calls.length, 0);
        }
      }
    },
  });

  Deno.test({
    name: `${program.name}: with --tls-cert and --tls-key it listens on https`,
    ignore: !hasOpenssl,
    fn: async () => {
      using certificates = makeCertificates();
      await using stage = setStage({ secure: true });
      await Deno.writeTextFile(`${stage.home}/cert.pem`, certificates.cert);
      await Deno.writeTextFile(`${stage.home}/key.pem`, certificates.key);
      const args = ["--tls-cert", "~/cert.pem", "--tls-key=~/key.pem", "--issuer"];
      await using driver = await waitingDriver(stage, {
        program,
        args: [...args, stage.idp.startUrl],
        waits: `Waiting on https://localhost:${stage.port}/saml`,
      });
      assert.match(driver.said(), /^Sign in at https:\/\/localhost:\d+\/start\/[\w-]+$/m);
      using client = Deno.createHttpClient({
        caCerts: [await Deno.readTextFile(certificates.caFile)],
      });
      const start = /https:\/\/localhost\S+\/start\/\S+/.exec(driver.said())?.[0] ?? "";
      const first = await fetch(start, { client, redirect: "manual" });
      await first.body?.cancel();
      assert.equal(first.headers.get("location"), stage.idp.startUrl);
      for (const body of ["SAMLResponse=AAAA", formOf(stage.idp.signIn("alice").fields)]) {
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const answer = await fetch(stage.acsUrl, { method: "POST", client, headers, body });
        const text = await soon("the page", answer.text());
        assert.equal(
          headingOf(text) === "Signed in to AWS",
          body !== "SAMLResponse=AAAA",
          headingOf(text),
        );
      }
      const { code, stdout, stderr } = await endOf(driver);
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
      assertFree(stage.port);
    },
  });
}

function formOf(fields: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();
}
