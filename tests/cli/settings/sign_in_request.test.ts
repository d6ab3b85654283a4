import assert from "node:assert/strict";
import { flagSource, OPTION_NAMES, readOptions } from "../../../src/cli/options.ts";
import { askerOf } from "../../../src/cli/session/new_session.ts";
import { signInRequest, stsEndpoint } from "../../../src/cli/settings/sign_in_request.ts";
import { UserError } from "../../../src/errors.ts";
import type { SignInRequest } from "../../../src/sign_in/request.ts";
import { fakeDeps, type FakeDepsOptions } from "../../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_attributes.ts";
import { STSClient } from "@aws-sdk/client-sts";
import { configuredEndpoint } from "../../../src/aws/configured_endpoint.ts";
import { sdkEnvironment } from "../../support/exchange.ts";

const ARNS = { "role-arn": DEFAULT_ROLE, "saml-provider-arn": DEFAULT_PROVIDER };

type Flags = Readonly<Record<string, string | readonly string[]>>;

async function requested(flags: Flags = {}, deps: FakeDepsOptions = {}): Promise<SignInRequest> {
  const raw = Object.fromEntries(
    Object.entries(flags).map(([name, text]) => [name, typeof text === "string" ? [text] : text]),
  );
  const values = readOptions(OPTION_NAMES, [flagSource(raw)]);
  return await signInRequest({ values }, fakeDeps(deps));
}

