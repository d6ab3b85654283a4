import assert from "node:assert/strict";
import { configured, routeToAws, trustedClient } from "../src/route_to_aws.ts";
import { userErrorFrom } from "./support/checks.ts";
import { idpKey } from "./support/keys.ts";

/** Gives a test a home with these shared files, and its environment with some variables more. */
async function inHome(
  files: { readonly config?: string; readonly credentials?: string },
  run: (env: (variables?: Record<string, string>) => Env, aws: string) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${home}/.aws`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${home}/.aws/${name}`, text);
    }
    const env = (variables: Record<string, string> = {}) => (name: string) =>
      ({ HOME: home, USERPROFILE: home, ...variables })[name];
    await run(env, `${home}/.aws`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

type Env = (name: string) => string | undefined;

Deno.test("configured: the profile in use counts, and the credentials file before the config file", () =>
  inHome({
    config: "[default]\nca_bundle = /a\n[profile x]\nCA_Bundle = /b\nregion = r\n",
    credentials: "[x]\nca_bundle = /c\n[y]\naws_access_key_id = k\n",
  }, async (env, aws) => {
    const [config, credentials] = [`${aws}/config`, `${aws}/credentials`];
    const table = [
      [{}, { profile: "default", value: "/a", path: config }],
      [{ AWS_PROFILE: "x" }, { profile: "x", value: "/c", path: credentials }],
      [{ AWS_PROFILE: "x", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent" }, {
        profile: "x",
        value: "/b",
        path: config,
      }],
      [{ AWS_PROFILE: "y" }, undefined],
    ] as const;
    for (const [variables, found] of table) {
      assert.deepEqual(await configured("ca_bundle", env(variables)), found);
    }
    assert.equal(await configured("mfa_serial", env()), undefined);
  }));

Deno.test("configured: a file that cannot be read names nothing", () =>
  inHome({ config: "[default]\nca_bundle = /a\n" }, async (env, aws) => {
    await Deno.mkdir(`${aws}/credentials`);
    assert.equal((await configured("ca_bundle", env()))?.value, "/a");
  }));

Deno.test("trustedClient, extraCas: the profile's ca_bundle stands behind AWS_CA_BUNDLE, in words and in fact", () =>
  inHome({ config: "[profile x]\nca_bundle = ~/.aws/ca.pem\n" }, async (env, aws) => {
    const ofProfile = env({ AWS_PROFILE: "x" });
    const shown = `ca_bundle of profile "x" in ${aws}/config, "~/.aws/ca.pem"`;
    assert.equal(await routeToAws(ofProfile).extraCas(), shown);
    const missing = await userErrorFrom(trustedClient(ofProfile));
    assert.equal(missing.message, `Cannot use ${shown}: the file does not exist`);
    await Deno.writeTextFile(`${aws}/ca.pem`, idpKey().certificatePem);
    const client = await trustedClient(ofProfile);
    assert.ok(client);
    client.close();

    const both = env({ AWS_PROFILE: "x", AWS_CA_BUNDLE: "/other.pem" });
    assert.equal(await routeToAws(both).extraCas(), "AWS_CA_BUNDLE=/other.pem");
    assert.equal(await routeToAws(env()).extraCas(), undefined);
    assert.equal(await trustedClient(env()), undefined);
  }));

Deno.test("routeToAws: names the proxy without its password", async () => {
  const env = (name: string) => ({ HTTPS_PROXY: "http://me:pw@proxy.example:3128" })[name];
  assert.deepEqual(await routeToAws(env).proxyFor("sts.amazonaws.com"), {
    name: "HTTPS_PROXY",
    address: "proxy.example:3128",
  });
  assert.equal(await routeToAws(() => undefined).proxyFor("sts.amazonaws.com"), undefined);
});
