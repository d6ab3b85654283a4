/** `setup` on a terminal asks for what it was not given. */

import assert from "node:assert/strict";
import { filesOf, putFiles, recordingProgram } from "../support/aws_files.ts";
import { driverEnv, type Program, programs } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { type OnTerminal, onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { assertFree, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { openPicker, overNetwork, type PickerTab } from "../support/tab.ts";

const CONFIG = ".aws/config";
const URL = "https://idp.example/start";
const NAME = "Profile name [dev]: ";
const START_URL = "Start URL [none]: ";
const GO = "Press Enter to sign in, Ctrl-C to cancel: ";

/** A setup on a terminal, and what its browser was opened with. */
interface Asked extends AsyncDisposable {
  readonly stage: Stage;
  readonly terminal: OnTerminal;
  /** What the terminal shows, its line ends as files have them. */
  readonly shown: () => string;
  readonly opened: () => string;
  /** Waits for a prompt that stands last on the terminal, and answers it. */
  answer(prompt: string, keys: string): Promise<void>;
  /** Nothing was written, no browser was opened, and the port is free. */
  assertUntouched(): void;
}

/** The page on which bob picks, in the browser that was opened. */
async function pickerOf({ stage, opened }: Asked): Promise<PickerTab> {
  const start = await eventually("the browser", () => /http\S+\/start\/[\w-]+/.exec(opened())?.[0]);
  const [, base64 = ""] = stage.idp.signIn("bob").fields[0] ?? [];
  return await openPicker(overNetwork, stage.acsUrl, base64, start);
}

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly redirections?: string;
}

function start(
  program: Program,
  words: readonly string[],
  { env, files = {}, redirections = "" }: Given,
): Asked {
  const stage = setStage({ maxSessionDuration: 7200 });
  putFiles(stage.home, files);
  const browser = recordingProgram(stage.home, "browser");
  const before = filesOf(stage.home);
  const terminal = onTerminal(
    `${shellLine([...program.command, "setup", ...words])} ${redirections}`,
    driverEnv({
      home: stage.home,
      env: {
        ...stage.env,
        ...{ BROWSER: browser.path, STSSAMLDRIVER_PORT: String(stage.port) },
        ...{ TERM: "xterm", LANG: "C.UTF-8" },
        ...env,
      },
    }),
  );
  const shown = () => terminal.shown().replaceAll("\r\n", "\n");
  let seen = 0;
  return {
    ...{ stage, terminal, shown, opened: browser.runs },
    async answer(prompt, keys) {
      await eventually(
        `"${prompt}" after ${shown()}`,
        () => shown().indexOf(prompt, seen) >= 0 || undefined,
      );
      seen = shown().length;
      await terminal.type(keys);
    },
    assertUntouched() {
      assert.deepEqual(filesOf(stage.home), before);
      assert.equal(browser.runs(), "");
      assertFree(stage.port);
    },
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}

for (const program of programs()) {
  const test = (
    title: string,
    words: readonly string[],
    body: (asked: Asked) => Promise<void>,
    given: Given = {},
  ) =>
    Deno.test(peerTestDefinition(`${program.name}: setup ${title}`, {
      peer: ptyPeer(),
      required: false,
      fn: async () => {
        await using asked = start(program, words, given);
        await body(asked);
      },
    }));

  test(
    "asks for a name and the start URL, shows what it will do, and signs in",
    [],
    async (asked) => {
      const { stage, terminal, shown } = asked;
      await asked.answer(NAME, "\r");
      await asked.answer(START_URL, `${URL}  \r`);
      await asked.answer(GO, "\r");
      await terminal.waitFor("Waiting for the sign-in");
      await (await pickerOf(asked)).choose("Audit");
      assert.equal(await soon("the end", terminal.ended), 0, shown());
      const summary = `\n\n  Profile    dev in ${stage.home}/${CONFIG}\n  Start URL  ${URL}\n` +
        "  Role       the one you pick in the browser\n\n";
      assert.ok(shown().includes(summary), shown());
      assert.match(shown(), /right-click, copy link/);
      assert.match(shown(), /Profile "dev" is ready\. Try: aws s3 ls --profile dev\n$/);
      const config = filesOf(stage.home)[CONFIG] ?? "";
      assert.match(config, /^\[profile dev\]\ncredential_process = .*:role\/Audit /);
      assert.ok(config.includes(` --start-url ${URL} --port ${stage.port} --cache\n`), config);
      assert.equal(asked.opened().trimEnd().split("\n").length, 1);
      assert.equal(stage.sts.calls.length, 1);
    },
  );

  test(
    "shows what to ask the administrator for when Ctrl-C ends the wait",
    ["dev"],
    async (asked) => {
      const { terminal, shown, stage } = asked;
      await asked.answer(START_URL, `${URL}\r`);
      await asked.answer(GO, "\r");
      await terminal.waitFor("Waiting for the sign-in");
      await terminal.waitFor("If the AWS console opens instead, press Ctrl-C");
      await terminal.type("\x03");
      assert.equal(await soon("the end", terminal.ended), 130);
      const [, hint = ""] = shown().split("stssamldriver: Interrupted\n");
      assert.match(hint, /^ {2}Did the AWS console open .*\n.*Send this to your administrator:\n/);
      assert.ok(hint.includes(`\n     ${stage.acsUrl}\n`), hint);
      const statement = /^ {2}\{\n[^]*^ {2}\}\n/m.exec(hint)?.[0] ?? "";
      assert.equal(JSON.parse(statement).Condition.StringEquals["SAML:aud"], stage.acsUrl);
      assert.deepEqual(Object.keys(filesOf(stage.home)), ["browser"]);
    },
  );

  interface Refused {
    readonly name: string;
    readonly keys: string;
    readonly says: string;
  }

  const taken = {
    [CONFIG]: "[profile dev]\ncredential_process = /opt/other\n[profile fights]\nsso_region = x\n" +
      "[profile free]\nregion = eu-west-1\n",
    ".aws/credentials": "[keys]\naws_access_key_id = AKIASECRET\n",
  };
  const refusals: readonly Refused[] = [
    { name: "bad", keys: "a b", says: 'Cannot use "a b" as a profile name: ' },
    { name: "of another program", keys: "dev", says: "starts another program\n  Use another " },
    { name: "with other settings", keys: "fights", says: 'Cannot write profile "fights" in ' },
    { name: "in the other file", keys: "keys", says: "would override it\n" },
    { name: "with an arrow key in it", keys: "x\x1b[D", says: "it contains invisible or " },
    { name: "with hidden text", keys: "x\u202ey", says: "it contains invisible or " },
  ];
  test("refuses a name with the reason, and asks again", [], async (asked) => {
    // "dev" is another program's, so another name is offered.
    const prompt = "Profile name [aws]: ";
    for (const { keys } of refusals) await asked.answer(prompt, `${keys}\r`);
    await asked.answer(prompt, "free\r");
    await asked.answer(START_URL, "\r");
    await asked.answer(GO, "\x03");
    assert.equal(await soon("the end", asked.terminal.ended), 130);
    const parts = asked.shown().split(prompt);
    for (const [index, { name, says }] of refusals.entries()) {
      assert.ok(parts[index + 1]?.includes(says), `${name}: ${parts[index + 1]}`);
    }
    assert.match(asked.shown(), /\n {2}Profile {4}free in .*config \(will be updated\)\n/);
    assert.match(asked.shown(), /\n {2}Start URL {2}none: /);
    assert.doesNotMatch(asked.shown(), /AKIASECRET/);
    asked.assertUntouched();
  }, { files: taken });

  test("refuses a start URL with the reason, and asks again", ["dev"], async (asked) => {
    for (const url of ["idp.example/start", "ftp://idp.example/", "https://idp.example/\tx"]) {
      await asked.answer(START_URL, `${url}\r`);
    }
    await asked.answer(START_URL, "https://idp.example/x\x7f\u00fc?a=1&b=2\r");
    await asked.answer(GO, "no\r");
    assert.equal(await soon("the end", asked.terminal.ended), 130);
    assert.match(
      asked.shown(),
      /Cannot use "idp\.example\/start": not a URL \(must start with https:\/\/\)\n/,
    );
    assert.match(
      asked.shown(),
      /Cannot use "ftp:\/\/idp\.example\/": must start with https:\/\/ or http:\/\/, not ftp:\n/,
    );
    assert.match(asked.shown(), /it contains invisible or /);
    assert.match(asked.shown(), /Start URL {2}https:\/\/idp\.example\/%C3%BC\?a=1&b=2\n/);
    asked.assertUntouched();
  });

  const leaves: readonly (readonly [name: string, key: string, says: string])[] = [
    ["Ctrl-C", "\x03", "Interrupted"],
    ["Ctrl-D", "\x04", "Canceled"],
  ];
  for (const [name, key, says] of leaves) {
    for (const answers of [[], ["\r"], ["\r", `${URL}\r`]]) {
      test(`ends with 130 at ${name} after ${answers.length} answers`, [], async (asked) => {
        const prompts = [NAME, START_URL, GO];
        for (const [index, keys] of [...answers, key].entries()) {
          await asked.answer(prompts[index] ?? "", keys);
        }
        assert.equal(await soon("the end", asked.terminal.ended), 130, asked.shown());
        assert.ok(asked.shown().endsWith(`\n✗ stssamldriver: ${says}\n`), asked.shown());
        asked.assertUntouched();
      });
    }
  }

  test("offers the start URL of another profile of its own", [], async (asked) => {
    await asked.answer(NAME, "\r");
    await asked.answer(`Start URL, or none [${URL}, from profile two]: `, "\r");
    await asked.answer(GO, "q\r");
    assert.equal(await soon("the end", asked.terminal.ended), 130);
    asked.assertUntouched();
  }, {
    files: {
      [CONFIG]:
        "[profile one]\ncredential_process = stssamldriver --issuer https://one.example/\n" +
        `[profile two]\ncredential_process = stssamldriver --profile two\nstssamldriver_issuer = ${URL}\n` +
        "[profile three]\ncredential_process = stssamldriver --port 1\n" +
        "[profile four]\ncredential_process = other --issuer https://four.example/\n",
    },
  });

  const both = [
    ...["--role-arn", "arn:aws:iam::111122223333:role/Dev"],
    ...["--saml-provider-arn", "arn:aws:iam::111122223333:saml-provider/Idp"],
  ];
  test("asks only for the name when the rest is given, and signs in only for a role", [
    ...both,
    ...["--issuer", URL],
  ], async (asked) => {
    await asked.answer(NAME, "mine\r");
    await asked.answer("Press Enter to write it, Ctrl-C to cancel: ", "\r");
    assert.equal(await soon("the end", asked.terminal.ended), 0, asked.shown());
    assert.doesNotMatch(asked.shown(), /portal/);
    assert.match(filesOf(asked.stage.home)[CONFIG] ?? "", /^\[profile mine\]\n/);
    assert.equal(asked.opened(), "");
  });

  for (
    const [title, words, env] of [
      ["a name and flags", ["dev", "--timeout", "9m"], {}],
      ["a name, and a variable for the start URL", ["dev"], { STSSAMLDRIVER_ISSUER: URL }],
    ] as const
  ) {
    test(`asks for nothing beside ${title}`, words, async ({ terminal, shown }) => {
      await terminal.waitFor("Waiting for the sign-in");
      assert.doesNotMatch(shown(), /Profile name|\]: /);
    }, { env });
  }

  for (
    const [title, words, redirections] of [
      ["stdin is no terminal", [], "</dev/null"],
      ["what it says is for machines", ["--log-format", "json"], ""],
    ] as const
  ) {
    test(`does not ask when ${title}`, words, async (asked) => {
      assert.equal(await soon("the end", asked.terminal.ended), 2, asked.shown());
      assert.match(asked.shown(), /Which profile\? e\.g\. stssamldriver setup dev/);
      asked.assertUntouched();
    }, { redirections });
  }

  test("says what is wrong with the file before it asks", [], async (asked) => {
    assert.equal(await soon("the end", asked.terminal.ended), 8, asked.shown());
    assert.match(asked.shown(), /^✗ stssamldriver: Cannot change .* start the same section, /m);
    assert.doesNotMatch(asked.shown(), /Profile name/);
    asked.assertUntouched();
  }, { files: { [CONFIG]: "[profile a]\n[profile a]\n" } });

  test(
    "asks at the terminal, while stdout takes what --dry-run shows",
    ["--dry-run"],
    async (asked) => {
      await asked.answer(NAME, "\r");
      await asked.answer(START_URL, `${URL}\r`);
      await asked.answer(GO, "\r");
      await asked.terminal.waitFor("Waiting for the sign-in");
      await (await pickerOf(asked)).choose("Audit");
      assert.equal(await soon("the end", asked.terminal.ended), 0, asked.shown());
      const { stdout, ...others } = filesOf(asked.stage.home);
      assert.match(stdout ?? "", /^\[profile dev\]\ncredential_process = /);
      assert.deepEqual(Object.keys(others), ["browser"]);
      assert.equal(asked.stage.sts.calls.length, 0);
    },
    { redirections: ">~/stdout" },
  );
}