async function refused(flags: Flags, deps: FakeDepsOptions = {}): Promise<UserError> {
  try {
    await requested(flags, deps);
  } catch (error) {
    assert.ok(error instanceof UserError, Deno.inspect(error));
    assert.equal(error.exitCode, 2, error.message);
    return error;
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(flags)} was taken` });
}

function inPartition(id: string): Flags {
  return {
    "role-arn": `arn:${id}:iam::111122223333:role/Dev`,
    "saml-provider-arn": `arn:${id}:iam::111122223333:saml-provider/Idp`,
  };
}

Deno.test("signInRequest: two ARNs are enough, the rest has defaults", async () => {
  const request = await requested(ARNS);
  assert.equal(request.role?.text, DEFAULT_ROLE);
  assert.equal(request.provider?.text, DEFAULT_PROVIDER);
  assert.equal(request.region, undefined, "the partition's, once the role is known");
  assert.equal(request.durationSeconds, undefined, "the assertion's, else an hour");
  assert.equal(request.strictDuration, false);
  assert.deepEqual(request.policyArns, []);
  assert.equal(request.policy, undefined);
  assert.equal(request.startUrl, undefined);
  assert.equal(request.idp, undefined);
  assert.equal(request.browser, undefined);
  assert.equal(request.port, 8090);
  assert.equal(request.tls, undefined);
  assert.equal(request.timeoutMs, 300_000);
});

Deno.test("signInRequest: what was given is what is asked for", async () => {
  const request = await requested({
    ...ARNS,
    "duration-seconds": "43200",
    "strict-duration": "true",
    "policy-arn": ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"],
    "start-url": "https://idp.example/start",
    "idp": "urn:idp",
    "browser": "none",
    "port": "1234",
    "timeout": "0",
    "region": "eu-west-1",
  });
  assert.equal(request.durationSeconds, 43_200);
  assert.equal(request.strictDuration, true);
  assert.equal(request.policyArns.length, 2);
  assert.equal(request.startUrl?.href, "https://idp.example/start");
  assert.equal(request.idp, "urn:idp");
  assert.equal(request.browser, "none");
  assert.equal(request.port, 1234);
  assert.equal(request.timeoutMs, undefined, "0 is for ever");
  assert.deepEqual(request.region, { name: "eu-west-1", from: "--region" });
});

Deno.test("signInRequest: an ARN that is not given is for the person to pick", async () => {
  const request = await requested({ account: ["111122223333"], "role-filter": ["Dev*"] });
  assert.equal(request.role, undefined);
  assert.equal(request.provider, undefined);
  assert.deepEqual(request.accounts, ["111122223333"]);
  assert.deepEqual(request.filters, ["Dev*"]);
});

Deno.test("signInRequest: two ARNs of different accounts or partitions do not fit", async () => {
  assert.equal(
    (await refused({ ...ARNS, "role-arn": "arn:aws:iam::444455556666:role/Dev" })).message,
    "--role-arn and --saml-provider-arn do not match: " +
      "the role is in account 444455556666, but the SAML provider is in 111122223333",
  );
  assert.equal(
    (await refused({ ...ARNS, "role-arn": "arn:aws-cn:iam::111122223333:role/Dev" })).message,
    "--role-arn and --saml-provider-arn do not match: " +
      "the role is in partition aws-cn, but the SAML provider is in aws",
  );
});

Deno.test("signInRequest: the region is the flag's, else AWS' variables', else nobody's", async () => {
  const cases: readonly [flags: Flags, env: Record<string, string>, region: unknown][] = [
    [{ region: "eu-west-1" }, { AWS_REGION: "eu-west-2" }, {
      name: "eu-west-1",
      from: "--region",
    }],
    [{}, { AWS_REGION: "eu-west-2", AWS_DEFAULT_REGION: "eu-west-3" }, {
      name: "eu-west-2",
      from: "AWS_REGION",
    }],
    // An empty variable is unset, and does not hide the next one.
    [{}, { AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-3" }, {
      name: "eu-west-3",
      from: "AWS_DEFAULT_REGION",
    }],
    [{}, { AWS_REGION: "", AWS_DEFAULT_REGION: "" }, undefined],
    [inPartition("aws-cn"), {}, undefined],
  ];
  for (const [flags, env, expected] of cases) {
    const { region } = await requested({ ...ARNS, ...flags }, { env });
    assert.deepEqual(region, expected, JSON.stringify([flags, env]));
  }
});

Deno.test("signInRequest: a region of another partition is refused, with where it came from", async () => {
  const gov = inPartition("aws-us-gov");
  const typed = await refused({ ...gov, region: "eu-west-1" });
  assert.match(
    typed.message,
    /region eu-west-1 is in partition aws, but the role is in aws-us-gov \(with regions such as us-gov-west-1/,
  );
  assert.match(typed.hint ?? "", /--region/);
  await refused({ ...ARNS, region: "cn-north-1" });
});

// A role in GovCloud could not be taken where the shell had a commercial region (saml2aws#89 #187).
Deno.test("signInRequest: a region that a variable names is no reason to refuse a role", async () => {
  const gov = inPartition("aws-us-gov");
  for (const variable of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    const { region } = await requested(gov, { env: { [variable]: "eu-west-1" } });
    assert.deepEqual(region, { name: "eu-west-1", from: variable });
  }
  // Its text comes from there, as the flag's does.
  const own = { env: { STSSAMLDRIVER_REGION: "eu-west-1" } };
  const { region } = await requested({ ...gov, region: "eu-west-1" }, own);
  assert.deepEqual(region, { name: "eu-west-1", from: "STSSAMLDRIVER_REGION" });
  await refused({ ...gov, region: "eu-west-2" }, own);
});

Deno.test("signInRequest: a variable that is no region never becomes part of a host name", async () => {
  for (const variable of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    for (const text of ["evil.example/", "eu-west-1.evil.example", "Europe", " eu-west-1"]) {
      const error = await refused(ARNS, { env: { [variable]: text } });
      assert.ok(error.message.includes(variable), error.message);
      assert.ok(error.message.includes(text), error.message);
    }
  }
  await requested({ ...ARNS, region: "eu-west-1" }, { env: { AWS_REGION: "Europe" } });
});

const POLICY = JSON.stringify({ Version: "2012-10-17", Statement: [] });

Deno.test("signInRequest: the session policy is the file's text", async () => {
  const flags = { ...ARNS, "policy-file": "p.json" };
  const pretty = `{\n  "Version": "2012-10-17",\n  "Statement": []\n}\n`;
  assert.equal((await requested(flags, { files: { "p.json": POLICY } })).policy, POLICY);
  assert.equal((await requested(flags, { files: { "p.json": pretty } })).policy, pretty);
  const marked = await requested(flags, { files: { "p.json": `\ufeff${POLICY}` } });
  assert.equal(marked.policy, POLICY, "without the byte order mark of Windows' editors");
});

Deno.test("signInRequest: blanks do not make a policy too large", async () => {
  const flags = { ...ARNS, "policy-file": "p.json" };
  const wide = POLICY.replace("[]", `[${" ".repeat(5000)}]`);
  assert.equal((await requested(flags, { files: { "p.json": wide } })).policy, POLICY);
});

Deno.test("signInRequest: a policy file that cannot be used is refused before anybody signs in", async () => {
  const huge = JSON.stringify({ Sid: "x".repeat(2048) });
  const cases: readonly [file: string | Error | undefined, message: RegExp][] = [
    [undefined, /^Cannot read --policy-file p\.json: no such file$/],
    [
      new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
      /^Cannot read --policy-file p\.json: Permission denied/,
    ],
    ["", /^Cannot use --policy-file p\.json: Unexpected end of JSON input$/],
    ["{", /^Cannot use --policy-file p\.json: /],
    ["Version: 2012-10-17", /^Cannot use --policy-file p\.json: /],
    ["[]", /^Cannot use --policy-file p\.json: it must be a JSON object$/],
    ["null", /it must be a JSON object$/],
    [`"text"`, /it must be a JSON object$/],
    ["3", /it must be a JSON object$/],
    [huge, /it has 2058 characters without whitespace; STS takes 2048$/],
  ];
  for (const [file, message] of cases) {
    const files = file === undefined ? {} : { "p.json": file };
    assert.match((await refused({ ...ARNS, "policy-file": "p.json" }, { files })).message, message);
  }
});

Deno.test("signInRequest: certificate and key go together and are read", async () => {
  const files = { "c.pem": "CERT", "k.pem": "KEY" };
  const both = await requested({ ...ARNS, "tls-cert": "c.pem", "tls-key": "k.pem" }, { files });
  assert.deepEqual(both.tls, { cert: "CERT", key: "KEY" });
  for (const half of [{ "tls-cert": "c.pem" }, { "tls-key": "k.pem" }]) {
    assert.equal(
      (await refused({ ...ARNS, ...half }, { files })).message,
      "--tls-cert and --tls-key must be used together",
    );
  }
  assert.equal(
    (await refused({ ...ARNS, "tls-cert": "c.pem", "tls-key": "none.pem" }, { files })).message,
    "Cannot read --tls-key none.pem: no such file",
  );
});

Deno.test("askerOf: the profile where one is named, else the command", () => {
  const cases: readonly [Parameters<typeof askerOf>[0], string][] = [
    [{ name: "login", values: {}, words: [] }, "`stssamldriver` in your terminal"],
    [{ name: "env", values: {}, words: [] }, "`env` in your terminal"],
    [{ name: "exec", values: {}, words: ["aws", "--secret"] }, "`exec aws` in your terminal"],
    [{ name: "exec", values: {}, words: [] }, "`exec` in your terminal"],
    [{ name: "setup", values: {}, words: ["dev"] }, "profile `dev`"],
    [{ name: "env", values: { profile: "dev" }, words: [] }, "profile `dev`"],
    [{ name: "login", values: { "profile-to-update": "dev" }, words: [] }, "profile `dev`"],
    [{ name: "env", values: { profile: "a`b\u202e" }, words: [] }, "profile `a'b`"],
  ];
  for (const [input, asker] of cases) assert.equal(askerOf(input), asker);
});

