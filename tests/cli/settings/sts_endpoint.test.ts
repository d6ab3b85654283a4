import assert from "node:assert/strict";
import { STSClient } from "@aws-sdk/client-sts";
import { configuredEndpoint } from "../../../src/aws/configured_endpoint.ts";
import { stsEndpoint } from "../../../src/cli/settings/sts_endpoint.ts";
import { UserError } from "../../../src/errors.ts";
import { sdkEnvironment } from "../../support/exchange.ts";

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
    return [ours, await sdkEndpoint()];
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
