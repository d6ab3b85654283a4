import assert from "node:assert/strict";
import { known } from "../../../src/cli/completion/known.ts";
import type { Known } from "../../../src/cli/settings/option_values.ts";
import { posix } from "../../support/programs.ts";

const ROLE = "arn:aws:iam::111122223333:role/Dev";

const CONFIG = `[default]
region = eu-central-1
[profile dev]
credential_process = /opt/stssamldriver --role-arn ${ROLE}
[profile "my dev"]
stssamldriver_start_url = https://idp.example/start
region = eu-central-1
[profile other]
credential_process = other-program --role-arn arn:aws:iam::111122223333:role/Other
[profile e\x1b[31mvil\u202e]
region = us\x07-1
[sso-session no-profile]
region = us-west-9
`;

/** Asks with these shared files. */
async function inHome(
  files: { readonly config?: string; readonly credentials?: string },
  body: (ask: (kind: Known) => readonly string[], home: string) => void,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${home}/${name}`, text);
    }
    const variables: Readonly<Record<string, string>> = {
      AWS_CONFIG_FILE: `${home}/config`,
      AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
      PATH: `${home}/bin:${home}/none`,
    };
    const deps = {
      env: (name: string) => variables[name],
      expand: (path: string) => path,
      self: ["/opt/stssamldriver"],
      os: "linux",
    } as const;
    body((kind) => known(kind, deps).map(({ value }) => value), home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("known: profiles of both files, those of this program for --profile, none that could control a terminal", () =>
  inHome({ config: CONFIG, credentials: "[dev]\n[work]\naws_access_key_id = x\n" }, (ask) => {
    assert.deepEqual(ask("profile"), ["default", "dev", "my dev", "other", "work"]);
    assert.deepEqual(ask("own-profile"), ["dev", "my dev"]);
  }));

Deno.test("known: without a profile of this program every profile is offered for --profile", () =>
  inHome({ credentials: "[work]\n[home]\n" }, (ask) => {
    assert.deepEqual(ask("own-profile"), ["work", "home"]);
  }));

Deno.test("known: the regions of the profiles first, then some of every partition, each once", () =>
  inHome({ config: CONFIG }, (ask) => {
    const regions = ask("region");
    assert.equal(regions[0], "eu-central-1");
    for (const region of ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"]) {
      assert.ok(regions.includes(region), region);
    }
    assert.ok(!regions.includes("us-west-9"), "of no profile");
    assert.equal(new Set(regions).size, regions.length);
  }));

Deno.test("known: the roles that this program's profiles name", () =>
  inHome({ config: CONFIG }, (ask) => assert.deepEqual(ask("role"), [ROLE])));

Deno.test("known: none, and the browsers that are in PATH", posix, () =>
  inHome({}, (ask, home) => {
    assert.deepEqual(ask("browser"), ["none"]);
    Deno.mkdirSync(`${home}/bin`);
    Deno.writeTextFileSync(`${home}/bin/firefox`, "");
    assert.deepEqual(ask("browser"), ["none", "firefox"]);
  }));

Deno.test("known: services by the names that --console-destination takes", () =>
  inHome({}, (ask) => {
    const services = ask("service");
    for (const each of ["home", "s3", "ec2"]) assert.ok(services.includes(each), each);
    for (const each of services) assert.match(each, /^[a-z][a-z0-9-]*$/);
  }));

Deno.test("known: files that are missing or cannot be read have no names", () =>
  inHome({ credentials: "[work]\n" }, (ask, home) => {
    assert.deepEqual(ask("profile"), ["work"]);
    Deno.mkdirSync(`${home}/config`);
    assert.deepEqual(ask("profile"), ["work"]);
    assert.deepEqual(ask("role"), []);
    assert.ok(ask("region").includes("us-east-1"));
  }));