const CONFIG = `[default]
region = us-east-1

[profile own]
endpoint_url = https://own.example

[profile parts]
services = local
endpoint_url = https://own.example

[profile elsewhere]
services = other

[profile ignoring]
endpoint_url = https://own.example
ignore_configured_endpoint_urls = true

[profile clear]
endpoint_url = http://sts.example

[profile broken]
endpoint_url = sts example

[profile lost]
services = nowhere

[services local]
sts =
  endpoint_url = http://localhost:4566
s3 =
  endpoint_url = http://localhost:9000

[services other]
s3 =
  endpoint_url = http://localhost:9000
`;

type Variables = Readonly<Record<string, string>>;

/** What is found with the config file above and these variables; the driver's own reading and the SDK's. */
async function found(
  variables: Variables,
  config = CONFIG,
): Promise<readonly [ours: string | undefined, sdks: string | undefined]> {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, config);
    using _environment = sdkEnvironment({
      AWS_CONFIG_FILE: path,
      AWS_REGION: "us-east-1",
      ...variables,
    });
    const ours = await stsEndpoint({
      env: (name) => Deno.env.get(name),
      expand: (each) => each,
      configuredEndpoint,
    });
    return [ours?.url, await sdkEndpoint()];
  } finally {
    Deno.removeSync(path);
  }
}

