import assert from "node:assert/strict";
import {
  type MachineSettings,
  machineSettings,
  parseMachineFile,
} from "../../../src/cli/settings/machine_source.ts";
import {
  flagSource,
  OPTION_NAMES,
  type OptionName,
  type OptionValues,
  readOptions,
  takeOptions,
  withMachine,
} from "../../../src/cli/options.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";
import { userErrorOf } from "../../support/checks.ts";
import { MACHINE_FILE } from "../../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_attributes.ts";

type Vars = Readonly<Record<string, string>>;

function machine(text: string, env: Vars = {}): MachineSettings {
  const settings = machineSettings({ path: MACHINE_FILE, text }, {
    os: "linux",
    env: (name) => env[name],
    warn: (message) => assert.fail(message),
  });
  assert.ok(settings);
  return settings;
}

/** What a command gets of a file and flags. */
function given(
  text: string,
  flags: Readonly<Record<string, string>> = {},
  env?: Vars,
): OptionValues {
  const raw = Object.fromEntries(Object.entries(flags).map(([name, each]) => [name, [each]]));
  return readOptions(OPTION_NAMES, withMachine(machine(text, env), [flagSource(raw)]));
}

Deno.test("parseMachineFile: settings of both sections, with their lines, in the order of the file", () => {
  const text = "\uFEFF# ours\r\n[defaults]\r\nStart-URL = https://idp.example/ # the tile\r\n\r\n" +
    "[required]\r\ncache = 0\r\nissuer=https://idp.example/\r\n";
  assert.deepEqual(parseMachineFile({ path: MACHINE_FILE, text }), [
    {
      section: "defaults",
      name: "start-url",
      key: "start-url",
      text: "https://idp.example/",
      line: 3,
    },
    { section: "required", name: "cache", key: "cache", text: "0", line: 6 },
    {
      section: "required",
      name: "start-url",
      key: "issuer",
      text: "https://idp.example/",
      line: 7,
    },
  ]);
  for (const empty of ["", "\n# nothing\n", "[defaults]\n", "[required]\n[defaults]\n"]) {
    assert.deepEqual(parseMachineFile({ path: MACHINE_FILE, text: empty }), []);
  }
});

const HERE = `of ${MACHINE_FILE}`;

const BAD: readonly [text: string, message: string, hint?: string][] = [
  ["cache = 1", `Cannot use line 1 ${HERE}: it comes before the first section`],
  [
    "[defaults]\ncache",
    `Cannot use line 2 ${HERE}: it is neither a section nor a property: it has no equals sign`,
  ],
  [
    "[default]\ncache = 1",
    `Unknown section [default] in line 1 ${HERE}`,
    "The sections are [defaults] and [required]",
  ],
  [
    "[defaults]\nstart_ulr = https://idp.example/",
    `Unknown setting "start_ulr" in line 2 ${HERE}`,
    "Did you mean start-url?",
  ],
  ["[defaults]\n--port = 1", `Unknown setting "--port" in line 2 ${HERE}`, "Did you mean port?"],
  [
    "[required]\nno-cache = true",
    `Unknown setting "no-cache" in line 2 ${HERE}`,
    "Use cache = false",
  ],
  ["[defaults]\nhttps-proxy = x", `Unknown setting "https-proxy" in line 2 ${HERE}`],
  [
    "[defaults]\n\nport = 0",
    `Cannot use port = 0 in line 3 ${HERE}: must be a whole number from 1 to 65535`,
  ],
  [
    "[required]\ncache = no",
    `Cannot use cache = no in line 2 ${HERE}: must be 1, true, 0 or false`,
  ],
  ["[defaults]\nidp =", `Cannot use idp =  in line 2 ${HERE}: must not be empty`],
  [
    "[defaults]\naccount = 111122223333 42",
    `Cannot use account = 42 in line 2 ${HERE}: must be a 12-digit account number`,
  ],
  [
    "[defaults]\npolicy-file = limits.json",
    `Cannot use policy-file = limits.json in line 2 ${HERE}: it must be an absolute path`,
  ],
  [
    "[defaults]\nport = 1\n 2",
    `Cannot use port = 1 2 in line 2 ${HERE}: its value must be on the same line`,
  ],
  [
    "[defaults]\nidp =\n a = b",
    `Cannot use idp =  in line 2 ${HERE}: its value must be on the same line`,
  ],
  [
    "[defaults]\nissuer = https://a.example/\nstart-url = https://b.example/",
    `Cannot use start-url = https://b.example/ in line 3 ${HERE}: line 2 sets issuer already`,
  ],
  [
    "[required]\ncache = 0\n[defaults]\nport = 8091\n[required]\ncache = 1",
    `Cannot use cache = 1 in line 6 ${HERE}: line 2 sets cache already`,
  ],
];

Deno.test("parseMachineFile: what is wrong is said with the file, the line and the key", () => {
  for (const [text, message, hint] of BAD) {
    assert.throws(() => parseMachineFile({ path: MACHINE_FILE, text }), (error) => {
      assert.ok(error instanceof UserError);
      assert.deepEqual([error.message, error.hint, error.exitCode], [message, hint, 2], text);
      return true;
    });
  }
});

