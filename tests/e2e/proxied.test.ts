/** In a company: everything goes through a web proxy that opens TLS with a CA of its own. */

import assert from "node:assert/strict";
import {
  CA_NAME,
  type Certificates,
  hasOpenssl,
  makeCertificates,
} from "../support/certificates.ts";
import { setConsoleStage } from "../support/console_stage.ts";
import { idOf, requestInUrl } from "../support/authn_requests.ts";
import { programs, startDriver } from "../support/driver.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { startProxy } from "../support/proxy.ts";
import {
  assertFailed,
  endOf,
  post,
  signInOnce,
  someAtATime,
  soon,
  startAddress,
} from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import { tlsInFrontOf } from "../support/tls.ts";

const STS = "sts.us-east-1.amazonaws.com";
const SIGN_IN = "signin.aws.amazon.com";
const IDP = "idp.corp.example";

/** The proxy of a company, in front of what is on these ports; it opens TLS. */
function company(
  ports: Readonly<Record<string, number>>,
  { certificates, only }: { readonly certificates: Certificates; readonly only?: string },
) {
  const stack = new AsyncDisposableStack();
  const behind = new Map(
    Object.entries(ports).map(([host, port]) => [
      host,
      stack.use(tlsInFrontOf(port, certificates)).port,
    ]),
  );
  const proxy = stack.use(startProxy({
    ...(only !== undefined && { only }),
    standIn: (host) => {
      const port = behind.get(host);
      // Nothing of a test may leave this machine.
      if (port === undefined) throw new Error(`${host} is not for the tests`);
      return port;
    },
  }));
  return {
    host: new URL(proxy.url).host,
    /** Which hosts were asked for; from source, Deno itself may ask its registry for news of a package. */
    asked: () =>
      [...new Set(proxy.requests)].filter((each) => !each.includes("registry.npmjs.org")),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** How the proxy and the CA are named. In `proxy`, `HOST` is where it listens. */
const WAYS: readonly {
  readonly variable: string;
  readonly proxy?: string;
  readonly only?: string;
  readonly ca: string;
  readonly noProxy?: string;
}[] = [
  { variable: "HTTPS_PROXY", ca: "AWS_CA_BUNDLE" },
  {
    variable: "https_proxy",
    proxy: "http://corp%5Cme:p%40ss%23@HOST",
    only: "corp\\me:p@ss#",
    ca: "SSL_CERT_FILE",
  },
  { variable: "ALL_PROXY", proxy: "HOST", ca: "DENO_CERT" },
  { variable: "all_proxy", proxy: "me:@HOST", only: "me:", ca: "ca_bundle" },
  {
    variable: "HTTPS_PROXY",
    ca: "REQUESTS_CA_BUNDLE",
    noProxy: "amazonaws.com.example,us-west-2.amazonaws.com,10.0.0.0/8,aws.amazon.com",
  },
];

const options = { ignore: !hasOpenssl };

for (const program of programs()) {
  Deno.test(
    `${program.name}: through a proxy that opens TLS, by each variable and setting`,
    options,
    async () => {
      using certificates = makeCertificates([STS]);
      await someAtATime(WAYS, 3, async ({ variable, proxy = "http://HOST", only, ca, noProxy }) => {
        await using stage = setStage();
        await using corp = company({ [STS]: stage.sts.port }, {
          certificates,
          ...(only !== undefined && { only }),
        });
        if (ca === "ca_bundle") {
          Deno.mkdirSync(`${stage.home}/.aws`);
          Deno.writeTextFileSync(
            `${stage.home}/.aws/config`,
            `[profile corp]\nca_bundle = ${certificates.caFile}\n`,
          );
        }
        const seen = await signInOnce(stage, {
          program,
          env: {
            AWS_ENDPOINT_URL_STS: "",
            AWS_PROFILE: ca === "ca_bundle" ? "corp" : "",
            [variable]: proxy.replace("HOST", corp.host),
            ...(ca !== "ca_bundle" && { [ca]: certificates.caFile }),
            ...(noProxy !== undefined && { NO_PROXY: noProxy }),
          },
        });
        assert.equal(seen.code, 0, `${variable}, ${ca}: ${seen.stderr}`);
        assert.equal(JSON.parse(seen.stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
        assert.deepEqual(corp.asked(), [`CONNECT ${STS}:443 HTTP/1.1`]);
      });
    },
  );

  Deno.test(
    `${program.name}: a CA of the company's that nothing names: host, issuer, proxy and variables are said`,
    options,
    async () => {
      using certificates = makeCertificates([STS]);
      using others = makeCertificates();
      const only = "me:s3c ret%";
      await someAtATime([{}, { AWS_CA_BUNDLE: others.caFile }], 2, async (env) => {
        await using stage = setStage();
        await using corp = company({ [STS]: stage.sts.port }, { certificates, only });
        const seen = await signInOnce(stage, {
          program,
          env: {
            AWS_ENDPOINT_URL_STS: "",
            HTTPS_PROXY: `http://me:s3c%20ret%@${corp.host}`,
            ...env,
          },
        });
        assertFailed(seen, {
          code: 7,
          says:
            `Cannot reach STS at ${STS}: its certificate is not trusted (issued by "${CA_NAME}")`,
        });
        assert.match(seen.stderr, /Set AWS_CA_BUNDLE to a PEM file/);
        assert.ok(
          seen.stderr.includes(`through the proxy ${corp.host}, which HTTPS_PROXY names`),
          seen.stderr,
        );
        assert.equal(
          seen.stderr.includes(`The CAs in AWS_CA_BUNDLE=${others.caFile} are trusted already`),
          "AWS_CA_BUNDLE" in env,
          seen.stderr,
        );
        assert.ok(!/s3c|ret%/.test(seen.stderr));
        assert.equal(stage.sts.calls.length, 0, "the assertion is sent to nobody");
      });
    },
  );

  Deno.test(
    `${program.name}: the IdP's metadata and the console's sign-in go the same way`,
    options,
    async () => {
      using certificates = makeCertificates([STS, SIGN_IN, IDP]);
      await using scene = await setConsoleStage();
      const { stage, federation } = scene;
      await using server = serveLoopback(() => ({
        status: 200,
        headers: {},
        body:
          `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${stage.idp.issuer}">` +
          `<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
          `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" ` +
          `Location="https://${IDP}/sso"/></IDPSSODescriptor></EntityDescriptor>`,
      }));
      await using corp = company(
        {
          [STS]: stage.sts.port,
          [SIGN_IN]: Number(new URL(federation.url).port),
          [IDP]: server.port,
        },
        { certificates },
      );
      const args = ["--idp-metadata", `https://${IDP}/metadata`, "--print-url"];
      await using driver = startDriver(["console", ...stage.args, ...args], {
        program,
        home: stage.home,
        env: {
          BROWSER: "none",
          HTTPS_PROXY: `http://${corp.host}`,
          AWS_CA_BUNDLE: certificates.caFile,
        },
      });
      await soon("the driver to listen", driver.waitFor("Waiting on"));
      const request = await fetch(startAddress(driver), { redirect: "manual" });
      await request.body?.cancel();
      const inResponseTo = idOf(requestInUrl(request.headers.get("location") ?? ""));
      await post(stage, stage.idp.signIn("alice", { inResponseTo }).fields);
      const { code, stdout, stderr } = await endOf(driver);
      assert.equal(code, 0, stderr);
      assert.ok(stdout.startsWith(`https://${SIGN_IN}/federation?Action=login&`));
      assert.deepEqual(
        corp.asked(),
        [IDP, STS, SIGN_IN].map((host) => `CONNECT ${host}:443 HTTP/1.1`),
      );
    },
  );
}
