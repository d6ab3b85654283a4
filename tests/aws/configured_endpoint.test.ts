import assert from "node:assert/strict";
import { configuredEndpoint } from "../../src/aws/configured_endpoint.ts";
import { sdkEnvironment } from "../support/exchange.ts";
import { inFolder } from "../system/files.ts";

const OWN = "endpoint_url = http://own.example\n";
const SERVICES = "services = local\n";
const LOCAL = "[services local]\nsts =\n  endpoint_url = http://local.example\n";

const CONFIGS: readonly (readonly [name: string, config: string, endpoint: string | undefined])[] =
  [
    ["nothing", "[default]\nregion = eu-west-1\n", undefined],
    ["the profile's own", `[default]\n${OWN}`, "http://own.example"],
    ["another profile's", `[default]\n[profile dev]\n${OWN}`, undefined],
    ["STS's in its services", `[default]\n${SERVICES}${LOCAL}`, "http://local.example"],
    ["both", `[default]\n${SERVICES}${OWN}${LOCAL}`, "http://local.example"],
    [
      "another service's",
      `[default]\n${SERVICES}${OWN}${LOCAL.replace("sts", "s3")}`,
      "http://own.example",
    ],
    ["services that are nowhere", `[default]\n${SERVICES}${OWN}`, undefined],
    ["an empty one", "[default]\nendpoint_url =\n", undefined],
    ["one to ignore", `[default]\n${OWN}ignore_configured_endpoint_urls = True\n`, undefined],
    ...["false", "untrue", "trueish"].map((value) =>
      [
        `one not to ignore (${value})`,
        `[default]\n${OWN}ignore_configured_endpoint_urls = ${value}\n`,
        "http://own.example",
      ] as const
    ),
  ];
for (const [name, config, endpoint] of CONFIGS) {
  Deno.test(`configuredEndpoint: of a config file with ${name}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/config`;
      Deno.writeTextFileSync(path, config);
      using _environment = sdkEnvironment({ AWS_CONFIG_FILE: path });
      assert.equal(await configuredEndpoint(), endpoint);
    }));
}

Deno.test("configuredEndpoint: AWS_PROFILE names the profile; a variable's endpoint is another's matter", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    Deno.writeTextFileSync(path, `[profile dev]\n${OWN}`);
    const variables = { AWS_CONFIG_FILE: path, AWS_ENDPOINT_URL: "http://variable.example" };
    using _environment = sdkEnvironment({ ...variables, AWS_PROFILE: "dev" });
    assert.equal(await configuredEndpoint(), "http://own.example");
  }));
