import assert from "node:assert/strict";
import { keyChange, prepareProfile, type ProfileTarget } from "../../src/delivery/profile.ts";
import { userErrorFrom } from "../support/checks.ts";
import { exchangedFake, FAKE_SECRETS } from "../support/fakes.ts";
import { HAS_BOTOCORE, NEEDS_BOTOCORE } from "../profiles/readers.ts";
import { inFolder, modeOf, names, POSIX, read } from "../system/files.ts";

const { credentials } = exchangedFake();
const KEYS = [
  "aws_access_key_id = ASIAFAKE",
  "aws_secret_access_key = fakeSecretAccessKey",
  "aws_session_token = fakeSessionToken",
  "x_security_token_expires = 2026-11-23T13:00:00Z",
  "",
].join("\n");
const UNNAMED = { name: "us-east-1", named: false };
const NAMED = { name: "eu-west-1", named: true };

function target(folder: string, more: Partial<ProfileTarget> = {}): ProfileTarget {
  const files = { config: `${folder}/config`, credentials: `${folder}/credentials` };
  return {
    name: "dev",
    file: { path: files.config, kind: "config", description: "the file of a test" },
    files,
    replace: false,
    ...more,
  };
}

Deno.test("prepareProfile: changes nothing, and then writes the keys and the region by its rules", async () => {
  const table: readonly [before: string | undefined, unnamed: string, named: string][] = [
    [
      undefined,
      `[profile dev]\nregion = us-east-1\n${KEYS}`,
      `[profile dev]\nregion = eu-west-1\n${KEYS}`,
    ],
    ["[profile dev]\n", `[profile dev]\n${KEYS}`, `[profile dev]\nregion = eu-west-1\n${KEYS}`],
    [
      "[profile dev]\nREGION = eu-north-1 # kept\n",
      `[profile dev]\nREGION = eu-north-1 # kept\n${KEYS}`,
      `[profile dev]\n# kept\nregion = eu-west-1\n${KEYS}`,
    ],
    [
      "[profile a]\r\n",
      `[profile a]\r\n\r\n[profile dev]\r\nregion = us-east-1\r\n${KEYS.replaceAll("\n", "\r\n")}`,
      `[profile a]\r\n\r\n[profile dev]\r\nregion = eu-west-1\r\n${KEYS.replaceAll("\n", "\r\n")}`,
    ],
  ];
  for (const [before, unnamed, named] of table) {
    for (const [region, wanted] of [[UNNAMED, unnamed], [NAMED, named]] as const) {
      await inFolder(async (folder) => {
        if (before !== undefined) {
          Deno.writeTextFileSync(`${folder}/config`, before, { mode: 0o600 });
        }
        const writer = await prepareProfile(target(folder));
        assert.deepEqual(names(folder), before === undefined ? [] : ["config"]);
        if (before !== undefined) assert.equal(read(`${folder}/config`), before);
        const said = await writer.write(credentials, region);
        const sentence = `Wrote the credentials to profile "dev" in ${folder}/config`;
        assert.deepEqual(said, { sentence, warnings: [] });
        assert.equal(read(`${folder}/config`), wanted);
        assert.deepEqual(names(folder), ["config"]);
        const odd = `Line 2 of ${folder}/config has a comment after the value, which Python SDKs ` +
          "treat as part of the value";
        assert.deepEqual(writer.remarks, [
          {
            warning: false,
            text: `Writing profile "dev" to ${folder}/config, the file of a test`,
          },
          ...before?.includes(" #") ? [{ warning: true, text: odd }] : [],
        ]);
      });
    }
  }
});

Deno.test("prepareProfile: a second session takes the first one's place, line by line", () =>
  inFolder(async (folder) => {
    const writer = await prepareProfile(target(folder));
    await writer.write(credentials, UNNAMED);
    const path = `${folder}/config`;
    Deno.writeTextFileSync(path, read(path).replace("us-east-1", "mine-1") + "output = json\n");
    const later = {
      ...credentials,
      accessKeyId: "ASIALATER",
      expiration: credentials.expiration + 1999,
    };
    await writer.write(later, UNNAMED);
    assert.equal(
      read(path),
      `[profile dev]\nregion = mine-1\n${KEYS}output = json\n`
        .replace("ASIAFAKE", "ASIALATER").replace("13:00:00Z", "13:00:01Z"),
      "the expiry is cut, never rounded up",
    );
  }));

