import assert from "node:assert/strict";
import {
  flagSource,
  isOptionName,
  isSwitch,
  namesOf,
  OPTION_NAMES,
  type OptionName,
  optionNamed,
  optionOf,
  OPTIONS,
  type OptionSource,
  readOptions,
  SIGN_IN_OPTIONS,
  THEMES,
  variableOf,
  variableSource,
} from "../../src/cli/options.ts";
import { UserError } from "../../src/errors.ts";

const ROLE = "arn:aws:iam::111122223333:role/Dev";
const PROVIDER = "arn:aws:iam::111122223333:saml-provider/Idp";
const POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/** What an option becomes, in a form that can be compared. */
function plain(value: unknown): unknown {
  if (value instanceof URL) return value.href;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && "text" in value) return value.text;
  return value;
}

function typed(name: OptionName, ...texts: string[]): unknown {
  return plain(readOptions([name], [flagSource({ [name]: texts })])[name]);
}

function refusal(name: OptionName, source: OptionSource): string {
  try {
    readOptions([name], [source]);
  } catch (error) {
    assert.ok(error instanceof UserError, Deno.inspect(error));
    assert.equal(error.exitCode, 2);
    assert.equal(error.code, "option-malformed");
    return error.message;
  }
  throw new assert.AssertionError({ message: `--${name} was taken` });
}

const GOOD: readonly [name: OptionName, text: string, value: unknown][] = [
  ["role-arn", ROLE, ROLE],
  [
    "role-arn",
    "arn:aws-cn:iam::111122223333:role/a/b/c",
    "arn:aws-cn:iam::111122223333:role/a/b/c",
  ],
  ["saml-provider-arn", PROVIDER, PROVIDER],
  ["region", "eu-west-1", "eu-west-1"],
  ["region", "us-gov-west-1", "us-gov-west-1"],
  ["region", "eusc-de-east-1", "eusc-de-east-1"],
  ["region", "zz-new-99", "zz-new-99"],
  ["duration-seconds", "900", 900],
  ["duration-seconds", "43200", 43_200],
  ["duration-seconds", "003600", 3600],
  ["duration-seconds", "3600s", 3600],
  ["duration-seconds", "15m", 900],
  ["duration-seconds", "90m", 5400],
  ["duration-seconds", "12h", 43_200],
  ["strict-duration", "true", true],
  ["strict-duration", "1", true],
  ["strict-duration", "TRUE", true],
  ["strict-duration", "false", false],
  ["strict-duration", "0", false],
  ["verbose", "False", false],
  ["policy-arn", POLICY, [POLICY]],
  ["policy-file", "/a b/c.json", "/a b/c.json"],
  ["policy-file", "~/p.json", "~/p.json"],
  ["start-url", "https://idp.example/start?a=b#c", "https://idp.example/start?a=b#c"],
  ["start-url", "HTTP://localhost:8080", "http://localhost:8080/"],
  ["idp", "urn:idp", "urn:idp"],
  ["idp", " ", " "],
  ["port", "2", 2],
  ["port", "65535", 65_535],
  ["port", "8090", 8090],
  ["tls-cert", "c.pem", "c.pem"],
  ["tls-key", "k.pem", "k.pem"],
  ["timeout", "90", { ms: 90_000 }],
  ["timeout", "90s", { ms: 90_000 }],
  ["timeout", "5m", { ms: 300_000 }],
  ["timeout", "1h", { ms: 3_600_000 }],
  ["timeout", "0", { ms: undefined }],
  ["timeout", "0m", { ms: undefined }],
  ["timeout", "576h", { ms: 576 * 3_600_000 }],
  ["browser", "none", "none"],
  ["browser", "firefox -P work %s", "firefox -P work %s"],
  ["log-format", "text", "text"],
  ["log-format", "json", "json"],
];

Deno.test("readOptions: takes what each option is said to take", () => {
  for (const [name, text, value] of GOOD) {
    assert.deepEqual(typed(name, text), value, `--${name} ${text}`);
  }
});