/** Where the SDK would really send a request. */
async function sdkEndpoint(): Promise<string | undefined> {
  const client = new STSClient({
    credentials: { accessKeyId: "fake", secretAccessKey: "fake" },
  });
  client.middlewareStack.add(
    () => ({ request }) => {
      const { protocol, hostname, port } = Object.assign(
        { protocol: "", hostname: "", port: undefined },
        request,
      );
      throw new Asked(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
    },
    { step: "finalizeRequest", priority: "high" },
  );
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  try {
    await client.send(new GetCallerIdentityCommand({}));
  } catch (error) {
    if (error instanceof Asked) {
      return error.message.endsWith(".amazonaws.com") ? undefined : error.message;
    }
    throw error;
  } finally {
    client.destroy();
  }
  throw new Error("The SDK asked nobody");
}

class Asked extends Error {}

// An earlier key of the cache knew the two variables only: a session made by the STS of one profile's
// endpoint_url was served to a call under another profile.
Deno.test("stsEndpoint: where the SDK will ask, by variables and by the profile in use", async () => {
  const cases: readonly [title: string, variables: Variables, endpoint: string | undefined][] = [
    ["nothing", {}, undefined],
    ["its own variable", { AWS_ENDPOINT_URL_STS: "http://localhost:1" }, "http://localhost:1"],
    ["everybody's variable", { AWS_ENDPOINT_URL: "http://localhost:2" }, "http://localhost:2"],
    ["both", {
      AWS_ENDPOINT_URL_STS: "http://localhost:1",
      AWS_ENDPOINT_URL: "http://localhost:2",
    }, "http://localhost:1"],
    ["an empty variable", { AWS_ENDPOINT_URL_STS: "" }, undefined],
    ["a profile's", { AWS_PROFILE: "own" }, "https://own.example"],
    ["its services'", { AWS_PROFILE: "parts" }, "http://localhost:4566"],
    ["services without STS", { AWS_PROFILE: "elsewhere" }, undefined],
    [
      "a variable before a profile",
      { AWS_PROFILE: "own", AWS_ENDPOINT_URL: "http://localhost:2" },
      "http://localhost:2",
    ],
    ["a profile that ignores it", { AWS_PROFILE: "ignoring" }, undefined],
    [
      "a variable that ignores it",
      { AWS_PROFILE: "own", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
      undefined,
    ],
    ["services that are not there", { AWS_PROFILE: "lost" }, undefined],
    ["a profile without one", { AWS_PROFILE: "default" }, undefined],
  ];
  for (const [title, variables, endpoint] of cases) {
    assert.deepEqual(await found(variables), [endpoint, endpoint], title);
  }
});

Deno.test("stsEndpoint: one that could never be asked is exit code 2, before the sign-in", async () => {
  const cases: readonly [title: string, profile: string, message: RegExp][] = [
    ["not TLS", "clear", /^Refused to send the assertion to http:\/\/sts\.example/],
    ["no URL", "broken", /^Cannot use the STS endpoint: endpoint_url of the profile is not a URL/],
  ];
  for (const [title, profile, message] of cases) {
    await assert.rejects(found({ AWS_PROFILE: profile }), (error) => {
      assert.ok(error instanceof UserError, title);
      assert.match(error.message, message);
      assert.equal(error.exitCode, 2);
      return true;
    });
  }
});

Deno.test("stsEndpoint: what reads profiles is not loaded where no file mentions an endpoint", async () => {
  const never = () => Promise.reject(new Error("It was asked"));
  for (const path of ["/nonexistent/aws", "/", "/dev/null"]) {
    const deps = { env: () => path, expand: (each: string) => each, configuredEndpoint: never };
    const env = (name: string) => /_FILE$/.test(name) ? path : undefined;
    assert.equal(await stsEndpoint({ ...deps, env }), undefined, path);
  }
});

const USELESS: readonly (readonly [Flags, RegExp, FakeDepsOptions?])[] = [
  [{ "sso-binding": "post" }, /^--sso-binding needs --sso-url or --idp-metadata$/],
  [{ "acs-index": "0" }, /^--acs-index needs /],
  [{ "force-authn": "true" }, /^--force-authn needs /],
  [
    { ...ARNS, "saml-provider-arn": DEFAULT_PROVIDER.replace("111122223333", "444455556666") },
    /^--role-arn and --saml-provider-arn do not match: /,
  ],
  [{}, /^Cannot use AWS_REGION, "x y": /, { env: { AWS_REGION: "x y" } }],
  [{}, /^Cannot use AWS_DEFAULT_REGION, "x y": /, { env: { AWS_DEFAULT_REGION: "x y" } }],
  [{ "account-names": "f" }, /^Cannot use --account-names f: /, { files: { f: "no number" } }],
  [{ "account-names": "gone" }, /--account-names gone/],
];
for (const [flags, says, options] of USELESS) {
  Deno.test(`signInRequest: refuses ${JSON.stringify(flags)} with ${says.source}`, async () => {
    assert.match((await refused(flags, options)).message, says);
  });
}

Deno.test("signInRequest: a request to the IdP is what its flags say, with AWS's own name by default", async () => {
  assert.equal((await requested({ "force-authn": "false" })).sso, undefined);
  const { sso } = await requested({ "sso-url": "https://idp.example/sso", "acs-index": "2" });
  assert.deepEqual({ ...sso, url: sso?.url?.href }, {
    url: "https://idp.example/sso",
    metadata: undefined,
    binding: undefined,
    spEntityId: "urn:amazon:webservices",
    acsIndex: 2,
    forceAuthn: false,
  });
});

Deno.test("signInRequest: a region tells which setting named it, the flag first", async () => {
  const table: readonly (readonly [Flags, Record<string, string>, string | undefined])[] = [
    [{ region: "eu-west-1" }, { AWS_REGION: "us-east-2" }, "--region"],
    [{ region: "eu-west-1" }, { STSSAMLDRIVER_REGION: "eu-west-1" }, "STSSAMLDRIVER_REGION"],
    [{}, { AWS_REGION: "us-east-2", AWS_DEFAULT_REGION: "x" }, "AWS_REGION"],
    [{}, { AWS_REGION: "", AWS_DEFAULT_REGION: "us-east-2" }, "AWS_DEFAULT_REGION"],
    [{}, {}, undefined],
  ];
  for (const [flags, env, from] of table) {
    assert.equal((await requested(flags, { env })).region?.from, from);
  }
});
