/** The settings of the way to STS are looked at before the port is taken, and only by who goes there. */

import assert from "node:assert/strict";
import { hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { freePort, programs, runDriver } from "../support/driver.ts";
import { idpKey } from "../support/keys.ts";
import { roleKept } from "../support/kept_session.ts";
import { startProxy } from "../support/proxy.ts";
import { assertFailed, signInOnce, someAtATime } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import { tlsInFrontOf } from "../support/tls.ts";

/** The folder is no place where anything is, and `GOOD` is a file with a certificate. */
type Files = Readonly<Record<"GOOD" | "EMPTY" | "TEXT" | "BROKEN" | "FOLDER" | "MISSING", string>>;

function files(home: string): Files {
  const write = (name: string, text: string) => {
    Deno.writeTextFileSync(`${home}/${name}`, text);
    return `${home}/${name}`;
  };
  Deno.mkdirSync(`${home}/folder`);
  return {
    GOOD: write("good.pem", idpKey().certificatePem),
    EMPTY: write("empty.pem", ""),
    TEXT: write("text.pem", "hello"),
    BROKEN: write(
      "broken.pem",
      "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    ),
    FOLDER: `${home}/folder`,
    MISSING: `${home}/missing.pem`,
  };
}

/** Settings with the names of files in capitals, and the one that must be named. */
const BAD_CAS: readonly {
  readonly env: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly names: RegExp;
}[] = [
  ...["AWS_CA_BUNDLE", "SSL_CERT_FILE", "DENO_CERT"].flatMap((variable) =>
    ["MISSING", "FOLDER", "EMPTY", "TEXT", "BROKEN"].map((file) => ({
      env: { [variable]: file },
      names: new RegExp(`^Cannot use ${variable}=`),
    }))
  ),
  // The executable blamed the good one: its runtime reads the other at the start.
  { env: { AWS_CA_BUNDLE: "GOOD", SSL_CERT_FILE: "MISSING" }, names: /^Cannot use SSL_CERT_FILE=/ },
  { env: { AWS_CA_BUNDLE: "MISSING", SSL_CERT_FILE: "GOOD" }, names: /^Cannot use AWS_CA_BUNDLE=/ },
  { env: { AWS_CA_BUNDLE: "GOOD", DENO_CERT: "MISSING" }, names: /^Cannot use DENO_CERT=/ },
  { env: { AWS_CA_BUNDLE: "GOOD", DENO_CERT: "BROKEN" }, names: /^Cannot use DENO_CERT=/ },
  { env: { REQUESTS_CA_BUNDLE: "MISSING" }, names: /^Cannot use REQUESTS_CA_BUNDLE=/ },
  {
    env: { AWS_CA_BUNDLE: "corp.pem" },
    names: /^Cannot use AWS_CA_BUNDLE=corp\.pem: .* in the current folder$/,
  },
  { env: { DENO_TLS_CA_STORE: "/etc/ssl" }, names: /^Cannot use DENO_TLS_CA_STORE=\/etc\/ssl/ },
  {
    env: {},
    config: "[default]\nca_bundle = MISSING\n",
    names: /^Cannot use ca_bundle of profile "default" in \S+config, /,
  },
  {
    env: { AWS_PROFILE: "corp", SSL_CERT_FILE: "GOOD" },
    config: "[default]\nca_bundle = GOOD\n[profile corp]\nCA_Bundle = TEXT\n",
    names: /^Cannot use ca_bundle of profile "corp" in \S+config, /,
  },
];

const BAD_PROXIES: readonly Readonly<Record<string, string>>[] = [
  { HTTPS_PROXY: " http://me:s3cret@proxy.example:8080" },
  { https_proxy: "http://me:s3cret#1@proxy.example:8080" },
  { HTTPS_PROXY: "http://me:s3cret@1@proxy.example:8080" },
  { HTTPS_PROXY: "http://me:s3cret@proxy.example:80a" },
  { HTTPS_PROXY: "socks4://proxy.example:1080" },
  { ALL_PROXY: "socks://proxy.example:1080" },
  { HTTPS_PROXY: "http://me:s3cret/1@proxy.example:8080", all_proxy: "http://127.0.0.1:9" },
];

for (const program of programs()) {
  Deno.test(`${program.name}: CAs that cannot be used are named before the port is taken`, async () => {
    await someAtATime(BAD_CAS, 3, async ({ env, config, names }) => {
      await using stage = setStage();
      const at = files(stage.home);
      const filled = (text: string) =>
        text.replace(
          /GOOD|EMPTY|TEXT|BROKEN|FOLDER|MISSING/g,
          (name) => Object.entries(at).find(([key]) => key === name)?.[1] ?? name,
        );
      if (config !== undefined) {
        Deno.mkdirSync(`${stage.home}/.aws`);
        Deno.writeTextFileSync(`${stage.home}/.aws/config`, filled(config));
      }
      const variables = Object.fromEntries(
        Object.entries(env).map(([name, value]) => [name, filled(value)]),
      );
      const end = await runDriver([...stage.args, "--timeout=5s"], {
        program,
        home: stage.home,
        env: { ...stage.env, BROWSER: "none", ...variables },
      });
      assertFailed(end, { code: 2, says: names });
      assert.ok(!/Waiting|Start the sign-in/.test(end.stderr), end.stderr);
    });
  });

  Deno.test(`${program.name}: a proxy that cannot be used is named, its password is not`, async () => {
    await someAtATime(BAD_PROXIES, 3, async (env) => {
      await using stage = setStage();
      const end = await runDriver([...stage.args, "--timeout=5s"], {
        program,
        home: stage.home,
        env: { BROWSER: "none", ...env },
      });
      const [name = ""] = Object.keys(env);
      assertFailed(end, { code: 2, says: new RegExp(`^Cannot use the proxy in ${name}: `) });
      assert.ok(!/s3cret|Waiting/.test(end.stderr), end.stderr);
    });
  });

  Deno.test(`${program.name}: a proxy that would not be used may be anything`, async () => {
    await using proxy = startProxy({ refuseWith: 407 });
    const bad = "socks4://proxy.example:1080";
    for (
      const [env, code] of [
        // To STS itself, through the proxy that can be used.
        [{ HTTPS_PROXY: proxy.url, ALL_PROXY: bad, AWS_ENDPOINT_URL_STS: "" }, 7],
        [{ HTTPS_PROXY: bad, https_proxy: proxy.url, AWS_ENDPOINT_URL_STS: "" }, 7],
        // To this machine.
        [{ HTTPS_PROXY: bad }, 0],
      ] as const
    ) {
      await using stage = setStage();
      const seen = await signInOnce(stage, { program, env });
      assert.equal(seen.code, code, seen.stderr);
    }
    await using stage = setStage();
    const direct = { HTTPS_PROXY: bad, NO_PROXY: ".invalid,us-east-1.amazonaws.com" };
    const end = await runDriver([...stage.args, "--timeout=1s"], {
      program,
      home: stage.home,
      env: { BROWSER: "none", ...direct },
    });
    assert.equal(end.code, 4, end.stderr);
  });

  // A proxy that is not there was told as "Cannot reach STS at sts.us-east-1.amazonaws.com: connection refused".
  Deno.test(`${program.name}: what fails on the way through a proxy names the proxy`, async () => {
    await using stack = new AsyncDisposableStack();
    const refusing = (status: number | "close") =>
      new URL(stack.use(startProxy({ refuseWith: status })).url).host;
    const cases: readonly (readonly [name: string, address: string, says: RegExp])[] = [
      ["HTTPS_PROXY", `127.0.0.1:${freePort()}`, /: connection refused$/],
      ["HTTPS_PROXY", "proxy.invalid:3128", /: the name cannot be resolved/],
      ["https_proxy", refusing(503), /: the proxy refused the connection$/],
      ["HTTPS_PROXY", refusing(403), /: the proxy refused the connection$/],
      ["ALL_PROXY", refusing(407), /: the proxy requires a sign-in \(HTTP 407\)$/],
      [
        "all_proxy",
        refusing("close"),
        /: the proxy closed the connection$/,
      ],
    ];
    await someAtATime(cases, 3, async ([name, address, says]) => {
      await using stage = setStage();
      const env = { [name]: `http://me:s3cret@${address}`, AWS_ENDPOINT_URL_STS: "" };
      const seen = await signInOnce(stage, { program, env });
      assertFailed(seen, { code: 7, says });
      assert.match(
        seen.stderr,
        /^stssamldriver: Cannot reach STS at sts\.us-east-1\.amazonaws\.com: /m,
      );
      assert.ok(
        seen.stderr.includes(`through the proxy ${address}, which ${name} names`),
        seen.stderr,
      );
      if (says.source.includes("407")) assert.ok(seen.stderr.includes(`or set ${name} to http://`));
      assert.ok(!seen.stderr.includes("s3cret"));
    });
  });

  // Others take a wildcard, capitals, blanks and a port; the runtime went through the proxy all the same.
  Deno.test(`${program.name}: NO_PROXY is taken as other programs write it`, async () => {
    await using proxy = startProxy({ refuseWith: 407 });
    for (
      const hosts of [
        "*.nowhere.invalid",
        ".NOWHERE.invalid",
        "corp.example .nowhere.invalid",
        "sts.nowhere.invalid:443",
        "*",
      ]
    ) {
      await using stage = setStage();
      const seen = await signInOnce(stage, {
        program,
        env: {
          HTTPS_PROXY: proxy.url,
          NO_PROXY: hosts,
          AWS_ENDPOINT_URL_STS: "https://sts.nowhere.invalid",
        },
      });
      assertFailed(seen, { code: 7, says: /the name cannot be resolved/ });
    }
    assert.deepEqual(proxy.requests, []);
  });

  Deno.test(`${program.name}: an answer from the cache looks at no proxy and no CAs`, async () => {
    const { args, env, stored } = roleKept();
    await stored;
    try {
      const bad = { AWS_CA_BUNDLE: "/missing", DENO_CERT: "/missing", HTTPS_PROXY: "socks4://x" };
      const end = await runDriver(["--cache", ...args], { program, env: { ...env, ...bad } });
      assert.equal(end.code, 0, end.stderr);
    } finally {
      Deno.removeSync(env["HOME"] ?? "", { recursive: true });
    }
  });

  Deno.test({
    name: `${program.name}: ca_bundle of the profile in use is trusted; AWS_CA_BUNDLE wins over it`,
    ignore: !hasOpenssl,
    fn: async () => {
      using certificates = makeCertificates();
      const { caFile } = certificates;
      for (
        const [config, env, code] of [
          ["[default]\nca_bundle = GOOD\n", {}, 0],
          ["[default]\n[profile corp]\nca_bundle=GOOD\n", { AWS_PROFILE: "corp" }, 0],
          ["[default]\nca_bundle = GOOD\n[profile corp]\n", { AWS_PROFILE: "corp" }, 7],
          ["[default]\nca_bundle = /missing\n", { AWS_CA_BUNDLE: caFile }, 0],
          ["[default]\nca_bundle =\n", { SSL_CERT_FILE: caFile, DENO_CERT: "" }, 0],
          ["", { AWS_CA_BUNDLE: caFile, SSL_CERT_FILE: "" }, 0],
          ["", { SSL_CERT_FILE: "~/ca.pem" }, 0],
          ["", { REQUESTS_CA_BUNDLE: caFile }, 0],
          ["[default]\nca_bundle = GOOD\n", { REQUESTS_CA_BUNDLE: "/missing" }, 0],
        ] as const
      ) {
        await using stage = setStage();
        await using tls = tlsInFrontOf(stage.sts.port, certificates);
        Deno.mkdirSync(`${stage.home}/.aws`);
        Deno.writeTextFileSync(`${stage.home}/.aws/config`, config.replace("GOOD", caFile));
        Deno.copyFileSync(caFile, `${stage.home}/ca.pem`);
        const seen = await signInOnce(stage, {
          program,
          env: { ...env, AWS_ENDPOINT_URL_STS: `https://localhost:${tls.port}` },
        });
        assert.equal(seen.code, code, `${config}${seen.stderr}`);
      }
    },
  });
}