// Read in the moment in which another program had emptied it, the file had no such profile, and somebody
// signed in before the refusal came.
Deno.test("prepareProfile: is not fooled by a file that another program is writing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    const then = (ms: number, text: string) =>
      new Promise<void>((resolve) =>
        setTimeout(() => {
          Deno.writeTextFileSync(path, text);
          resolve();
        }, ms)
      );
    Deno.writeTextFileSync(path, "", { mode: 0o600 });
    const filled = then(60, "[profile dev]\nrole_arn = x\n");
    const error = await userErrorFrom(prepareProfile(target(folder)));
    await filled;
    assert.equal(error.code, "profile-conflict");

    Deno.writeTextFileSync(path, "[profile dev]\noutput");
    const whole = then(30, "[profile dev]\noutput = json\n");
    const writer = await prepareProfile(target(folder));
    await whole;
    await writer.write(credentials, UNNAMED);
    assert.equal(read(path), `[profile dev]\noutput = json\n${KEYS}`);
  }));

/** Two names of a session's token, and the account that the keys are of: all of an earlier session. */
const OLD = "[profile dev]\nAWS_Security_Token = old\naws_access_key_id = AKIAOLD\n" +
  "aws_secret_access_key = old\naws_session_token = old\naws_account_id = 999999999999\n";

// saml2aws and older tools write aws_security_token: botocore takes it before aws_session_token, so the
// new keys went to AWS with the old token, which was refused until somebody found the line.
Deno.test("prepareProfile: the token's old name and the account are kept in step, and never added", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    Deno.writeTextFileSync(path, OLD, { mode: 0o600 });
    await (await prepareProfile(target(folder))).write(credentials, UNNAMED);
    assert.equal(
      read(path),
      "[profile dev]\naws_security_token = fakeSessionToken\naws_access_key_id = ASIAFAKE\n" +
        "aws_secret_access_key = fakeSecretAccessKey\naws_session_token = fakeSessionToken\n" +
        "aws_account_id = 111122223333\nx_security_token_expires = 2026-11-23T13:00:00Z\n",
    );
  }));

const ASK_BOTOCORE = "import botocore.session as s, json; " +
  "k = s.Session(profile='dev').get_credentials(); " +
  "print(json.dumps([k.access_key, k.secret_key, k.token, k.account_id]))";

for (const kind of ["config", "credentials"] as const) {
  Deno.test({
    name: `prepareProfile: botocore reads nothing of the old session in ${kind}${NEEDS_BOTOCORE}`,
    ignore: !HAS_BOTOCORE,
    fn: () =>
      inFolder(async (folder) => {
        const { files } = target(folder);
        const path = files[kind];
        const before = kind === "config" ? OLD : OLD.replace("profile ", "");
        Deno.writeTextFileSync(path, before, { mode: 0o600 });
        const file = { path, kind, description: "" };
        await (await prepareProfile(target(folder, { file }))).write(credentials, UNNAMED);
        const { stdout, stderr } = await new Deno.Command("python3", {
          args: ["-c", ASK_BOTOCORE],
          env: { AWS_CONFIG_FILE: files.config, AWS_SHARED_CREDENTIALS_FILE: files.credentials },
        }).output();
        const printed = new TextDecoder().decode(stdout);
        assert.notEqual(printed, "", new TextDecoder().decode(stderr));
        assert.deepEqual(JSON.parse(printed), [
          ...["ASIAFAKE", "fakeSecretAccessKey", "fakeSessionToken", "111122223333"],
        ]);
      }),
  });
}

Deno.test("prepareProfile: what was written meanwhile is kept, or refused as before", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    const writer = await prepareProfile(target(folder));
    Deno.writeTextFileSync(path, "[profile dev]\noutput = json\n", { mode: 0o600 });
    await writer.write(credentials, UNNAMED);
    assert.equal(read(path), `[profile dev]\noutput = json\n${KEYS}`);
    Deno.writeTextFileSync(path, "[profile dev]\nrole_arn = x\n");
    const error = await userErrorFrom(writer.write(credentials, UNNAMED), FAKE_SECRETS);
    assert.deepEqual([error.code, error.exitCode], ["profile-conflict", 8]);
    assert.equal(read(path), "[profile dev]\nrole_arn = x\n");
  }));

