/** What is typed wrongly: one line that says so, exit 2, nothing on stdout, and no port taken. */

import assert from "node:assert/strict";
import { programs, runDriver } from "../support/driver.ts";
import { DEFAULT_PROVIDER as PROVIDER, DEFAULT_ROLE as ROLE } from "../support/saml_response.ts";
import { someAtATime, soon } from "../support/sign_ins.ts";

const ROLE_FORM = "expected an ARN like arn:aws:iam::111122223333:role/NAME";
const PORTS = "must be a whole number from 1 to 65535";
const SECONDS = "must be a whole number of seconds from 900 to 43200, or a time like 1h or 90m";
const RANGE = "STS takes 900 to 43200 seconds (15m to 12h)";
const TIMES = "must be a time like 90s, 5m or 1h, or 0 to wait forever";
const NO_URL = "not a URL (must start with https://)";
const SCHEMES = "must start with https:// or http://, not";
const REGION = "not a region; expected a name like us-east-1";
const SWITCH = "must be 1, true, 0 or false";
const EMPTY = "must not be empty";

/** How the help begins that fits a screen. */
const SHORT = /^stssamldriver \d+\.\d+\.\d+: .*\n\nStart here:\n/;

interface Mistake {
  /** Behind both ARNs, where `alone` does not say otherwise. */
  readonly args?: readonly string[];
  readonly alone?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The whole message. */
  readonly says: string | RegExp;
  readonly hint?: string;
}

/** The same mistake as `--name value`, and in the variable. */
function value(name: string, text: string, reason: string): readonly Mistake[] {
  const variable = `STSSAMLDRIVER_${name.toUpperCase().replaceAll("-", "_")}`;
  return [
    { args: [`--${name}`, text], says: `Cannot use --${name} ${text || '""'}: ${reason}` },
    // An empty variable counts as unset.
    ...(text === "" ? [] : [{
      env: { [variable]: text },
      says: `Cannot use ${variable}=${text}: ${reason}`,
    }]),
  ];
}

/** A value that is no role's, alone and in its variable. */
function role(text: string, reason: string): readonly Mistake[] {
  const provider = ["--saml-provider-arn", PROVIDER];
  return [
    {
      alone: true,
      args: ["--role-arn", text, ...provider],
      says: `Cannot use --role-arn ${text || '""'}: ${reason}`,
    },
    ...(text === "" ? [] : [{
      alone: true,
      args: provider,
      env: { STSSAMLDRIVER_ROLE_ARN: text },
      says: `Cannot use STSSAMLDRIVER_ROLE_ARN=${text}: ${reason}`,
    }]),
  ];
}

// Who forgot --profile-to-update had keys printed, and a file that was not written.
const IDLE: readonly Mistake[] = [
  ["--file-type=config"],
  ["--replace"],
  ["--on-write-failure", "keep"],
].map((args) => ({
  args,
  says:
    `Cannot use ${args[0]?.split("=")[0]} without --profile-to-update: it is about writing that ` +
    "profile",
  hint: "Add --profile-to-update NAME, or leave it out",
}));

