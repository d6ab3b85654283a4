import assert from "node:assert/strict";
import { refuseShadowing } from "../../../src/cli/session/serve_credentials.ts";
import { UserError } from "../../../src/errors.ts";
import { expandHome } from "../../../src/system/paths.ts";

/** What is in the two files, and the words of the refusal; `undefined` where there is none. */
const CASES: readonly (readonly [string, {
  readonly config?: string;
  readonly credentials?: string;
  readonly says?: RegExp;
}])[] = [
  ["no files", {}],
  ["a default with a region", { config: "[default]\nregion = eu-west-1\n" }],
  ["keys of another profile", { credentials: "[dev]\naws_access_key_id = AKIA\n" }],
  ["keys", {
    credentials: "[default]\naws_access_key_id = AKIASECRET\naws_secret_access_key = s3cr3t\n",
    says: /\(aws_access_key_id on line 2 and aws_secret_access_key on line 3 of .*credentials\)$/,
  }],
  ["a process", {
    config: "[default]\ncredential_process = /bin/x\n",
    says: /\(credential_process on line 2 of .*config\)$/,
  }],
  ["a role, in the section with the other name", {
    config: "[profile default]\nrole_arn = arn\nsource_profile = x\n",
    says: /role_arn on line 2/,
  }],
  ["Identity Center", { config: "[default]\nsso_session = x\n", says: /sso_session on line 2/ }],
];

for (const [title, { config, credentials, says }] of CASES) {
  Deno.test(`refuseShadowing: ${title}`, async () => {
    const home = await Deno.makeTempDir({ prefix: "stssamldriver-shadow-" });
    try {
      await Deno.mkdir(`${home}/.aws`);
      if (config !== undefined) await Deno.writeTextFile(`${home}/.aws/config`, config);
      if (credentials !== undefined) {
        await Deno.writeTextFile(`${home}/.aws/credentials`, credentials, { mode: 0o600 });
      }
      const env = (name: string) => ({ HOME: home, USERPROFILE: home })[name];
      const check = () => refuseShadowing({ env, expand: (path) => expandHome(path, env) });
      if (says === undefined) return check();
      assert.throws(check, (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, says);
        assert.equal(error.exitCode, 2);
        assert.doesNotMatch(`${error.message}${error.hint}`, /AKIASECRET|s3cr3t/);
        return true;
      });
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
}