Deno.test({
  name: "prepareProfile: warns of a file that others can read",
  ignore: !POSIX,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/config`;
      Deno.writeTextFileSync(path, "");
      for (const [mode, warned] of [[0o644, 1], [0o640, 1], [0o604, 1], [0o600, 0], [0o700, 0]]) {
        Deno.chmodSync(path, mode ?? 0);
        const { remarks } = await prepareProfile(target(folder));
        const said = `Other users can read ${path}; to protect it, run chmod 600 ${path}`;
        const warnings = remarks.filter(({ warning }) => warning).map(({ text }) => text);
        assert.deepEqual(warnings, warned ? [said] : []);
        assert.equal(modeOf(path), mode);
      }
    }),
});

Deno.test("prepareProfile: a file that cannot be read is told as that", () =>
  inFolder(async (folder) => {
    const path = `${folder}/${"x".repeat(300)}`;
    const file = { path, kind: "config", description: "" } as const;
    const error = await userErrorFrom(prepareProfile(target(folder, { file })));
    assert.match(error.message, /^Cannot read /);
  }));

Deno.test("prepareProfile: a file that cannot be edited is named", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/config`, "no section\n", { mode: 0o600 });
    const error = await userErrorFrom(prepareProfile(target(folder)));
    assert.ok(error.message.includes(`${folder}/config`), error.message);
  }));

Deno.test("prepareProfile: looks into the other file, whichever is written", async () => {
  const table: readonly [
    kind: "config" | "credentials",
    other: string,
    refused: string | undefined,
  ][] = [
    ["config", "[dev]\naws_access_key_id = x\n", "aws_access_key_id on line 2"],
    ["config", "[dev]\nrole_arn = x\n", "role_arn on line 2"],
    ["config", "[other]\naws_access_key_id = x\n", undefined],
    ["config", "[profile dev]\naws_access_key_id = x\n", undefined],
    ["config", "[dev]\nregion = x\n", undefined],
    ["credentials", "[profile dev]\ncredential_process = x\n", "credential_process on line 2"],
    ["credentials", "[profile dev]\nsso_session = x\n", "sso_session on line 2"],
    // The credentials file's win over these.
    ["credentials", "[profile dev]\naws_access_key_id = x\n", undefined],
    ["credentials", "[dev]\nrole_arn = x\n", undefined],
  ];
  for (const [kind, text, refused] of table) {
    await inFolder(async (folder) => {
      const it = target(folder);
      const [own, other] = kind === "config"
        ? [it.files.config, it.files.credentials]
        : [it.files.credentials, it.files.config];
      Deno.writeTextFileSync(other, text, { mode: 0o600 });
      const prepared = prepareProfile({ ...it, file: { path: own, kind, description: "" } });
      if (refused === undefined) {
        await (await prepared).write(credentials, UNNAMED);
        assert.equal(read(other), text, "the other file stays");
      } else {
        const error = await userErrorFrom(prepared);
        assert.deepEqual([error.code, error.exitCode], ["profile-shadowed", 8]);
        assert.ok(
          error.message.includes(`${refused} of ${other} would override it`),
          error.message,
        );
      }
    });
  }
});

// A sign-in takes minutes. The keys went to the profile, other keys won, and it was said that all was well;
// to refuse it then would lose a session that is in place.
Deno.test("prepareProfile: what came into the other file during the sign-in is warned about", () =>
  inFolder(async (folder) => {
    const it = target(folder);
    const writer = await prepareProfile(it);
    Deno.writeTextFileSync(it.files.credentials, "[dev]\n\naws_access_key_id = x\n");
    const { sentence, warnings } = await writer.write(credentials, UNNAMED);
    assert.equal(sentence, `Wrote the credentials to profile "dev" in ${folder}/config`);
    assert.deepEqual(warnings, [
      'Profile "dev" is written, but there is a conflict: aws_access_key_id on line 3 of ' +
      `${folder}/credentials would override it`,
    ]);
    assert.equal(read(`${folder}/config`), `[profile dev]\nregion = us-east-1\n${KEYS}`);
    Deno.removeSync(it.files.credentials);
    Deno.mkdirSync(it.files.credentials);
    const [unread, ...more] = (await writer.write(credentials, UNNAMED)).warnings;
    assert.match(unread ?? "", /^Could not check the other shared file: .* it is a folder/);
    assert.deepEqual(more, []);
  }));

Deno.test("prepareProfile: a process that came into the config file meanwhile is warned about as well", () =>
  inFolder(async (folder) => {
    const { files } = target(folder);
    const file = { path: files.credentials, kind: "credentials", description: "" } as const;
    const writer = await prepareProfile(target(folder, { file }));
    Deno.writeTextFileSync(files.config, "[profile dev]\ncredential_process = x\n");
    const { warnings } = await writer.write(credentials, UNNAMED);
    assert.match(
      warnings.join("\n"),
      /there is a conflict: credential_process on line 2 of .*config/,
    );
  }));

