import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { errorText, Terminal, type TerminalOptions } from "../../src/cli/terminal.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import {
  exchangedFake,
  FAKE_SECRETS,
  type FakeStream,
  fakeStream,
  NOON,
} from "../support/fakes.ts";
import { DEFAULT_ROLE } from "../support/saml_attributes.ts";

interface Made {
  readonly terminal: Terminal;
  readonly stderr: FakeStream;
  readonly device: FakeStream;
  /** How often the device was opened. */
  readonly opened: () => number;
}

function made(different: Partial<TerminalOptions> & { readonly tty?: boolean } = {}): Made {
  const stderr = fakeStream();
  const device = fakeStream(true);
  let opened = 0;
  const { tty = true, ...options } = different;
  const terminal = new Terminal({
    stderr,
    openTerminal: () => {
      opened++;
      return tty ? device : undefined;
    },
    now: () => NOON,
    format: "text",
    verbose: false,
    colour: false,
    redraws: true,
    ...options,
  });
  return { terminal, stderr, device, opened: () => opened };
}

const refusal = new UserError("assertion-expired", "The assertion is over", {
  exitCode: ExitCode.BAD_ASSERTION,
  hint: "Sign in again.\nOr set the clock.",
  cause: new Error("inner detail"),
});

const LISTENING: SignInEvent = {
  kind: "listening",
  acs: "http://localhost:8090/saml",
  start: "http://localhost:8090/start/n",
  issuer: "https://idp.example/start",
  until: undefined,
};

const EVENTS: readonly [event: SignInEvent, lines: readonly string[]][] = [
  [
    { kind: "queued", port: 8090, holder: "arn:x, process 7" },
    ["Another sign-in has port 8090 (arn:x, process 7); waiting for it to end"],
  ],
  [
    { kind: "queued", port: 8090, holder: undefined },
    ["Another sign-in has port 8090; waiting for it to end"],
  ],
  [LISTENING, [
    "Sign in at http://localhost:8090/start/n",
    "It goes on to https://idp.example/start",
    "Waiting on http://localhost:8090/saml",
  ]],
  [{ ...LISTENING, start: undefined, issuer: undefined, until: undefined }, [
    "Start the sign-in to AWS at your identity provider",
    "Waiting on http://localhost:8090/saml",
  ]],
  [{ kind: "browser-opened", by: "xdg-open" }, ["Opened in the browser by xdg-open"]],
  [{ kind: "browser-failed", reason: "no display" }, ["No browser was opened: no display"]],
  [{ kind: "tunnel", hint: "Run this:\n  ssh host" }, ["Run this:", "  ssh host"]],
  [{ kind: "refused", error: refusal, until: undefined }, [
    "Not used: The assertion is over",
    "  Sign in again.",
    "  Or set the clock.",
  ]],
  [{ kind: "exchanging", role: DEFAULT_ROLE, region: "eu-west-1" }, [
    `Asking STS in eu-west-1 for ${DEFAULT_ROLE}`,
  ]],
  [signedIn("alice@example.com"), [
    "Signed in as alice@example.com: role Dev in account 111122223333 until " +
    "2026-11-23 13:00:00 UTC (1 h)",
    "They went there",
  ]],
  [{ kind: "warning", message: "Beware" }, ["Warning: Beware"]],
  [{ kind: "detail", message: "An aside" }, []],
];

function signedIn(person: string): SignInEvent {
  return {
    kind: "signed-in",
    delivered: "They went there",
    signedIn: {
      credentials: exchangedFake().credentials,
      role: parseRoleArn(DEFAULT_ROLE),
      person,
      provider: parseProviderArn("arn:aws:iam::111122223333:saml-provider/Idp"),
      region: { name: "us-east-1", named: false },
      askedSeconds: 3600,
      shortenedTo: undefined,
    },
  };
}

Deno.test("Terminal: each event in its words, on the terminal and not on stderr", () => {
  for (const [event, lines] of EVENTS) {
    const { terminal, device, stderr } = made();
    terminal.watch(event);
    terminal.close();
    assert.equal(device.text(), lines.map((line) => `${line}\n`).join(""), event.kind);
    assert.equal(stderr.text(), "");
  }
});

Deno.test("Terminal: without a terminal the same goes to stderr", () => {
  for (const [event, lines] of EVENTS) {
    const { terminal, stderr } = made({ tty: false });
    terminal.watch(event);
    terminal.close();
    assert.equal(stderr.text(), lines.map((line) => `${line}\n`).join(""), event.kind);
  }
});

Deno.test("Terminal: the device is opened once, and only when there is something to say", () => {
  const { terminal, opened } = made();
  terminal.watch({ kind: "detail", message: "not asked for" });
  assert.equal(opened(), 0);
  terminal.watch({ kind: "warning", message: "one" });
  terminal.watch({ kind: "warning", message: "two" });
  terminal.close();
  assert.equal(opened(), 1);
});

