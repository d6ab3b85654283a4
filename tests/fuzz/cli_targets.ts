/**
 * What is typed, and what stands in variables, profiles and the machine's file.
 *
 * @module
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArguments } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import {
  flagSource,
  OPTION_NAMES,
  OPTIONS,
  takeOptions,
  variableSource,
} from "../../src/cli/options.ts";
import { machineSettings, parseMachineFile } from "../../src/cli/settings/machine_source.ts";
import { profileSource } from "../../src/cli/settings/profile_source.ts";
import { signInRequest } from "../../src/cli/settings/sign_in_request.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { UserError } from "../../src/errors.ts";
import { fakeDeps, fakeStream, MACHINE_FILE } from "../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import type { Subject, Taken, Target } from "./fuzz.ts";
import type { Material } from "./mutate.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

const VALUES: readonly string[] = [
  ...[DEFAULT_ROLE, DEFAULT_PROVIDER, "111122223333", "us-east-1", "cn-north-1", "1", "0", "-1"],
  ...["true", "false", "900", "43200", "1h", "90m", "24d", "8090", "65536", "6000", "1e9", ""],
  ...["https://idp.example/start", "http://[::1", "javascript:alert(1)", "file:///etc/passwd"],
  ...["urn:amazon:webservices", "redirect", "post", "json", "text", "none", "*", "bash", "a b"],
  ...["__proto__", "constructor", "-", "--", "-v", "-h", "--no-", "=", "\x1b[2J", "\0", "\u202e"],
];

/** The words of a command line, a line each. */
function commandLines(): Material {
  const corpus = [
    ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER, "--port", "8090"],
    ["console", "--console-destination", "s3", "--region=eu-west-1", "--no-cache"],
    ["exec", "--profile", "x", "--", "aws", "s3", "ls", "--region", "x"],
    ["setup", "dev", "--account", "111122223333", "--account=444455556666", "--role-filter", "*A*"],
    ["sync", "--prune", "--dry-run", "--log-format", "json", "-v"],
    ["help", "exec"],
    ["login", "--sso-url", "https://idp.example/sso", "--sso-binding", "post", "--force-authn"],
    ["relay", "--listen", "127.0.0.1:8000", "--trust-proxy", "10.0.0.0/8"],
    ["doctor", "-"],
    ...COMMANDS.map((
      { name, options },
    ) => [name, ...options.slice(0, 6).map((each) => `--${each}`)]),
  ];
  return {
    corpus: corpus.map((words) => words.join("\n")),
    words: [
      "\n",
      ...OPTION_NAMES.map((name) => `--${name}\n`),
      ...OPTION_NAMES.slice(0, 20).map((name) => `--${name}=`),
      ...COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]),
      ...VALUES,
    ],
  };
}

