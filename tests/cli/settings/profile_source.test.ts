import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { OPTION_NAMES, type OptionName } from "../../../src/cli/options.ts";
import {
  profileProperties,
  type ProfileSource,
  profileSource,
} from "../../../src/cli/settings/profile_source.ts";
import { userErrorFrom, userErrorOf } from "../../support/checks.ts";
import { inFolder } from "../../system/files.ts";

interface Files {
  readonly config?: string;
  readonly credentials?: string;
}

interface World {
  readonly os?: "linux" | "windows";
  readonly self?: readonly string[];
}

/** Reads profile "x" of these files. */
async function sourceOf(files: Files, { os = "linux", self = ["/bin/self"] }: World = {}) {
  let source: ProfileSource | undefined;
  await inFolder(async (folder) => {
    const env = (name: string) =>
      ({
        AWS_CONFIG_FILE: `${folder}/config`,
        AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials`,
      })[name];
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
    }
    source = await profileSource("x", COMMANDS[0], { env, expand: (it) => it, os, self });
  });
  assert.ok(source);
  return source;
}

const line = (text: string): Files => ({ config: `[profile x]\ncredential_process = ${text}\n` });

/** Everything that a source has. */
function taken(source: ProfileSource): Record<string, readonly string[]> {
  const names = OPTION_NAMES;
  return Object.fromEntries(names.flatMap((name) => {
    const texts = source.texts(name);
    return texts === undefined ? [] : [[name, texts]];
  }));
}

Deno.test("profileSource: the flags of the driver's own line, whatever way it is written", async () => {
  const port = { port: ["1"] };
  const table: readonly [text: string, flags: Record<string, readonly string[]>, World?][] = [
    ["stssamldriver --port 1", port],
    ["/a/b/stssamldriver --port=1", port],
    ['"/my apps/stssamldriver" credentials --port "1"', port],
    ["'/my apps/stssamldriver' '--port' 1", port],
    ['/"my apps/stssamldriver" --port 1', port],
    ["/a/StsSamlDriver.EXE --port 1", port],
    ['"C:\\Program Files\\stssamldriver.exe" --port 1', port, { os: "windows" }],
    ["C:\\b\\stssamldriver.exe --port 1", port, { os: "windows" }],
    ["/bin/deno run main.ts --port 1", port, { self: ["/bin/deno", "run", "main.ts"] }],
    ["stssamldriver --port 1 --port 2", { port: ["1", "2"] }],
    ["stssamldriver --account 1 --account 2", { account: ["1", "2"] }],
    ["stssamldriver --cache --no-verbose", { cache: ["true"], verbose: ["false"] }],
    ["stssamldriver", {}],
    ["stssamldriver login --port 1", port],
    ["stssamldriver creds --port 1", port],
    // Not ours.
    ["", {}],
    ["/bin/other --port 1", {}],
    ["sh -c 'stssamldriver --port 1'", {}],
    ["/opt/stssamldriver-wrapper --port 1", {}],
    ["/opt/Stssamldriver --port 1", {}],
    ["/opt/stssamldriver.sh --port 1", {}],
    ["/opt/stssamldriver/run --port 1", {}],
    ["/bin/other $(stssamldriver --port 1)", {}],
    ["/bin/deno run other.ts --port 1", {}, { self: ["/bin/deno", "run", "main.ts"] }],
    ["env X=1 stssamldriver --port 1", {}],
  ];
  for (const [text, flags, world] of table) {
    const source = await sourceOf(line(text), world);
    assert.deepEqual(taken(source), flags, text);
    assert.deepEqual(source.remarks, [], text);
  }
});

Deno.test("profileSource: keys, as a person or setup writes them", async () => {
  const source = await sourceOf({
    config: [
      "[profile x]",
      "stssamldriver_issuer = https://idp.example/a;b?c=%20$d",
      "StsSamlDriver_Duration_Seconds = 900",
      "stssamldriver_policy_arn =  arn:a \t arn:b ",
      "stssamldriver_role_filter = Dev*",
      "stssamldriver_cache = 1",
      "stssamldriver_nonsense = x",
      "stssamldriver_ = x",
      "port = 2",
      "[profile y]",
      "stssamldriver_port = 1",
    ].join("\n"),
  });
  assert.deepEqual(taken(source), {
    "start-url": ["https://idp.example/a;b?c=%20$d"],
    "duration-seconds": ["900"],
    "policy-arn": ["arn:a", "arn:b"],
    "role-filter": ["Dev*"],
    cache: ["1"],
  });
  assert.equal(source.describe("port", "0"), 'port 0 of profile "x"');
  assert.equal(source.describe("port", ""), 'port "" of profile "x"');
});

Deno.test("profileSource: a key by the original's name is taken, and the option's own wins", async () => {
  const old = "stssamldriver_issuer = https://old.example";
  const own = "stssamldriver_start_url = https://new.example";
  for (
    const [keys, url] of [
      [[old], "https://old.example"],
      [[own], "https://new.example"],
      [[old, own], "https://new.example"],
      [[own, old], "https://new.example"],
    ] as const
  ) {
    const source = await sourceOf({ config: `[profile x]\n${keys.join("\n")}\n` });
    assert.deepEqual(taken(source), { "start-url": [url] }, keys.join());
    assert.deepEqual(source.remarks, []);
  }
  const line = "[profile x]\ncredential_process = stssamldriver --issuer https://line.example\n";
  const ofLine = await sourceOf({ config: line });
  assert.deepEqual(taken(ofLine), { "start-url": ["https://line.example"] });
});

Deno.test("profileSource: the line before keys, the credentials file before the config file", async () => {
  const config = "[profile x]\ncredential_process = stssamldriver --port 1\n" +
    "stssamldriver_port = 2\nstssamldriver_timeout = 1s\nstssamldriver_idp = a\n";
  const credentials = "[x]\nstssamldriver_idp = b\n[profile x]\nstssamldriver_timeout = 9s\n";
  assert.deepEqual(taken(await sourceOf({ config, credentials })), {
    port: ["1"],
    timeout: ["1s"],
    idp: ["b"],
  });
  assert.deepEqual(taken(await sourceOf({ credentials })), { idp: ["b"] });
});

Deno.test("profileSource: what a profile must not decide is said, each once, and not taken", async () => {
  const flags = "--profile other --path /p --browser b --profile-to-update y";
  const keys = "stssamldriver_profile = o\nstssamldriver_path = /p\n" +
    "stssamldriver_browser = b\nstssamldriver_profile_to_update = y\n";
  const said = ["profile", "path", "browser", "profile-to-update"]
    .map((flag) => `Ignored --${flag} in profile "x": it is not read from profiles`);
  const both = `[profile x]\ncredential_process = stssamldriver ${flags}\n${keys}`;
  for (const config of [line(`stssamldriver ${flags}`).config, `[profile x]\n${keys}`, both]) {
    const source = await sourceOf({ ...(config !== undefined && { config }) });
    assert.deepEqual(taken(source), {});
    assert.deepEqual(source.remarks.toSorted(), said.toSorted());
  }
  // Of these the line speaks for itself: setup wrote it.
  assert.deepEqual((await sourceOf(line("stssamldriver --profile x"))).remarks, []);
  const named = await sourceOf(line("stssamldriver --path x --browser x"));
  assert.equal(named.remarks.length, 2, "a path may well be named as the profile");
});

// stssamldriver_durations_seconds = 900 was read past in silence: the session was an hour long.
Deno.test("profileSource: a key that is no setting is remarked on, with what was meant", async () => {
  const source = await sourceOf({
    config: "[profile x]\nStsSamlDriver_Durations_Second = 900\nstssamldriver_nonsense = SECRET\n" +
      "stssamldriver_ = x\nstssaml_port = 1\nstssamldriver_replace = true\n",
    credentials: "[x]\nstssamldriver_isuer = https://idp.example\n",
  });
  assert.deepEqual(taken(source), {});
  assert.deepEqual(source.remarks, [
    'Ignored --replace in profile "x": it is not read from profiles',
    'Unknown setting stssamldriver_durations_second in profile "x"; did you mean ' +
    "stssamldriver_duration_seconds?",
    'Unknown setting stssamldriver_nonsense in profile "x"',
    'Unknown setting stssamldriver_ in profile "x"',
    'Unknown setting stssamldriver_isuer in profile "x"; did you mean ' +
    "stssamldriver_issuer?",
  ]);
});

Deno.test("profileSource: a line of ours that cannot be understood is refused, exit 2", async () => {
  const table: readonly [text: string, says: RegExp][] = [
    ["stssamldriver --port", /: --port needs a value$/],
    ["stssamldriver --prot 1", /: Unknown flag --prot$/],
    ["stssamldriver exec", /: Unexpected argument "exec"$/],
    ["stssamldriver login login", /: Unexpected argument "login"$/],
    ["stssamldriver --issuer https://x?a=1&b=2", /: shells and SDKs would not all split it/],
    ["/opt/stssamldriver --issuer $URL", /: shells and SDKs/],
    ['"/my apps/stssamldriver" `id`', /: shells and SDKs/],
    ["stssamldriver 'open", /: shells and SDKs/],
    ["StsSamlDriver.exe *", /: shells and SDKs/],
  ];
  for (const [text, says] of table) {
    const error = await userErrorFrom(sourceOf(line(text)));
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /^Cannot use the credential_process of profile "x": /);
    assert.match(error.message, says);
  }
});

Deno.test("profileSource: a profile that is nowhere is refused, and --profile-to-update named", async () => {
  for (const config of ["", "[x]\nregion = y\n", "[profile X]\n", "[profile x.y]\n"]) {
    const error = await userErrorFrom(sourceOf({ config }));
    assert.deepEqual([error.code, error.exitCode], ["profile-missing", 2]);
    assert.equal(error.message, 'There is no profile "x" in the shared AWS files');
    assert.match(error.hint ?? "", /--profile-to-update$/);
  }
});

/** A profile's properties, and by which of them its credentials come; `undefined` for by this program. */
const ELSEWHERE: readonly (readonly [files: Files, by: string | undefined])[] = [
  [line("stssamldriver --port 8091"), undefined],
  [line("/bin/self --port 8091"), undefined],
  [{ config: "[profile x]\nregion = eu-west-1\n" }, undefined],
  [
    { config: "[profile x]\nstssamldriver_role_arn = a\ncredential_process = wrapper\n" },
    undefined,
  ],
  // What --profile-to-update wrote into it.
  [{ ...line("stssamldriver"), credentials: "[x]\naws_access_key_id = A\n" }, undefined],
  [{ config: "[profile x]\nrole_arn = r\nsource_profile = base\n" }, "role_arn"],
  [{ config: "[profile x]\nROLE_ARN = r\nweb_identity_token_file = /f\n" }, "role_arn"],
  [{ config: "[profile x]\nrole_arn = r\ncredential_process = stssamldriver\n" }, "role_arn"],
  [{ credentials: "[x]\nrole_arn = r\ncredential_source = Environment\n" }, "role_arn"],
  [{ config: "[profile x]\nsso_session = corp\nsso_account_id = 1\n" }, "sso_session"],
  [{ config: "[profile x]\nsso_start_url = https://x\n" }, "sso_start_url"],
  [{ config: "[profile x]\nlogin_session = arn:aws:iam::1:user/u\n" }, "login_session"],
  [line("aws-vault export x"), "credential_process"],
  [{ credentials: "[x]\naws_access_key_id = A\naws_secret_access_key = B\n" }, "aws_access_key_id"],
];

Deno.test("profileSource: a profile whose credentials come in another way is told from ours", async () => {
  for (const [files, by] of ELSEWHERE) {
    const { elsewhere } = await sourceOf(files);
    assert.equal(/\((\w+)\)$/.exec(elsewhere?.message ?? "")?.[1], by, JSON.stringify(files));
    if (by !== undefined) assert.match(elsewhere?.hint ?? "", /AWS_PROFILE=x/);
  }
});

Deno.test("profileProperties: one file alone, when it is named", () =>
  inFolder((folder) => {
    const env = (name: string) =>
      name === "AWS_CONFIG_FILE" ? `${folder}/config` : `${folder}/none`;
    const deps = { env, expand: (path: string) => path };
    Deno.writeTextFileSync(`${folder}/config`, "[profile x]\nregion = a\n");
    Deno.writeTextFileSync(`${folder}/other`, "[x]\noutput = json\n");
    const region = (only?: Parameters<typeof profileProperties>[2]) =>
      profileProperties("x", deps, only)?.get("region")?.value;
    assert.equal(region(), "a");
    const other = { path: `${folder}/other`, description: "" };
    assert.equal(region({ ...other, kind: "credentials" }), undefined);
    assert.equal(profileProperties("x", deps, { ...other, kind: "config" }), undefined);
  }));

// A profile that came along sent the keys to the host of its stssamldriver_signin_url.
Deno.test("profileSource: keys name no endpoint and no file; the driver's own line may", async () => {
  const table: readonly [flag: OptionName, text: string][] = [
    ["signin-url", "https://evil.example/"],
    ["console-url", "https://evil.example/"],
    ["console-destination", "https://evil.example/"],
    ["console-destination", "//evil.example"],
    ["policy-file", "/etc/passwd"],
    ["account-names", "/etc/passwd"],
    ["tls-cert", "/etc/passwd"],
    ["tls-key", "/etc/passwd"],
  ];
  for (const [flag, text] of table) {
    const key = `stssamldriver_${flag.replaceAll("-", "_")}`;
    const source = await sourceOf({ config: `[profile x]\n${key} = ${text}\n` });
    const error = userErrorOf(() => source.texts(flag));
    assert.deepEqual([error.code, error.exitCode], ["profile-key", 2], flag);
    assert.match(error.message, new RegExp(`^Cannot use ${key} of profile "x": `));
    assert.ok(!error.message.includes(text));
    const ofLine = await sourceOf({
      config: `[profile x]\ncredential_process = stssamldriver --${flag} ${text}\n${key} = other\n`,
    });
    assert.deepEqual(ofLine.texts(flag), [text]);
  }
  const service = await sourceOf({
    config: "[profile x]\nstssamldriver_console_destination = s3\n",
  });
  assert.deepEqual(taken(service), { "console-destination": ["s3"] });
});