Deno.test("Terminal: details are for --verbose", () => {
  const { terminal, device } = made({ verbose: true });
  terminal.watch({ kind: "detail", message: "An aside" });
  assert.equal(device.text(), "An aside\n");
});

Deno.test("Terminal: colours on a terminal, none elsewhere and none when they are not wanted", () => {
  const event: SignInEvent = { kind: "warning", message: "Beware" };
  const coloured = made({ colour: true });
  coloured.terminal.watch(event);
  assert.equal(coloured.device.text(), "\x1b[33mWarning: Beware\x1b[0m\n");
  const elsewhere = made({ colour: true, tty: false });
  elsewhere.terminal.watch(event);
  assert.equal(elsewhere.stderr.text(), "Warning: Beware\n");
  const plain = made({ colour: false });
  plain.terminal.watch(event);
  assert.equal(plain.device.text(), "Warning: Beware\n");
});

Deno.test("Terminal: the time left is drawn over itself and gone at the end", () => {
  const { terminal, device } = made();
  terminal.watch({ ...LISTENING, until: NOON + 249_000 });
  assert.ok(device.text().endsWith("\r\x1b[2KWaiting for the sign-in, 4:09 left"), device.text());
  terminal.watch({ kind: "browser-opened", by: "xdg-open" });
  assert.ok(device.text().endsWith("left\r\x1b[2KOpened in the browser by xdg-open\n"));
  terminal.watch({ kind: "refused", error: refusal, until: NOON + 30_000 });
  assert.ok(device.text().endsWith("Waiting for the sign-in, 0:30 left"));
  terminal.watch({ kind: "exchanging", role: "r", region: "r" });
  assert.ok(device.text().endsWith("left\r\x1b[2KAsking STS in r for r\n"));
  terminal.close();
  assert.ok(device.text().endsWith("for r\n"), "nothing is left to erase");
});

Deno.test("Terminal: the time to answer in the browser is drawn, and a wait that goes on without it", () => {
  let now = NOON;
  const { terminal, device } = made({ now: () => now });
  terminal.watch({ kind: "asking", message: "Choose", until: NOON + 61_000 });
  assert.ok(device.text().startsWith("Choose, 61 s left\n"), device.text());
  assert.ok(device.text().endsWith("\r\x1b[2KWaiting for your answer in the browser, 1:01 left"));
  now += 61_000;
  terminal.watch({ kind: "asking", message: "Choose", until: NOON + 61_000 });
  assert.ok(device.text().endsWith("\r\x1b[2KWaiting for the sign-in"));
  terminal.close();
});

Deno.test("Terminal: the end of a run erases the drawing before its last word", () => {
  const { terminal, device, stderr } = made();
  terminal.watch({ ...LISTENING, until: NOON + 60_000 });
  terminal.fail(refusal);
  assert.ok(device.text().includes("left\r\x1b[2Kstssamldriver: The assertion is over\n"));
  assert.match(stderr.text(), /^stssamldriver: The assertion is over\n/);
});

Deno.test("Terminal: nothing is drawn without an end, without a terminal, or where it cannot be", () => {
  const cases: readonly [different: Parameters<typeof made>[0], until: number | undefined][] = [
    [{}, undefined],
    [{ tty: false }, NOON + 60_000],
    [{ redraws: false }, NOON + 60_000],
    [{ format: "json" }, NOON + 60_000],
  ];
  for (const [different, until] of cases) {
    const { terminal, device, stderr } = made(different);
    terminal.watch({ ...LISTENING, until });
    terminal.close();
    assert.ok(!`${device.text()}${stderr.text()}`.includes("\x1b"), JSON.stringify(different));
  }
});

Deno.test("Terminal.fail: the last word is on stderr, and on the terminal if that was in use", () => {
  const text = "stssamldriver: The assertion is over\n  Sign in again.\n  Or set the clock.\n";
  const before = made();
  before.terminal.fail(refusal);
  assert.equal(before.stderr.text(), text);
  assert.equal(before.device.text(), "", "an SDK shows stderr itself");
  const during = made();
  during.terminal.watch({ kind: "warning", message: "x" });
  during.terminal.fail(refusal);
  assert.equal(during.stderr.text(), text);
  assert.equal(during.device.text(), `Warning: x\n${text}`);
  const same = made({ tty: false });
  same.terminal.watch({ kind: "warning", message: "x" });
  same.terminal.fail(refusal);
  assert.equal(same.stderr.text(), `Warning: x\n${text}`, "once");
  const seen = made({ stderr: fakeStream(true) });
  seen.terminal.watch({ kind: "warning", message: "x" });
  seen.terminal.fail(refusal);
  assert.equal(seen.device.text(), "Warning: x\n", "stderr is looked at");
});