const ROLE_WISH = "expected an ARN like arn:aws:iam::111122223333:role/NAME";
const PROVIDER_WISH = "expected an ARN like arn:aws:iam::111122223333:saml-provider/NAME";
const PORT_WISH = "must be a whole number from 1 to 65535";
const BLOCKED_WISH = "browsers refuse to open this port: it belongs to another protocol";
const STS_TAKES = "STS takes 900 to 43200 seconds (15m to 12h)";
const WHOLE = "must be a whole number of seconds from 900 to 43200, or a time like 1h or 90m";
const TIME_WISH = "must be a time like 90s, 5m or 1h, or 0 to wait forever";
const REGION_WISH = "not a region; expected a name like us-east-1";

const BAD: readonly [name: OptionName, text: string, why: string][] = [
  ["role-arn", "Dev", `not an ARN; ${ROLE_WISH}`],
  ["role-arn", "arn:aws:iam::111122223333", `not an ARN; ${ROLE_WISH}`],
  [
    "role-arn",
    PROVIDER,
    "this is the ARN of an IAM SAML provider, not of an IAM role; the two ARNs are swapped",
  ],
  [
    "role-arn",
    "arn:aws:iam::1111:role/Developer",
    `"1111" is not a 12-digit account ID; ${ROLE_WISH}`,
  ],
  [
    "role-arn",
    "arn:aws:sts::111122223333:assumed-role/Dev/alice",
    "this is the ARN of a role session; use the ARN of the role, " + ROLE,
  ],
  ["role-arn", "arn:aws:s3:::some-bucket-of-mine", `not an IAM ARN; ${ROLE_WISH}`],
  ["role-arn", `${ROLE}\n`, `"Dev\n" is not a valid name in IAM; ${ROLE_WISH}`],
  [
    "saml-provider-arn",
    ROLE,
    "this is the ARN of an IAM role, not of an IAM SAML provider; the two ARNs are swapped",
  ],
  ["saml-provider-arn", "https://idp.example/saml", `not an ARN; ${PROVIDER_WISH}`],
  ["region", "Europe", REGION_WISH],
  ["region", "EU-WEST-1", REGION_WISH],
  ["region", "eu-west-1.evil.example", REGION_WISH],
  ["region", "eu-west-1\n", REGION_WISH],
  ["region", "eu-west-1a", REGION_WISH],
  ["duration-seconds", "899", STS_TAKES],
  ["duration-seconds", "43201", STS_TAKES],
  ["duration-seconds", "14m", STS_TAKES],
  ["duration-seconds", "13h", STS_TAKES],
  ["duration-seconds", "1d", WHOLE],
  ["duration-seconds", "1 h", WHOLE],
  ["duration-seconds", "1.5h", WHOLE],
  ["duration-seconds", "3600.5", WHOLE],
  ["duration-seconds", "-900", WHOLE],
  ["duration-seconds", "1e4", WHOLE],
  ["duration-seconds", "٣٦٠٠", WHOLE],
  ["duration-seconds", " 3600", WHOLE],
  ["duration-seconds", "9999999999999", WHOLE],
  ["start-url", "idp.example/start", "not a URL (must start with https://)"],
  ["start-url", "javascript:alert(1)", "must start with https:// or http://, not javascript:"],
  ["start-url", "file:///etc/passwd", "must start with https:// or http://, not file:"],
  ["start-url", "data:text/html,x", "must start with https:// or http://, not data:"],
  ["start-url", "https://", "not a URL (must start with https://)"],
  ["port", "0", PORT_WISH],
  ["port", "65536", PORT_WISH],
  ["port", "70000", PORT_WISH],
  ["port", "-1", PORT_WISH],
  ["port", "80.5", PORT_WISH],
  ["port", "http", PORT_WISH],
  ["port", "0x50", PORT_WISH],
  ["port", "1", BLOCKED_WISH],
  ["port", "10080", BLOCKED_WISH],
  ["timeout", "soon", TIME_WISH],
  ["timeout", "-1", TIME_WISH],
  ["timeout", "1.5m", TIME_WISH],
  ["timeout", "5 m", TIME_WISH],
  ["timeout", "1d", TIME_WISH],
  ["timeout", "9999999", TIME_WISH],
  ["timeout", "600h", "must be at most 24 days, or 0 to wait forever"],
  ["idp", "a\0b", "must not contain a NUL byte"],
  ["policy-file", "a\0b", "must not contain a NUL byte"],
  ["log-format", "xml", "must be text or json"],
  ["log-format", "JSON", "must be text or json"],
];