/** The error as a person sees it. */
function assertShown(error: unknown): void {
  if (!(error instanceof UserError)) return;
  const stderr = fakeStream();
  const terminal = new Terminal({
    ...{ stderr, openTerminal: () => undefined, now: () => NOW, colour: false, redraws: false },
    ...{ unicode: false, format: "text", verbose: true },
  });
  terminal.fail(error);
  // deno-lint-ignore no-control-regex -- these are what is looked for
  assert.doesNotMatch(stderr.text(), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
}

/** The same error, whose words the terminal has made safe. */
function shown(error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  assertShown(error);
  return new UserError(error.code, "As the terminal shows it", { exitCode: error.exitCode });
}

function openArguments(): Subject {
  return {
    read: async (input): Promise<Taken> => {
      try {
        const asked = await parseArguments(input.split("\n"), COMMANDS);
        if (asked.kind !== "run") return [asked.kind];
        const { command, flags, spelled } = asked;
        const { values } = takeOptions(command.options, [flagSource(flags, spelled)]);
        // Files that it names are not there, and no profile is.
        await signInRequest({ values }, fakeDeps({ env: NOWHERE }));
        return [`run ${command.name}`];
      } catch (error) {
        throw shown(error);
      }
    },
  };
}

const NOWHERE = {
  AWS_CONFIG_FILE: "/nonexistent/a",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/b",
};

/** Variables: a line for each, its option before the equals sign. */
function openVariables(): Subject {
  return {
    read: async (input): Promise<Taken> => {
      const variables = new Map(
        input.split("\n").map((line) => {
          const at = line.indexOf("=");
          const name = line.slice(0, Math.max(at, 0)).toUpperCase().replaceAll("-", "_");
          return [`STSSAMLDRIVER_${name}`, line.slice(at + 1)] as const;
        }),
      );
      const deps = fakeDeps({ env: { ...Object.fromEntries(variables), ...NOWHERE } });
      try {
        const { values } = takeOptions(OPTION_NAMES, [variableSource(deps.env)]);
        const request = await signInRequest({ values }, deps);
        assert.ok(request.port >= 1 && request.port <= 65_535);
        return [`${Object.keys(values).length} settings`];
      } catch (error) {
        throw shown(error);
      }
    },
  };
}

function variables(): Material {
  const corpus = [
    `role-arn=${DEFAULT_ROLE}\nsaml-provider-arn=${DEFAULT_PROVIDER}\nport=8091\ntimeout=5m`,
    "region=eu-west-1\nduration-seconds=1h\naccount=111122223333 444455556666\ncache=1",
    "sso-url=https://idp.example/sso\nsso-binding=post\nacs-index=1\nforce-authn=true",
    "idp-metadata=/x\nrole-filter=*A* b\nlog-format=json\nverbose=1\nbrowser=none",
  ];
  return { corpus, words: ["\n", "=", " ", ...OPTION_NAMES.map((name) => `${name}=`), ...VALUES] };
}

/** A profile as a source of settings, from a config file. */
async function openProfile(): Promise<Subject> {
  // Where files are memory: on a disk, to write one takes twice as long as to read it.
  const dir = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const folder = await Deno.makeTempDir({ dir, prefix: "stssamldriver-fuzz-" });
  const env = (name: string) =>
    ({ AWS_CONFIG_FILE: `${folder}/config`, AWS_SHARED_CREDENTIALS_FILE: `${folder}/none` })[name];
  return {
    secretsOf: () => [FIXTURE_SECRET_MARKER],
    read: async (text): Promise<Taken> => {
      // Each run has its file, since several are read at once by nobody.
      Deno.writeTextFileSync(`${folder}/config`, text);
      try {
        const deps = {
          env,
          expand: (path: string) => path,
          self: ["/opt/x"],
          os: "linux" as const,
        };
        const source = await profileSource("x", COMMANDS[0], deps);
        const { values } = takeOptions(COMMANDS[0].options, [source]);
        assert.equal(values.browser, undefined, "a profile chose a program");
        for (const remark of source.remarks) {
          assert.ok(!remark.includes(FIXTURE_SECRET_MARKER), "a remark tells a secret");
        }
        return [`${source.remarks.length} remarks, ${Object.keys(values).length} settings`];
      } catch (error) {
        throw shown(error);
      }
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function profiles(): Material {
  const keys = OPTION_NAMES.map((name) => `stssamldriver_${name.replaceAll("-", "_")}`);
  const secret = `aws_secret_access_key = ${FIXTURE_SECRET_MARKER}/+abc\n`;
  const corpus = [
    `[profile x]\nstssamldriver_role_arn = ${DEFAULT_ROLE}\nregion = eu-west-1\n`,
    `[profile x]\ncredential_process = /opt/stssamldriver --role-arn ${DEFAULT_ROLE} --port 8091\n`,
    `[profile x]\n${secret}stssamldriver_account = 111122223333\n[profile y]\nregion = a\n`,
    `[profile x]\ncredential_process = "/my apps/stssamldriver" login --idp 'a b'\nbrowser = x\n`,
    "[profile x]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = y\n",
    "[profile x]\nstssamldriver_browser = /bin/sh\nstssamldriver_signin_url = https://evil.example\n",
  ];
  const words = [
    "[profile x]\n",
    "credential_process = ",
    " = ",
    "\n",
    "--",
    "'",
    '"',
    "stssamldriver",
  ];
  return { corpus, words: [...words, ...keys.map((key) => `${key} = `), ...VALUES, secret] };
}

/** The machine's file; what it requires must be read again as it stands there. */
function openMachine(): Subject {
  return {
    read: (text): Taken => {
      try {
        const settings = parseMachineFile({ path: MACHINE_FILE, text });
        const lines = text.split("\n");
        for (const { section, name, key, line } of settings) {
          assert.ok(lines[line - 1]?.toLowerCase().includes(key), "a line that is not there");
          assert.ok(text.includes(`[${section}]`) && OPTIONS[name] !== undefined);
        }
        machineSettings({ path: MACHINE_FILE, text }, {
          os: "linux",
          env: () => undefined,
          warn: (message) => assert.fail(message),
        });
        return [`${settings.length} settings`, settings];
      } catch (error) {
        throw shown(error);
      }
    },
  };
}

function machineFiles(): Material {
  const corpus = [
    "\ufeff# ours\r\n[defaults]\r\nStart-URL = https://idp.example/ # the tile\r\n\r\n[required]\r\ncache = 0\r\n",
    `[required]\nidp = https://idp.example/saml\nport = 8091\naccount = 111122223333\n  444455556666\n`,
    "[defaults]\ntimeout=5m\nregion = eu-west-1\nlog-format = json\nsso-url = https://idp.example/sso\n",
    "[defaults]\ntls-cert = /etc/x.pem\ntls-key = /etc/x.key\nidp-metadata=/etc/idp.xml\n",
  ];
  const words = [
    "[defaults]\n",
    "[required]\n",
    "[",
    "]",
    " = ",
    "=",
    "\n",
    "\r\n",
    "  ",
    "#",
    ";",
  ];
  return {
    corpus,
    words: [...words, ...OPTION_NAMES.map((name) => `${name} = `), ...VALUES, "no-cache"],
  };
}

/** The targets of `src/cli`. */
export const CLI_TARGETS: readonly Target[] = [
  { name: "cli/arguments", material: commandLines, open: openArguments },
  { name: "cli/settings variables", material: variables, open: openVariables },
  { name: "cli/settings/profile_source", material: profiles, open: openProfile },
  { name: "cli/settings/machine_source", material: machineFiles, open: openMachine },
];
