/** `--profile-to-update`: what is written where, and that everything else stays as it was. */

import assert from "node:assert/strict";
import { profileHeader } from "../../src/profiles/names.ts";
import { readWithSmithy } from "../profiles/readers.ts";
import { type Files, filesOf, KEYS, masked, putFiles } from "../support/aws_files.ts";
import { programs } from "../support/driver.ts";
import {
  endOf,
  headingOf,
  post,
  signInOnce,
  someAtATime,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import { names } from "../system/files.ts";

interface Case {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: (home: string) => Readonly<Record<string, string>>;
  readonly profile?: string;
  readonly before?: Files;
  /** All files afterwards; with words for the values of the session. */
  readonly after: Files;
  /** The file and why it is taken for its kind. */
  readonly says: string;
  /** Where STS is asked. */
  readonly region?: string;
}

const CONFIG = ".aws/config, the config file in use";
const HERS = "# mine\r\n[default]\r\nregion=eu-west-2 \r\n\r\n" +
  "[profile dev]\r\n  # why\r\nregion = eu-north-1\r\nAWS_Session_Token = old\r\ns3 =\r\n" +
  "  addressing_style = path\r\naws_access_key_id=AKIAOLD\r\n\r\n; end\r\n[profile z]\r\noutput=json";
const [, SECRET, , EXPIRY] = KEYS.split("\n");
const REST = [SECRET, EXPIRY, ""];
const NEW = `region = us-east-1\n${KEYS}`;

const CASES: readonly Case[] = [
  {
    name: "a new profile, no file yet",
    after: { ".aws/config": `[profile dev]\n${NEW}` },
    says: CONFIG,
  },
  {
    name: "default, no file yet",
    profile: "default",
    after: { ".aws/config": `[default]\n${NEW}` },
    says: CONFIG,
  },
  {
    name: "the credentials file, no file yet",
    args: ["--path", "~/.aws/credentials"],
    after: { ".aws/credentials": `[dev]\n${NEW}` },
    says: ".aws/credentials, the credentials file in use",
  },
  {
    name: "AWS_CONFIG_FILE, whatever its name",
    env: (home) => ({ AWS_CONFIG_FILE: `${home}/a/b/credentials` }),
    after: { "a/b/credentials": `[profile dev]\n${NEW}` },
    says: "a/b/credentials, the config file in use",
  },
  {
    name: "AWS_SHARED_CREDENTIALS_FILE, whatever its name",
    env: () => ({ AWS_SHARED_CREDENTIALS_FILE: "~/keys.ini" }),
    args: ["--path=~/keys.ini"],
    after: { "keys.ini": `[dev]\n${NEW}` },
    says: "keys.ini, the credentials file in use",
  },
  {
    name: "another file, by its name",
    args: ["--path=~/work.credentials"],
    after: { "work.credentials": `[dev]\n${NEW}` },
    says: "work.credentials, a credentials file judging by its name",
  },
  {
    name: "another file, by no name",
    args: ["--path=~/work"],
    after: { work: `[profile dev]\n${NEW}` },
    says: "work, a config file judging by its name",
  },
  {
    name: "--file-type decides over the name",
    args: ["--path=~/.aws/config", "--file-type", "credentials"],
    after: { ".aws/config": `[dev]\n${NEW}` },
    says: ".aws/config, a credentials file according to --file-type",
  },
  {
    name: "a profile among others, its own region asked and kept",
    before: { ".aws/config": HERS, ".aws/credentials": "[other]\naws_access_key_id = X\n" },
    after: {
      ".aws/config": HERS.replace("AWS_Session_Token = old", "aws_session_token = TOKEN")
        .replace("AKIAOLD\r\n", "ID\r\nREST").replace("REST", REST.join("\r\n")),
      ".aws/credentials": "[other]\naws_access_key_id = X\n",
    },
    says: CONFIG,
    region: "eu-north-1",
  },
  {
    name: "a profile without a region, and nobody names one",
    before: { ".aws/config": "[profile dev]\noutput = json\n" },
    after: { ".aws/config": `[profile dev]\noutput = json\n${KEYS}` },
    says: CONFIG,
  },
  {
    name: "a profile without a region, and a variable names one",
    before: { ".aws/config": "[profile dev]\noutput = json\n" },
    env: () => ({ AWS_REGION: "ap-south-1" }),
    after: { ".aws/config": `[profile dev]\noutput = json\nregion = ap-south-1\n${KEYS}` },
    says: CONFIG,
    region: "ap-south-1",
  },
  {
    name: "a profile's region gives way to --region",
    before: { ".aws/config": "[profile dev]\nregion = eu-west-1 \n" },
    args: ["--region", "us-west-2"],
    after: { ".aws/config": `[profile dev]\nregion = us-west-2\n${KEYS}` },
    says: CONFIG,
    region: "us-west-2",
  },
  {
    name: "the region of the profile in that very file counts, not of its namesake",
    before: { ".aws/config": "[profile dev]\nregion = eu-west-1\n", mine: "[profile dev]\n" },
    args: ["--path", "~/mine"],
    after: {
      ".aws/config": "[profile dev]\nregion = eu-west-1\n",
      mine: `[profile dev]\n${KEYS}`,
    },
    says: "mine, a config file judging by its name",
  },
  {
    name: "a new profile, its region named",
    before: { ".aws/config": "[profile a]\noutput = json" },
    args: ["--region", "us-west-2"],
    after: {
      ".aws/config": `[profile a]\noutput = json\n\n[profile dev]\nregion = us-west-2\n${KEYS}`,
    },
    says: CONFIG,
    region: "us-west-2",
  },
  {
    name: "[profile default] is updated where it stands",
    profile: "default",
    before: { ".aws/config": "[profile default]\noutput = json\n" },
    after: { ".aws/config": `[profile default]\noutput = json\n${KEYS}` },
    says: CONFIG,
  },
  {
    name: "--replace removes what would fight",
    before: {
      ".aws/config":
        "[profile dev]\ncredential_process = x\nregion = eu-west-1\nsso_session = y\n[sso-session y]\nsso_region = eu-west-1\n",
    },
    args: ["--replace"],
    after: {
      ".aws/config":
        `[profile dev]\nregion = eu-west-1\n${KEYS}[sso-session y]\nsso_region = eu-west-1\n`,
    },
    says: CONFIG,
    region: "eu-west-1",
  },
  {
    name: "the odd rest of a file stays",
    before: {
      ".aws/config": "\ufeff#\t\n\n  \n[plugins]\ncli_legacy = x\n\n\n[profile dev]\n\n\n",
    },
    after: {
      ".aws/config": `\ufeff#\t\n\n  \n[plugins]\ncli_legacy = x\n\n\n[profile dev]\n${KEYS}\n\n`,
    },
    says: CONFIG,
  },
];

for (const program of programs()) {
  Deno.test(`${program.name}: a session goes to the profile, and every other byte stays`, async () => {
    await someAtATime(CASES, 4, async (it) => {
      await using stage = setStage();
      putFiles(stage.home, it.before ?? {});
      const { profile = "dev" } = it;
      const seen = await signInOnce(stage, {
        program,
        args: ["--profile-to-update", profile, ...(it.args ?? [])],
        env: it.env?.(stage.home),
      });
      assert.equal(seen.code, 0, `${it.name}: ${seen.stderr}`);
      assert.equal(seen.stdout, "", it.name);
      assert.equal(headingOf(seen.page.text), "Signed in to AWS");
      const said = `Writing profile "${profile}" to ${stage.home}/${it.says}\n`;
      assert.ok(seen.stderr.includes(said), `${it.name}: ${seen.stderr}`);
      const went = `Wrote the credentials to profile "${profile}" in ${stage.home}/`;
      assert.ok(seen.stderr.includes(went), seen.stderr);
      // stdout is a pipe here, as an SDK's would be.
      assert.match(seen.stderr, /nothing is printed: a credential_process line must not/);
      assert.ok(
        seen.stderr.includes(`Requesting credentials from STS (${it.region ?? "us-east-1"})`),
        it.name,
      );
      assert.deepEqual(masked(filesOf(stage.home), stage.sts.handedOut[0]), it.after, it.name);
    });
  });

  Deno.test({
    name: `${program.name}: a new file is 0600 in folders of 0700, an old one keeps its mode`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const mode = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;
      await using stage = setStage();
      const args = ["--profile-to-update", "dev", "--path", "~/a/b/c/config"];
      assert.equal((await signInOnce(stage, { program, args })).code, 0);
      const folders = ["a", "a/b", "a/b/c"].map((folder) => mode(`${stage.home}/${folder}`));
      assert.deepEqual([...folders, mode(`${stage.home}/a/b/c/config`)], [
        0o700,
        0o700,
        0o700,
        0o600,
      ]);
      assert.deepEqual(names(`${stage.home}/a/b/c`), ["config"], "no lock and no copy is left");

      Deno.chmodSync(`${stage.home}/a/b/c/config`, 0o644);
      const seen = await signInOnce(stage, { program, args });
      assert.equal(seen.code, 0, seen.stderr);
      const warning =
        `Warning: Other users can read ${stage.home}/a/b/c/config; to protect it, run ` +
        `chmod 600 ${stage.home}/a/b/c/config\n`;
      assert.ok(seen.stderr.includes(warning), seen.stderr);
      assert.ok(seen.stderr.indexOf(warning) < seen.stderr.indexOf("Waiting on"), "before");
      assert.equal(mode(`${stage.home}/a/b/c/config`), 0o644, "theirs to change");
    },
  });

  Deno.test({
    name: `${program.name}: symlinks are followed and stay, dangling ones too`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      for (const before of ["# theirs\n", undefined]) {
        await using stage = setStage();
        Deno.mkdirSync(`${stage.home}/dotfiles`);
        Deno.mkdirSync(`${stage.home}/.aws`);
        if (before) Deno.writeTextFileSync(`${stage.home}/dotfiles/aws-config`, before);
        Deno.symlinkSync("../dotfiles/aws-config", `${stage.home}/.aws/config`);
        const seen = await signInOnce(stage, { program, args: ["--profile-to-update=dev"] });
        assert.equal(seen.code, 0, seen.stderr);
        assert.equal(Deno.readLinkSync(`${stage.home}/.aws/config`), "../dotfiles/aws-config");
        assert.deepEqual(masked(filesOf(stage.home), stage.sts.handedOut[0]), {
          "dotfiles/aws-config": `${before ? "# theirs\n\n" : ""}[profile dev]\n${NEW}`,
        });
        assert.deepEqual(names(`${stage.home}/dotfiles`), ["aws-config"]);
      }
    },
  });

  Deno.test(`${program.name}: eight drivers write eight profiles into one file at once`, async () => {
    const stages = Array.from({ length: 8 }, () => setStage());
    try {
      const [first] = stages;
      assert.ok(first);
      const file = `${first.home}/shared/config`;
      const drivers = await Promise.all(stages.map((stage, index) =>
        waitingDriver(stage, {
          program,
          args: ["--profile-to-update", `p${index}`],
          env: { AWS_CONFIG_FILE: file },
        })
      ));
      const pages = await Promise.all(
        stages.map((stage) => post(stage, stage.idp.signIn("alice").fields)),
      );
      const ends = await Promise.all(drivers.map(endOf));
      ends.forEach(({ code, stderr }) => assert.equal(code, 0, stderr));
      pages.forEach(({ status }) => assert.equal(status, 200));
      const text = stages.reduce(
        (files, { sts }) => masked(files, sts.handedOut[0]),
        filesOf(first.home),
      )["shared/config"];
      const wanted = stages.map((_, index) => `[profile p${index}]\n${NEW}`);
      assert.deepEqual(text?.split(/\n(?=\[)/).toSorted(), wanted.map((each) => each), "all whole");
      assert.deepEqual(names(`${first.home}/shared`), ["config"]);
    } finally {
      await Promise.all(stages.map((stage) => stage[Symbol.asyncDispose]()));
    }
  });
}

for (const kind of ["config", "credentials"] as const) {
  for (const profile of ["default", "a/b.c-d@e:f+g%_1"]) {
    const title = `${profileHeader(kind, profile)} of the ${kind} file is read back by`;
    Deno.test(`${title} the JavaScript SDK`, async () => {
      await using stage = setStage();
      const args = ["--profile-to-update", profile, "--path", `~/.aws/${kind}`];
      const { code, stderr } = await signInOnce(stage, { args });
      assert.equal(code, 0, stderr);
      const it = stage.sts.handedOut[0] ?? assert.fail();
      const text = Deno.readTextFileSync(`${stage.home}/.aws/${kind}`);
      const read = await readWithSmithy({ kind, text });
      assert.ok(read !== "refused");
      assert.equal(read[profile]?.["aws_secret_access_key"], it.secretAccessKey);
      assert.equal(read[profile]?.["aws_session_token"], it.sessionToken);
      assert.equal(read[profile]?.["region"], "us-east-1");
    });
  }
}