Deno.test("readOptions: refuses all else by name, text and reason, as flag and as variable", () => {
  for (const [name, text, why] of BAD) {
    assert.equal(
      refusal(name, flagSource({ [name]: [text] })),
      `Cannot use --${name} ${text}: ${why}`,
    );
    const variable = variableOf(name);
    assert.equal(
      refusal(name, variableSource((each) => each === variable ? text : undefined)),
      `Cannot use ${variable}=${text}: ${why}`,
    );
  }
});

Deno.test("readOptions: switches are 1, true, 0 or false", () => {
  for (const text of ["yes", "on", "2", "", "tru", " true"]) {
    assert.equal(
      refusal("verbose", flagSource({ verbose: [text] })),
      `Cannot use --verbose=${text}: must be 1, true, 0 or false`,
    );
  }
});

Deno.test("readOptions: a value that is empty is refused, whichever option it is for", () => {
  for (const name of OPTION_NAMES.filter((each) => !isSwitch(each))) {
    assert.equal(
      refusal(name, flagSource({ [name]: [""] })),
      `Cannot use --${name} "": must not be empty`,
    );
  }
});

Deno.test("readOptions: of a repeated flag the last wins, and is the one that is named", () => {
  assert.equal(typed("port", "1", "2", "3"), 3);
  assert.equal(typed("port", "nonsense", "3"), 3);
  assert.equal(typed("verbose", "true", "0"), false);
  assert.equal(
    refusal("port", flagSource({ port: ["8090", "0"] })),
    `Cannot use --port 0: ${PORT_WISH}`,
  );
});

Deno.test("readOptions: of a repeatable flag each counts, and the wrong one is named", () => {
  const other = "arn:aws:iam::111122223333:policy/team/Own";
  assert.deepEqual(typed("policy-arn", POLICY, other), [POLICY, other]);
  assert.match(
    refusal("policy-arn", flagSource({ "policy-arn": [POLICY, "nonsense", other] })),
    /^Cannot use --policy-arn nonsense: not an ARN/,
  );
});

Deno.test("readOptions: flags win over variables, and what nobody gave is absent", () => {
  const variables = variableSource((name) =>
    ({ STSSAMLDRIVER_PORT: "1", STSSAMLDRIVER_IDP: "urn:idp" })[name]
  );
  const values = readOptions(["port", "idp", "region"], [flagSource({ port: ["2"] }), variables]);
  assert.deepEqual(values, { port: 2, idp: "urn:idp" });
  assert.ok(!("region" in values));
});

Deno.test("readOptions: a wrong variable behind a flag is not looked at", () => {
  const variables = variableSource(() => "nonsense");
  assert.deepEqual(readOptions(["port"], [flagSource({ port: ["2"] }), variables]), { port: 2 });
});

Deno.test("variableSource: an empty variable is unset, lists are divided by blanks", () => {
  assert.deepEqual(readOptions(OPTION_NAMES, [variableSource(() => "")]), {});
  const values = readOptions(["policy-arn"], [variableSource(() => ` ${POLICY}\n\t${POLICY} `)]);
  assert.deepEqual(plain(values["policy-arn"]), [POLICY, POLICY]);
});

Deno.test("variableSource: switches of variables are 1, true, 0 and false", () => {
  for (const [text, value] of [["1", true], ["true", true], ["0", false], ["false", false]]) {
    assert.deepEqual(readOptions(["verbose"], [variableSource(() => String(text))]), {
      verbose: value,
    });
  }
});

Deno.test("variableSource: what is meant for one call has no variable", () => {
  for (const name of OPTION_NAMES) {
    const asked: string[] = [];
    variableSource((variable) => void asked.push(variable)).texts(name);
    assert.deepEqual(asked, OPTIONS[name].variable ? namesOf(name).map(variableOf) : [], name);
  }
});

Deno.test("variableOf: capitals, underscores, and the program's name in front", () => {
  assert.equal(variableOf("saml-provider-arn"), "STSSAMLDRIVER_SAML_PROVIDER_ARN");
});

