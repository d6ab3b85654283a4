import assert from "node:assert/strict";
import { type NextSteps, nextSteps, setupLine } from "../../../src/cli/session/login.ts";
import { SHELLS } from "../../../src/delivery/shells.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_attributes.ts";

/** A machine on which the driver is started by this word. */
function atHome(word: string): NextSteps["deps"] {
  return { os: "linux", env: () => undefined, self: [word], realPath: (path) => path };
}

const ROLE = { "role-arn": [DEFAULT_ROLE], "saml-provider-arn": [DEFAULT_PROVIDER] };
const SETUP = `setup dev --role-arn=${DEFAULT_ROLE} --saml-provider-arn=${DEFAULT_PROVIDER}`;

function lines(different: Partial<NextSteps> = {}): readonly string[] {
  const steps = { typed: {}, role: ROLE, shell: undefined, deps: atHome("driver"), ...different };
  return nextSteps(steps).split("\n");
}

Deno.test("nextSteps: each command below what it is for", () => {
  assert.deepEqual(lines(), [
    "",
    "Use it in this shell:",
    '  eval "$(driver env)"',
    "Use it for one command:",
    "  driver exec -- aws s3 ls",
    "Use it in every AWS tool, as a profile:",
    `  driver ${SETUP}`,
    "",
  ]);
});

Deno.test("nextSteps: the flags that were typed are repeated where they shape the session", () => {
  const typed = {
    "start-url": ["https://idp.example/?a=1&b=2"],
    "policy-arn": ["arn:a", "arn:b"],
    "strict-duration": ["true"],
    "account": ["111122223333"],
    // None of what follows is of use to the others.
    ...{ "verbose": ["true"], "log-format": ["text"], "log-to": ["stderr"] },
    ...{ "cache": ["true"], "console": ["true"], "console-destination": ["s3"] },
  };
  const session = "'--start-url=https://idp.example/?a=1&b=2' --policy-arn=arn:a " +
    "--policy-arn=arn:b --strict-duration";
  const [, , env, , exec, , setup] = lines({ typed });
  assert.equal(env, `  eval "$(driver env ${session} --account=111122223333)"`);
  assert.equal(exec, `  driver exec ${session} --account=111122223333 -- aws s3 ls`);
  const arns = `--role-arn=${DEFAULT_ROLE} --saml-provider-arn=${DEFAULT_PROVIDER}`;
  assert.equal(setup, `  driver setup dev ${session} ${arns}`, "the account is in the ARN");
});

Deno.test("nextSteps: who named a profile has one", () => {
  const shown = lines({ typed: { profile: ["it's"], verbose: ["true"] } });
  assert.deepEqual(shown.slice(2, 5), [
    `  eval "$(driver env '--profile=it'\\''s')"`,
    "Use it for one command:",
    `  driver exec '--profile=it'\\''s' -- aws s3 ls`,
  ]);
  assert.ok(!shown.some((line) => line.includes("setup")));
});

Deno.test("nextSteps: in the form of the shell; none where there is no such line", () => {
  const env: Readonly<Record<string, string | undefined>> = {
    fish: "  driver env | source",
    powershell: "  driver env | Invoke-Expression",
    nushell: "  driver env | from json | load-env",
    cmd: undefined,
    dotenv: undefined,
  };
  for (const shell of SHELLS) {
    const shown = lines({ shell });
    const wanted = shell in env ? env[shell] : '  eval "$(driver env)"';
    assert.equal(shown.find((line) => line.includes(" env")), wanted, shell);
  }
});

Deno.test("setupLine: both ARNs, whatever was given for them", () => {
  const flags = { "region": ["eu-west-1"], "role-arn": ["x"], "role-filter": ["D*"] };
  const line = setupLine(flags, ROLE, atHome("/opt/my driver"));
  assert.equal(line, `'/opt/my driver' ${SETUP.replace("dev", "dev --region=eu-west-1")}`);
});