Deno.test("parseMachineFile: what belongs to one call, one person or the relay is no setting", () => {
  const refused = OPTION_NAMES.filter((name) => {
    try {
      parseMachineFile({ path: MACHINE_FILE, text: `[defaults]\n${name} = /` });
      return false;
    } catch (error) {
      return /it is no setting for a whole machine$/.test(String(error));
    }
  });
  assert.deepEqual(refused.toSorted(), [
    ...["all", "assertion", "console", "container", "driver-port", "dry-run", "file-type"],
    ...["json", "listen", "on-write-failure", "path", "print", "print-url", "profile"],
    ...["profile-to-update", "prune", "replace", "shell", "trust-proxy"],
  ]);
});

const BOTH = "[defaults]\nport = 1111\naccount = 111122223333 444455556666\ntimeout = 1m\n" +
  "[required]\nport = 2222\ncache = false\n";

Deno.test("machineSettings: required wins over all, defaults fill in what is left", () => {
  const values = given(BOTH, { port: "3333", cache: "true", timeout: "2m" });
  assert.equal(values.port, 2222);
  assert.equal(values.cache, false);
  assert.deepEqual(values.timeout, { ms: 120_000 });
  assert.deepEqual(values.account, ["111122223333", "444455556666"]);
  assert.deepEqual(given(BOTH).timeout, { ms: 60_000 });
  const { from } = takeOptions(["port", "timeout"], withMachine(machine(BOTH), []));
  assert.deepEqual([from.port?.machine, from.timeout?.machine], ["required", "defaults"]);
});

const ALIKE = "[defaults]\nsso-url = https://ours.example/\nsso-binding = post\nidp = urn:ours\n" +
  `role-arn = ${DEFAULT_ROLE}\nsaml-provider-arn = ${DEFAULT_PROVIDER}\nbrowser = firefox\n`;

/** Which defaults of {@linkcode ALIKE} are left beside a flag or a variable. */
const LEFT: readonly [flag: Readonly<Record<string, string>>, env: Vars, left: string][] = [
  [{}, {}, "role-arn saml-provider-arn sso-url sso-binding idp browser"],
  // It may be another IdP's.
  [{ "start-url": "https://theirs.example/" }, {}, "role-arn saml-provider-arn browser"],
  [{ "idp-metadata": "/theirs.xml" }, {}, "role-arn saml-provider-arn browser"],
  [{ "force-authn": "true" }, {}, "role-arn saml-provider-arn sso-url sso-binding idp browser"],
  // It may be in another account.
  [{ "role-arn": DEFAULT_ROLE }, {}, "sso-url sso-binding idp browser"],
  [{}, { BROWSER: "w3m" }, "role-arn saml-provider-arn sso-url sso-binding idp"],
  [{}, { BROWSER: "" }, "role-arn saml-provider-arn sso-url sso-binding idp browser"],
];

Deno.test("machineSettings: defaults give way to what says the same in other words", () => {
  for (const [flag, env, left] of LEFT) {
    const ofFile = Object.keys(given(ALIKE, flag, env)).filter((name) => !(name in flag));
    assert.deepEqual(ofFile.toSorted(), left.split(" ").toSorted(), JSON.stringify({ flag, env }));
  }
});

const OVERRULED: readonly [name: OptionName, text: string, message: string | undefined][] = [
  ["cache", "true", `Ignored --cache=true: cache = 0 in line 2 ${HERE} is required`],
  ["cache", "false", undefined],
  ["port", "8090", `Ignored --port 8090: port = 0999 in line 3 ${HERE} is required`],
  ["port", "999", undefined],
  ["port", "nonsense", `Ignored --port nonsense: port = 0999 in line 3 ${HERE} is required`],
  ["timeout", "1h", undefined],
];

Deno.test("machineSettings: a flag that gives way is said with what is required, unless it means the same", () => {
  const { overruled } = machine("[required]\ncache = 0\nport = 0999\n[defaults]\ntimeout = 1m\n");
  for (const [name, text, message] of OVERRULED) {
    const told = overruled(flagSource({ [name]: [text] }));
    assert.deepEqual(told, message === undefined ? [] : [message]);
  }
});

Deno.test("machineSettings: a file that is not believed is refused; on Windows, where anybody can make it, ignored", () => {
  const file = { path: MACHINE_FILE, risk: "/etc can be written by every user" };
  const warnings: string[] = [];
  const world = { env: () => undefined, warn: (message: string) => void warnings.push(message) };
  for (const os of ["linux", "darwin"] as const) {
    const error = userErrorOf(() => machineSettings(file, { ...world, os }));
    assert.equal(error.code, "machine-file-untrusted");
    assert.equal(error.exitCode, ExitCode.USAGE);
    assert.equal(error.message, `Cannot use ${MACHINE_FILE}: ${file.risk}`);
  }
  assert.deepEqual(warnings, []);
  assert.equal(machineSettings(file, { ...world, os: "windows" }), undefined);
  assert.deepEqual(warnings, [
    `Ignored ${MACHINE_FILE}, since others may have written it: ${file.risk}`,
  ]);
});