Deno.test("variableSource: an alias has a variable, too, and the option's own goes before it", () => {
  const env: Record<string, string> = { STSSAMLDRIVER_ISSUER: "https://old.example/" };
  const read = () =>
    plain(readOptions(["start-url"], [variableSource((name) => env[name])])["start-url"]);
  assert.equal(read(), "https://old.example/");
  env["STSSAMLDRIVER_START_URL"] = "https://new.example/";
  assert.equal(read(), "https://new.example/");
  env["STSSAMLDRIVER_START_URL"] = "";
  assert.equal(read(), "https://old.example/");
});

Deno.test("readOptions: what is wrong is named as it was given, by an alias where that was", () => {
  const reason = "not a URL (must start with https://)";
  const spelled = flagSource({ "start-url": ["x"] }, { "start-url": "issuer" });
  assert.equal(refusal("start-url", spelled), `Cannot use --issuer x: ${reason}`);
  const variable = variableSource((name) => name === "STSSAMLDRIVER_ISSUER" ? "x" : undefined);
  assert.equal(refusal("start-url", variable), `Cannot use STSSAMLDRIVER_ISSUER=x: ${reason}`);
});

Deno.test("optionNamed: an option by its name or an alias, and nothing else", () => {
  assert.equal(optionNamed("start-url"), "start-url");
  assert.equal(optionNamed("issuer"), "start-url");
  for (const word of ["", "Issuer", "url", "constructor"]) {
    assert.equal(optionNamed(word), undefined);
  }
});

Deno.test("OPTIONS: no name, alias or letter stands for two of them", () => {
  const names = OPTION_NAMES.flatMap(namesOf);
  const letters = OPTION_NAMES.map((name) => optionOf(name).letter).filter((each) =>
    each !== undefined
  );
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set([...letters, "h", "V"]).size, letters.length + 2);
});

Deno.test("THEMES: every option is in one of them", () => {
  const shown = Object.values(THEMES).flatMap(Object.keys);
  assert.deepEqual(shown.toSorted(), OPTION_NAMES.toSorted());
});

Deno.test("isOptionName: only names of options, not what every object has", () => {
  assert.ok(isOptionName("port"));
  for (const word of ["", "Port", "constructor", "toString", "__proto__", "hasOwnProperty"]) {
    assert.ok(!isOptionName(word), word);
  }
});

Deno.test("OPTIONS: in kebab case, with help without a full stop", () => {
  for (const name of OPTION_NAMES) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    assert.ok(OPTIONS[name].brief.length > 5, name);
    assert.doesNotMatch(OPTIONS[name].brief, /\.$|^[A-Z][a-z]/, name);
  }
});

// What names an endpoint, a file or a program is never taken from keys, whoever wrote them.
Deno.test("OPTIONS: what a profile may decide of each", () => {
  const by = Map.groupBy(OPTION_NAMES, (name) => optionOf(name).profile);
  const listed = Object.fromEntries([...by].map(([what, names]) => [what, names.join(" ")]));
  assert.deepEqual(listed, {
    everything:
      "role-arn saml-provider-arn account role-filter start-url sso-url sso-binding sp-entity-id acs-index " +
      "force-authn idp timeout " +
      "duration-seconds strict-duration policy-arn region cache serve no-interactive shell verbose " +
      "log-format log-to file-type name-template process console console-duration container paste port",
    line: "account-names idp-metadata policy-file signin-url console-url tls-cert tls-key",
    words: "console-destination",
    nothing: "browser all print json dry-run assertion profile profile-to-update path replace " +
      "on-write-failure prune print-url listen driver-port trust-proxy",
  });
});

Deno.test("OPTIONS: files are made absolute and never named by a key; one-time flags stand in no profile", () => {
  for (const name of OPTION_NAMES) {
    const { placeholder, isFile = false, profile, variable } = optionOf(name);
    assert.equal(isFile, /^FILE\b/.test(placeholder ?? ""), name);
    if (isFile) assert.match(profile, /^(line|nothing)$/, name);
    if (!variable) assert.equal(profile, "nothing", name);
  }
});

Deno.test("optionsOf: the flags of a sign-in, in the order of the lines that setup writes", () => {
  assert.equal(
    SIGN_IN_OPTIONS.join(" "),
    "role-arn saml-provider-arn region duration-seconds strict-duration policy-arn policy-file " +
      "start-url sso-url idp-metadata sso-binding sp-entity-id acs-index force-authn idp account " +
      "role-filter account-names browser timeout paste port tls-cert tls-key verbose log-format log-to",
  );
});