Deno.test("Terminal: json is one object a line on stderr, and nothing on the terminal", () => {
  for (const [event] of EVENTS) {
    const { terminal, device, stderr, opened } = made({ format: "json", verbose: true });
    terminal.watch(event);
    terminal.close();
    const [line = "", rest] = stderr.text().split("\n");
    assert.equal(rest, "");
    const fields = JSON.parse(line);
    assert.equal(fields.time, "2026-11-23T12:00:00.000Z");
    assert.equal(fields.event, event.kind);
    assert.equal(device.text(), "");
    assert.equal(opened(), 0);
    for (const secret of [...FAKE_SECRETS, "inner detail", "ASIAFAKE"]) {
      assert.ok(!line.includes(secret), line);
    }
  }
});

Deno.test("Terminal: json has the fields that a script needs", () => {
  const logged = (tell: (terminal: Terminal) => void): unknown => {
    const { terminal, stderr } = made({ format: "json" });
    tell(terminal);
    const { time: _, ...fields } = JSON.parse(stderr.text());
    return fields;
  };
  const error = {
    code: "assertion-expired",
    message: "The assertion is over",
    hint: "Sign in again.\nOr set the clock.",
    exitCode: 5,
  };
  assert.deepEqual(logged((terminal) => terminal.fail(refusal)), { event: "error", ...error });
  assert.deepEqual(
    logged((terminal) => terminal.watch({ kind: "refused", error: refusal, until: undefined })),
    { event: "refused", ...error },
  );
  assert.deepEqual(logged((terminal) => terminal.watch(signedIn("alice"))), {
    event: "signed-in",
    role: DEFAULT_ROLE,
    person: "alice",
    expiration: "2026-11-23T13:00:00.000Z",
    delivered: "They went there",
  });
  assert.deepEqual(logged((terminal) => terminal.watch(LISTENING)), {
    event: "listening",
    acs: "http://localhost:8090/saml",
    start: "http://localhost:8090/start/n",
    issuer: "https://idp.example/start",
  });
});

// A page on the web can post an assertion with any of these in its status message or its issuer.
const HOSTILE: readonly [name: string, text: string][] = [
  ["an escape sequence", "\x1b[2J\x1b]0;title\x07"],
  ["C1 controls", "\x9b2J\x90x\x9c"],
  ["carriage return", "x\rSigned in as root"],
  ["a line of its own", "x\nSigned in as root: role Admin"],
  ["backspaces", "evil\b\b\b\bgood"],
  ["delete and NUL", "\x7f\0"],
  ["turned writing", "\u202egood\u2066\u2069\u200f\u200e\u061c"],
  ["other line separators", "x\u2028y\u2029z\x85w"],
];

for (const [name, text] of HOSTILE) {
  Deno.test(`Terminal: text with ${name} cannot pass for the driver's own`, () => {
    const error = new UserError("x", `Message ${text}`, {
      exitCode: ExitCode.BAD_ASSERTION,
      hint: `Hint ${text}`,
    });
    const events: readonly SignInEvent[] = [
      { kind: "refused", error, until: undefined },
      { kind: "queued", port: 1, holder: text },
      { kind: "browser-failed", reason: text },
      { kind: "detail", message: text },
      { kind: "warning", message: text },
      signedIn(text),
    ];
    const forbidden = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
    for (const event of events) {
      const { terminal, device } = made({ verbose: true });
      terminal.watch(event);
      assert.doesNotMatch(device.text(), forbidden, event.kind);
      assert.doesNotMatch(device.text(), /^Signed in as root/m, event.kind);
    }
    const { terminal, device, stderr } = made();
    terminal.watch({ kind: "warning", message: "x" });
    terminal.fail(error);
    for (const said of [device.text(), stderr.text()]) {
      assert.doesNotMatch(said, forbidden);
      assert.doesNotMatch(said, /^Signed in as root/m);
    }
    const json = made({ format: "json", verbose: true });
    for (const event of events) json.terminal.watch(event);
    assert.doesNotMatch(json.stderr.text(), forbidden);
    assert.equal(json.stderr.text().split("\n").length, events.length + 1);
    const [first = ""] = json.stderr.text().split("\n");
    assert.equal(JSON.parse(first).message, `Message ${text}`, "a script reads what it was");
  });
}

Deno.test("Terminal: a line that was broken elsewhere is one line here", () => {
  const { terminal, device } = made();
  terminal.watch({ kind: "warning", message: "one\r\n\ntwo" });
  assert.equal(device.text(), "Warning: one two\n");
});

Deno.test("Terminal: a long run of blanks costs nothing to speak of", () => {
  const { terminal, device } = made();
  const start = performance.now();
  terminal.watch({ kind: "warning", message: `x${" ".repeat(300_000)}y` });
  assert.ok(performance.now() - start < 2000);
  assert.ok(device.text().endsWith(" y\n"));
});

Deno.test("errorText: the message behind its prefix, the hint indented below it", () => {
  assert.equal(errorText({ message: "No", hint: undefined }, "p: "), "p: No\n");
  assert.equal(errorText({ message: "No", hint: "a\nb" }, ""), "No\n  a\n  b\n");
});
