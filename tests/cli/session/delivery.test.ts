import assert from "node:assert/strict";
import { prepareDelivery } from "../../../src/cli/commands/credentials.ts";
import type { DeliveryPlan, TakenSession } from "../../../src/cli/session/taking.ts";
import { flagSource, OPTION_NAMES, type RawFlags, readOptions } from "../../../src/cli/options.ts";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import { SessionCache } from "../../../src/credentials/cache.ts";
import { Choices } from "../../../src/credentials/remembered.ts";
import { localTimeWithSpan } from "../../../src/text.ts";
import { userErrorFrom } from "../../support/checks.ts";
import { exchangedFake, FAKE_SECRETS, type FakeDeps, fakeDeps, NOON } from "../../support/fakes.ts";
import { inFolder, POSIX, read } from "../../system/files.ts";

const PRODUCT = '{"Version":1,"AccessKeyId":"ASIAFAKE","SecretAccessKey":"fakeSecretAccessKey",' +
  '"SessionToken":"fakeSessionToken","Expiration":"2026-11-23T13:00:00Z",' +
  '"AccountId":"111122223333"}\n';

const TAKEN: TakenSession = {
  session: {
    credentials: exchangedFake().credentials,
    roleArn: "arn:r",
    person: undefined,
    issued: NOON,
  },
  region: { name: "us-east-1", named: false },
  key: { role: "arn:r", provider: "arn:p" },
};

interface Planned extends DeliveryPlan {
  readonly deps: FakeDeps;
}

function plan(
  flags: RawFlags,
  { home, env = {}, self = ["/opt/stssamldriver"] }: {
    readonly home: string;
    readonly env?: Record<string, string>;
    readonly self?: readonly string[];
  },
): Planned {
  const deps: FakeDeps = {
    ...fakeDeps({ env: { HOME: home, ...env } }),
    self,
    absolute: (path) => path.startsWith("/") ? path : `/cwd/${path}`,
    cache: () => ({
      sessions: new SessionCache(`${home}/cache`, () => NOON),
      choices: new Choices(`${home}/cache`),
    }),
  };
  const { stderr, openTerminal, now } = deps;
  const how = { format: "text", verbose: false, colour: false, redraws: false } as const;
  const terminal = new Terminal({ stderr, openTerminal, now, ...how });
  const values = readOptions(OPTION_NAMES, [flagSource(flags)]);
  const print = deps.stdout.write;
  const input = {
    ...{ name: "login", values, terminal, typed: flags, texts: flags, words: [], print },
    from: {},
    machine: undefined,
    commands: COMMANDS,
  };
  return { input, deps };
}

Deno.test("prepareDelivery: without a profile the product goes to stdout, and nothing else", () =>
  inFolder(async (home) => {
    const planned = plan({}, { home });
    const deliver = await prepareDelivery(planned);
    assert.equal(planned.deps.out(), "");
    assert.equal(await deliver(TAKEN), "The credentials went to the program that asked for them");
    assert.equal(planned.deps.out(), PRODUCT);
  }));

Deno.test("prepareDelivery: with one it is written there, and stdout stays empty", () =>
  inFolder(async (home) => {
    const planned = plan({ "profile-to-update": ["dev"] }, { home });
    const deliver = await prepareDelivery(planned);
    const path = `${home}/.aws/config`;
    const kind = `Writing profile "dev" to ${path}, the config file in use\n`;
    assert.equal(planned.deps.err(), kind);
    assert.equal(await deliver(TAKEN), `Wrote the credentials to profile "dev" in ${path}`);
    assert.match(
      read(path),
      /^\[profile dev\]\nregion = us-east-1\naws_access_key_id = ASIAFAKE\n/,
    );
    assert.equal(planned.deps.out(), "");
  }));

// An SDK that runs such a line as its credential_process says no more than that there was no JSON.
Deno.test("prepareDelivery: into a pipe nothing is printed, and that is said", () =>
  inFolder(async (home) => {
    for (const isPipe of [true, false]) {
      const { input, deps } = plan({ "profile-to-update": ["dev"] }, { home });
      const deliver = await prepareDelivery({
        input,
        deps: { ...deps, stdout: { ...deps.stdout, isPipe } },
      });
      await deliver(TAKEN);
      assert.equal(deps.out(), "");
      assert.equal(/--profile-to-update.*credential_process/.test(deps.err()), isPipe);
    }
  }));