const MISTAKES: readonly Mistake[] = [
  ...IDLE,
  ...role("", EMPTY),
  ...role("Dev", `not an ARN; ${ROLE_FORM}`),
  ...role("arn:aws:iam::111122223333", `not an ARN; ${ROLE_FORM}`),
  ...role(`arn:aws:iam::111122223333:role/`, `"" is not a valid name in IAM; ${ROLE_FORM}`),
  ...role(
    "arn:aws:iam::1111:role/Developer",
    `"1111" is not a 12-digit account ID; ${ROLE_FORM}`,
  ),
  ...role(
    "arn:aws:iam::111122223333:user/Dev",
    `not the ARN of an IAM role but of type "user"; ${ROLE_FORM}`,
  ),
  ...role("arn:aws:s3:::somebody-elses-bucket", `not an IAM ARN; ${ROLE_FORM}`),
  ...role(
    "arn:aws:sts::111122223333:assumed-role/Dev/alice",
    "this is the ARN of a role session; use the ARN of the role, arn:aws:iam::111122223333:role/Dev",
  ),
  ...role(
    "arn:awz:iam::111122223333:role/Dev",
    'unknown partition "awz"; expected one of aws, aws-us-gov, aws-cn, aws-eusc, aws-iso, aws-iso-b, ' +
      "aws-iso-e, aws-iso-f",
  ),
  {
    alone: true,
    args: ["--role-arn", PROVIDER, "--saml-provider-arn", ROLE],
    says:
      /^Cannot use --role-arn \S+: this is the ARN of an IAM SAML provider, not of an IAM role.*swapped/,
  },
  {
    alone: true,
    args: ["--role-arn", ROLE, "--saml-provider-arn", ROLE],
    says: /^Cannot use --saml-provider-arn \S+: this is the ARN of an IAM role, not of an IAM SAML/,
  },
  {
    args: ["--saml-provider-arn", "arn:aws:iam::444455556666:saml-provider/Idp"],
    says: "--role-arn and --saml-provider-arn do not match: the role is in account 111122223333, " +
      "but the SAML provider is in 444455556666",
  },
  {
    args: ["--saml-provider-arn", "arn:aws-cn:iam::111122223333:saml-provider/Idp"],
    says: "--role-arn and --saml-provider-arn do not match: the role is in partition aws, " +
      "but the SAML provider is in aws-cn",
  },
  ...value("duration-seconds", "899", RANGE),
  ...value("duration-seconds", "43201", RANGE),
  ...value("duration-seconds", "0", RANGE),
  ...value("duration-seconds", "14m", RANGE),
  ...value("duration-seconds", "13h", RANGE),
  ...value("duration-seconds", "1d", SECONDS),
  ...value("duration-seconds", "", EMPTY),
  ...value("duration-seconds", "-3600", SECONDS),
  ...value("duration-seconds", "3600.5", SECONDS),
  ...value("duration-seconds", "1e4", SECONDS),
  ...value("duration-seconds", "0x1000", SECONDS),
  ...value("duration-seconds", " 3600", SECONDS),
  ...value("duration-seconds", "99999999999999", SECONDS),
  ...value("port", "0", PORTS),
  ...value("port", "70000", PORTS),
  ...value("port", "65536", PORTS),
  ...value("port", "-1", PORTS),
  ...value("port", "6667", "browsers refuse to open this port: it belongs to another protocol"),
  ...value("port", "http", PORTS),
  ...value("port", "", EMPTY),
  ...value("timeout", "5x", TIMES),
  ...value("timeout", "-1s", TIMES),
  ...value("timeout", "1.5m", TIMES),
  ...value("timeout", "", EMPTY),
  ...value("timeout", "600h", "must be at most 24 days, or 0 to wait forever"),
  // By its own name, and by the original's.
  ...["start-url", "issuer"].flatMap((name) => [
    ...value(name, "javascript:alert(1)", `${SCHEMES} javascript:`),
    ...value(name, "file:///etc/passwd", `${SCHEMES} file:`),
    ...value(name, "idp.example", NO_URL),
    ...value(name, "https://", NO_URL),
    ...value(name, "", EMPTY),
  ]),
  ...value("region", "frankfurt", REGION),
  ...value("region", "EU-WEST-1", REGION),
  ...value("region", "eu-west-1.evil.example/", REGION),
  ...value("region", "", EMPTY),
  ...value("log-format", "xml", "must be text or json"),
  ...value("log-format", "", EMPTY),
  ...value(
    "policy-arn",
    "nope",
    "not an ARN; expected an ARN like arn:aws:iam::aws:policy/NAME",
  ),
  ...value("browser", "", EMPTY),
  ...value("idp", "", EMPTY),
  { args: ["--verbose=maybe"], says: `Cannot use --verbose=maybe: ${SWITCH}` },
  { args: ["--strict-duration=2"], says: `Cannot use --strict-duration=2: ${SWITCH}` },
  {
    env: { STSSAMLDRIVER_VERBOSE: "yes" },
    says: `Cannot use STSSAMLDRIVER_VERBOSE=yes: ${SWITCH}`,
  },
  {
    env: { STSSAMLDRIVER_STRICT_DURATION: "on" },
    says: `Cannot use STSSAMLDRIVER_STRICT_DURATION=on: ${SWITCH}`,
  },
  {
    args: ["--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess", "--policy-arn", "nope"],
    says: /^Cannot use --policy-arn nope: not an ARN;/,
  },
  {
    env: { STSSAMLDRIVER_POLICY_ARN: "arn:aws:iam::aws:policy/ReadOnlyAccess nope" },
    says: /^Cannot use STSSAMLDRIVER_POLICY_ARN=nope: not an ARN;/,
  },
  {
    args: ["--policy-file", "/nonexistent/policy"],
    says: "Cannot read --policy-file /nonexistent/policy: no such file",
  },
  { args: ["--policy-file", "/"], says: /^Cannot read --policy-file \/: / },
  { args: ["--policy-file", "/dev/null"], says: /^Cannot use --policy-file \/dev\/null: / },
  ...["--tls-cert", "--tls-key"].map((flag) => ({
    args: [flag, "/dev/null"],
    says: "--tls-cert and --tls-key must be used together",
  })),
  {
    args: ["--tls-cert", "/nonexistent/cert", "--tls-key", "/dev/null"],
    says: "Cannot read --tls-cert /nonexistent/cert: no such file",
  },
  {
    args: ["--tls-cert", "/dev/null", "--tls-key", "/dev/null"],
    says: /^Cannot use --tls-cert and --tls-key for https: /,
  },
  {
    env: { AWS_REGION: "here" },
    says: /^Cannot use AWS_REGION\b.*here.*: not a region; expected a name like us-east-1$/,
  },
  {
    env: { AWS_DEFAULT_REGION: "eu-west-1; id" },
    says: /^Cannot use AWS_DEFAULT_REGION\b.*; id.*: not a region; expected a name like us-east-1$/,
  },
  {
    args: ["--region", "cn-north-1"],
    says:
      /^Cannot use --region.*: region cn-north-1 is in partition aws-cn, but the role is in aws \(/,
  },
  { args: ["--port="], says: "--port= has no value" },
  { args: ["--port"], says: "--port needs a value" },
  { alone: true, args: ["--role-arn", "--port", "1"], says: "--role-arn needs a value" },
  { args: ["--frobnicate"], says: "Unknown flag --frobnicate" },
  { args: ["--portt", "90"], says: "Unknown flag --portt", hint: "Did you mean --port?" },
  { args: ["--roleArn", ROLE], says: "Unknown flag --roleArn", hint: "Did you mean --role-arn?" },
  {
    args: ["--duration", "900"],
    says: "Unknown flag --duration: flags cannot be abbreviated",
    hint: "Use --duration-seconds",
  },
  {
    args: ["--issue", "https://idp.example"],
    says: "Unknown flag --issue: flags cannot be abbreviated",
    hint: "Use --issuer",
  },
  { args: ["--r"], says: "Unknown flag --r" },
  { args: ["-x"], says: "Unknown flag -x" },
  { args: ["-p", "90"], says: "Unknown flag -p" },
  { args: ["--constructor", "x"], says: "Unknown flag --constructor" },
  { args: ["--__proto__=x"], says: "Unknown flag --__proto__" },
  { args: ["--helpAll"], says: "Unknown flag --helpAll" },
  { args: ["-H"], says: "Unknown flag -H" },
  { args: ["extra"], says: 'Unexpected argument "extra"' },
  { args: ["--verbose", "1"], says: 'Unexpected argument "1"' },
  { args: ["--", "--port"], says: 'Unexpected argument "--port"' },
  { alone: true, args: ["frobnicate"], says: 'Unknown command "frobnicate"' },
  { alone: true, args: ["rolse"], says: 'Unknown command "rolse"', hint: "Did you mean roles?" },
  { alone: true, args: ["--profile-to-update", "x", "--print"], says: /^Cannot use --print with/ },
  {
    alone: true,
    args: ["roles", "--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
    says: "roles does not take --policy-arn",
    hint: "See stssamldriver roles --help",
  },
  { alone: true, args: [""], says: 'Unknown command ""' },
  { alone: true, args: ["help", "frobnicate"], says: 'Unknown command "frobnicate"' },
  {
    args: ["--frob\x1b[2J\u202e\nstssamldriver: fine"],
    says: /^Un(known flag |expected argument ")--frob\ufffd\[2J\ufffd stssamldriver: fine/,
  },
];

for (const program of programs()) {
  Deno.test(`${program.name}: a mistake is named in one line, exit 2`, async () => {
    await someAtATime(MISTAKES, 4, async ({ args = [], alone = false, env = {}, says, hint }) => {
      const arns = alone ? [] : ["--role-arn", ROLE, "--saml-provider-arn", PROVIDER];
      const all = [...arns, ...args];
      const { code, stdout, stderr } = await soon("the end", runDriver(all, { program, env }));
      const what = `${JSON.stringify(env)} ${args.join(" ")}: ${stderr}`;
      assert.equal(code, 2, what);
      assert.equal(stdout, "", what);
      const [first = "", second] = stderr.split("\n");
      const message = first.replace(/^stssamldriver: /, "");
      assert.notEqual(message, first, what);
      if (typeof says === "string") assert.equal(message, says);
      else assert.match(message, says);
      if (hint !== undefined) assert.equal(second, `  ${hint}`);
      assert.doesNotMatch(stderr, /Waiting on|at file:|Uncaught/, what);
    });
  });

  Deno.test(`${program.name}: with --log-format json a mistake is a JSON line`, async () => {
    for (
      const [args, env] of [
        [["--log-format", "json"], {}],
        [[], { STSSAMLDRIVER_LOG_FORMAT: "json" }],
      ] as const
    ) {
      const { code, stdout, stderr } = await runDriver([...args, "--port", "0"], { program, env });
      assert.equal(code, 2);
      assert.equal(stdout, "");
      const { event, code: name, message, exitCode } = JSON.parse(stderr);
      assert.deepEqual([event, name, exitCode], ["error", "option-malformed", 2]);
      assert.equal(message, `Cannot use --port 0: ${PORTS}`);
    }
  });

  Deno.test(`${program.name}: help and version are products, exit 0, also beside nonsense`, async () => {
    const helps: readonly (readonly [args: readonly string[], begins: RegExp])[] = [
      [["--help"], SHORT],
      [["-h"], SHORT],
      [["help"], SHORT],
      [["--port", "0", "--help"], SHORT],
      [["login", "-h"], /^Usage: stssamldriver login /],
      [["--help-all"], /^Usage: stssamldriver \[COMMAND\] /],
    ];
    for (const [args, begins] of helps) {
      const { code, stdout, stderr } = await runDriver(args, { program });
      assert.deepEqual([code, stderr], [0, ""], args.join(" "));
      assert.match(stdout, begins);
      for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
    }
    for (const args of [["--version"], ["version"], ["-V"]]) {
      const { code, stdout, stderr } = await runDriver(args, { program });
      assert.deepEqual([code, stderr], [0, ""], args.join(" "));
      assert.match(stdout, /^stssamldriver \d+\.\d+\.\d+\n$/);
    }
  });
}

Deno.test("usage: --path and its like as variables wait for a call that writes a profile", async () => {
  const ended = await runDriver(
    ["--role-arn", ROLE, "--saml-provider-arn", PROVIDER, "--cache", "--no-interactive"],
    { env: { STSSAMLDRIVER_PATH: "x", STSSAMLDRIVER_FILE_TYPE: "config" } },
  );
  assert.equal(ended.code, 9, ended.stderr);
});