Deno.test("prepareProfile: a region that could not be changed is refused before the sign-in", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/config`, "[profile dev]\nregion: x\n", { mode: 0o600 });
    assert.equal((await userErrorFrom(prepareProfile(target(folder)))).code, "profile-ambiguous");
  }));

// --region eu-west-1 was written to config, and every SDK went on with the credentials file's.
Deno.test("prepareProfile: a named region that the credentials file overrules is warned about", async () => {
  for (const [region, warned] of [[NAMED, true], [UNNAMED, false]] as const) {
    await inFolder(async (folder) => {
      const it = target(folder);
      Deno.writeTextFileSync(it.files.credentials, "[dev]\nregion = eu-north-1\n");
      const { warnings } = await (await prepareProfile(it)).write(credentials, region);
      const said = 'Region eu-west-1 of profile "dev" is overridden by region on line 2 of ' +
        `${folder}/credentials`;
      assert.deepEqual(warnings, warned ? [said] : []);
    });
  }
});

Deno.test("prepareProfile: with replace only what fights goes", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    const text = "[profile dev]\nsso_session = x\n# mine\ncredential_process = y\ncli_pager =\n";
    Deno.writeTextFileSync(path, text, { mode: 0o600 });
    const error = await userErrorFrom(prepareProfile(target(folder)));
    assert.match(error.message, /sso_session on line 2 and credential_process on line 4/);
    assert.equal(read(path), text);
    const writer = await prepareProfile(target(folder, { replace: true }));
    assert.equal(read(path), text, "not yet");
    await writer.write(credentials, UNNAMED);
    assert.equal(read(path), `[profile dev]\n# mine\ncli_pager =\n${KEYS}`);
  }));

Deno.test("prepareProfile: one file for both kinds does not shadow itself", () =>
  inFolder(async (folder) => {
    const path = `${folder}/both`;
    Deno.writeTextFileSync(path, "[default]\naws_access_key_id = x\n", { mode: 0o600 });
    const it = target(folder, { name: "default", files: { config: path, credentials: path } });
    const writer = await prepareProfile({ ...it, file: { path, kind: "config", description: "" } });
    await writer.write(credentials, UNNAMED);
    assert.equal(read(path), `[default]\n${KEYS}`);
  }));

// `sync --dry-run` shows the change before there are keys.
Deno.test("keyChange: without keys nothing goes", () => {
  const set = { region: "eu-west-1" };
  const said = { key: "x_principal_arn", value: "arn:x", line: 1, sub: new Map() };
  assert.deepEqual(keyChange([said], set), { set, remove: [] });
});

const fixture = (name: string) =>
  Deno.readTextFileSync(new URL(`../fixtures/shared_files/${name}`, import.meta.url));

// A prompt and the tool that had written the file went on to show another account, and 2022.
Deno.test("prepareProfile: what is said of the old keys goes, or is kept in step, and that is said", () =>
  inFolder(async (folder) => {
    const before = fixture("09-stale-metadata.credentials");
    const path = `${folder}/credentials`;
    Deno.writeTextFileSync(path, `${before}azure_default_role_arn = arn:x # mine\n`, {
      mode: 0o600,
    });
    const file = { path, kind: "credentials", description: "the file of a test" } as const;
    const writer = await prepareProfile(target(folder, { file }));
    assert.deepEqual(
      writer.remarks.filter(({ text, warning }) =>
        !warning && /x_principal_arn on line 5 .*aws_role_arn on line 6/.test(text)
      ).length,
      1,
    );
    await writer.write(credentials, UNNAMED);
    assert.equal(
      read(path),
      "[dev]\naws_access_key_id = ASIAFAKE\naws_secret_access_key = fakeSecretAccessKey\n" +
        "aws_session_token = fakeSessionToken\naws_session_expiration = 2026-11-23T13:00:00.000Z\n" +
        "aws_credential_expiration = 2026-11-23T13:00:00+00:00\nazure_default_role_arn = arn:x # mine\n" +
        "x_security_token_expires = 2026-11-23T13:00:00Z\n",
    );
  }));

Deno.test("prepareProfile: a line of another profile that strict SDKs refuse is said before the sign-in", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/config`, fixture("12-empty-subproperty.config"));
    const { remarks } = await prepareProfile(target(folder));
    const said = remarks.filter(({ warning }) => warning).map(({ text }) => text).join("\n");
    assert.match(said, /^Line 3 of .*\/config makes SDKs .*\bC\b.*PHP/m);
  }));

Deno.test("prepareProfile: a comment that moves out of its line is not indented, as PHP's SDK wants it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    Deno.writeTextFileSync(path, fixture("07-php-comment.config"), { mode: 0o600 });
    const writer = await prepareProfile({ ...target(folder), name: "web" });
    await writer.write(credentials, NAMED);
    assert.match(
      read(path),
      /\n\[profile web\]\n# was Dublin \(keep!\)\n {2}region = eu-west-1\n {2}aws_/,
    );
  }));