Deno.test("prepareDelivery: what the other file overrules is a warning, and the delivery succeeds", () =>
  inFolder(async (home) => {
    const planned = plan({ "profile-to-update": ["dev"] }, { home });
    const deliver = await prepareDelivery(planned);
    Deno.mkdirSync(`${home}/.aws`);
    Deno.writeTextFileSync(`${home}/.aws/credentials`, "[dev]\naws_access_key_id = x\n");
    assert.match(await deliver(TAKEN), /^Wrote the credentials to profile "dev"/);
    assert.match(
      planned.deps.err(),
      /^Warning: Profile "dev" is written, but .*: aws_access_key_id on line 2 of .* override it$/m,
    );
  }));

/** What is said when the file cannot be written after all. */
async function unwritten(planned: Planned, home: string, taken = TAKEN) {
  const deliver = await prepareDelivery(planned);
  Deno.mkdirSync(`${home}/.aws/config`, { recursive: true });
  return await userErrorFrom(Promise.resolve(deliver(taken)), FAKE_SECRETS);
}

Deno.test({
  name:
    "prepareDelivery: a session that cannot be written is kept under its key, and a command prints it",
  ignore: !POSIX,
  fn: async () => {
    const arns = "--role-arn=arn:r --saml-provider-arn=arn:p";
    const plain = `/opt/stssamldriver credentials --cache --no-interactive --print ${arns}`;
    const named: TakenSession = { ...TAKEN, region: { name: "eu-west-1", named: true } };
    const table: readonly [
      flags: RawFlags,
      command: string,
      more?: {
        readonly taken?: TakenSession;
        readonly env?: Record<string, string>;
        readonly self?: readonly string[];
      },
    ][] = [
      [{}, plain],
      [{ port: ["2"], timeout: ["1s"], browser: ["x"], verbose: ["true"], profile: ["p"] }, plain],
      [{ path: ["~/.aws/config"], replace: ["true"], cache: ["false"] }, plain],
      [
        { "duration-seconds": ["900", "1800"], "strict-duration": ["false"] },
        `${plain} ` +
        "--duration-seconds=900 --duration-seconds=1800 --strict-duration=false",
      ],
      [{ "policy-file": ["my policy"] }, `${plain} '--policy-file=/cwd/my policy'`],
      [
        { "start-url": ["https://x/?a=1&b='$c"] },
        `${plain} '--start-url=https://x/?a=1&b='\\''$c'`,
      ],
      [{}, `${plain} --region=eu-west-1`, { taken: named }],
      [
        {},
        `STSSAMLDRIVER_PROFILE_TO_UPDATE= AWS_PROFILE= ${plain}`,
        { env: { STSSAMLDRIVER_PROFILE_TO_UPDATE: "dev", AWS_PROFILE: "x" } },
      ],
      [{}, plain.replace("/opt/stssamldriver", "'/my apps/deno' run main.ts"), {
        self: ["/my apps/deno", "run", "main.ts"],
      }],
    ];
    for (const [flags, command, { taken = TAKEN, ...how } = {}] of table) {
      await inFolder(async (home) => {
        const planned = plan({ "profile-to-update": ["dev"], ...flags }, { home, ...how });
        const error = await unwritten(planned, home, taken);
        assert.deepEqual([error.code, error.exitCode], ["file-irregular", 8]);
        assert.match(error.message, /\.aws\/config": it is a folder/);
        const [hint, kept, said, ...more] = (error.hint ?? "").split("\n");
        assert.equal(hint, "Use another path, or move what is there away.");
        const until = localTimeWithSpan(NOON + 3_600_000, NOON);
        assert.equal(kept, `The session is cached until ${until}. To print it:`);
        assert.deepEqual([said, ...more], [`  ${command}`]);
        const look = planned.deps.cache().sessions.look(taken.key);
        assert.ok("session" in look, "under its own key");
        assert.equal(look.session.credentials.accessKeyId, "ASIAFAKE");
        assert.equal(planned.deps.out(), "");
      });
    }
  },
});

Deno.test("prepareDelivery: --on-write-failure print prints it, keeps nothing, and fails all the same", () =>
  inFolder(async (home) => {
    const flags = { "profile-to-update": ["dev"], "on-write-failure": ["print"] };
    const planned = plan(flags, { home });
    const error = await unwritten(planned, home);
    assert.equal(error.exitCode, 8);
    assert.match(error.hint ?? "", /printed instead, because of --on-write-failure print$/);
    assert.equal(planned.deps.out(), PRODUCT);
    assert.ok("miss" in planned.deps.cache().sessions.look(TAKEN.key));
  }));

Deno.test("prepareDelivery: when it cannot be kept either, both are said", () =>
  inFolder(async (home) => {
    Deno.writeTextFileSync(`${home}/cache`, "a file");
    const error = await unwritten(plan({ "profile-to-update": ["dev"] }, { home }), home);
    assert.equal(error.exitCode, 8);
    assert.match(error.hint ?? "", /\nThe session could not be cached either: Cannot .*cache/);
  }));
