import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { Terminal, type TerminalOptions } from "../../src/cli/terminal.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import { localTimeWithSpan } from "../../src/text.ts";
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
  opens: "/usr/bin/xdg-open",
  startUrl: "https://idp.example/start",
  until: undefined,
};

const WAITING = [
  "If the AWS console opens instead, your identity provider still posts to AWS, not to " +
  "http://localhost:8090/saml",
  "  (ask its administrator to add that address as another ACS (reply) URL of the AWS application)",
  "Waiting on http://localhost:8090/saml (Ctrl-C to cancel)",
] as const;

/** Events, and their lines on a terminal that shows ASCII and cannot be drawn over. */
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
    "Opening your browser to sign in (xdg-open). If it does not open, go to",
    "  http://localhost:8090/start/n",
    ...WAITING,
  ]],
  [{ ...LISTENING, opens: undefined, until: NOON + 300_000 }, [
    "Sign in at http://localhost:8090/start/n",
    WAITING[0],
    WAITING[1],
    "Waiting on http://localhost:8090/saml for 5 minutes (Ctrl-C to cancel)",
  ]],
  [{ ...LISTENING, console: true }, [
    "Opening your browser to sign in (xdg-open). If it does not open, go to",
    "  http://localhost:8090/start/n",
    WAITING[2],
  ]],
  [{ ...LISTENING, start: undefined, opens: undefined, startUrl: undefined }, [
    "Start the sign-in to AWS at your identity provider, for example by clicking the AWS tile in " +
    "your company's portal",
    ...WAITING,
  ]],
  [{ kind: "browser-opened", by: "xdg-open" }, ["Opened your browser (xdg-open)"]],
  [{ kind: "browser-opened", by: "C:\\Windows\\rundll32.exe" }, [
    "Opened your browser (rundll32.exe)",
  ]],
  [{ kind: "browser-failed", reason: "no display" }, ["No browser was opened: no display"]],
  [{ kind: "tunnel", hint: "Run this:\n  ssh host" }, ["Run this:", "  ssh host"]],
  [{ kind: "refused", error: refusal, until: undefined }, [
    "[x] Sign-in rejected: The assertion is over",
    "  Sign in again.",
    "  Or set the clock.",
  ]],
  [{ kind: "exchanging", role: DEFAULT_ROLE, region: "eu-west-1" }, [
    "Requesting credentials from STS (eu-west-1)",
  ]],
  [signedIn("alice@example.com"), [
    `[ok] Signed in as alice@example.com: role Dev in account 111122223333, until ${
      localTimeWithSpan(NOON + 3_600_000, NOON)
    }`,
    "They went there",
  ]],
  [{ kind: "success", message: "Done" }, ["[ok] Done"]],
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
    const { terminal, device, stderr } = made({ redraws: false });
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
    const plain = lines.map((line) => line.replace(/^\[(ok|x)\] /, ""));
    assert.equal(stderr.text(), plain.map((line) => `${line}\n`).join(""), event.kind);
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

Deno.test("Terminal: success and failure are marked on a terminal, in its encoding", () => {
  const marks: readonly [different: Parameters<typeof made>[0], good: string, bad: string][] = [
    [{ unicode: true }, "✓ Done\n", "✗ Sign-in rejected: The assertion is over\n"],
    [{ unicode: false }, "[ok] Done\n", "[x] Sign-in rejected: The assertion is over\n"],
    [{ unicode: true, colour: true }, "\x1b[32m✓ Done\x1b[0m\n", "\x1b[31m✗ Sign-in rejected"],
    [{ unicode: true, tty: false }, "Done\n", "Sign-in rejected: The assertion is over\n"],
  ];
  for (const [different, good, bad] of marks) {
    const { terminal, device, stderr } = made(different);
    terminal.watch({ kind: "success", message: "Done" });
    terminal.watch({ kind: "refused", error: refusal, until: undefined });
    assert.ok(`${device.text()}${stderr.text()}`.startsWith(good + bad), device.text());
  }
});

Deno.test("Terminal: that the announced browser opened is no news, another one is", () => {
  const { terminal, device } = made({ redraws: false });
  terminal.watch({ ...LISTENING, opens: "xdg-open" });
  const before = device.text();
  terminal.watch({ kind: "browser-opened", by: "xdg-open" });
  assert.equal(device.text(), before);
  terminal.watch({ kind: "browser-opened", by: "firefox" });
  assert.equal(device.text(), `${before}Opened your browser (firefox)\n`);
});

Deno.test("Terminal: the time left is drawn over itself and gone at the end", () => {
  const { terminal, device } = made();
  terminal.watch({ ...LISTENING, until: NOON + 249_000 });
  const drawn = "\r\x1b[2KWaiting for the sign-in, 4:09 left (Ctrl-C to cancel)";
  assert.ok(device.text().endsWith(` application)\n${drawn}`), device.text());
  assert.ok(!device.text().includes("Waiting on"), "the same twice");
  terminal.watch({ kind: "browser-opened", by: "firefox" });
  assert.ok(device.text().endsWith("cancel)\r\x1b[2KOpened your browser (firefox)\n"));
  terminal.watch({ kind: "refused", error: refusal, until: NOON + 30_000 });
  assert.ok(device.text().endsWith("Waiting for the sign-in, 0:30 left (Ctrl-C to cancel)"));
  terminal.watch({ kind: "exchanging", role: "r", region: "r" });
  assert.ok(device.text().endsWith("cancel)\r\x1b[2KRequesting credentials from STS (r)\n"));
  terminal.close();
  assert.ok(device.text().endsWith("STS (r)\n"), "nothing is left to erase");
});

Deno.test("Terminal: the time to answer in the browser is drawn, and a wait that goes on without it", () => {
  let now = NOON;
  const { terminal, device } = made({ now: () => now });
  terminal.watch({ kind: "asking", message: "Choose", until: NOON + 61_000 });
  assert.ok(device.text().startsWith("Choose\n"), device.text());
  assert.ok(
    device.text().endsWith(
      "\r\x1b[2KWaiting for your answer in the browser, 1:01 left (Ctrl-C to cancel)",
    ),
  );
  now += 61_000;
  terminal.watch({ kind: "asking", message: "Choose", until: NOON + 61_000 });
  assert.ok(device.text().endsWith("\r\x1b[2KWaiting for the sign-in (Ctrl-C to cancel)"));
  terminal.close();
  const elsewhere = made({ tty: false });
  elsewhere.terminal.watch({ kind: "asking", message: "Choose", until: NOON + 61_000 });
  assert.equal(elsewhere.stderr.text(), "Choose, 61 seconds left\n");
});

Deno.test("Terminal.close: nothing is drawn afterwards, whatever is said", () => {
  const { terminal, device } = made();
  terminal.watch({ ...LISTENING, until: NOON + 249_000 });
  terminal.close();
  assert.ok(device.text().endsWith("cancel)\r\x1b[2K"), device.text());
  const before = device.text().length;
  terminal.watch({ kind: "refused", error: refusal, until: NOON + 30_000 });
  terminal.watch({ kind: "asking", message: "Choose", until: NOON + 61_000 });
  terminal.watch({ kind: "progress", done: 1, total: 2 });
  assert.doesNotMatch(device.text().slice(before), /\p{Cc}(?<!\n)| left \(/u);
});

Deno.test("Terminal: the end of a run erases the drawing before its last word", () => {
  const { terminal, device, stderr } = made();
  terminal.watch({ ...LISTENING, until: NOON + 60_000 });
  terminal.fail(refusal);
  assert.ok(device.text().includes("cancel)\r\x1b[2K[x] stssamldriver: The assertion is over\n"));
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
  assert.equal(during.device.text(), `Warning: x\n[x] ${text}`);
  const same = made({ tty: false });
  same.terminal.watch({ kind: "warning", message: "x" });
  same.terminal.fail(refusal);
  assert.equal(same.stderr.text(), `Warning: x\n${text}`, "once");
  const stderr = fakeStream(true);
  const seen = made({ stderr });
  seen.terminal.watch({ kind: "warning", message: "x" });
  seen.terminal.fail(refusal);
  assert.equal(seen.device.text(), "Warning: x\n", "stderr is looked at");
  assert.equal(stderr.text(), `[x] ${text}`);
});

// A TransportError's message is the whole chain of its causes, which are there one by one, too.
Deno.test("Terminal.fail: what led to it is for --verbose, and nothing of it is said twice", () => {
  const inner = new Error("connection refused");
  const sending = new TypeError("error sending request", {
    cause: new Error("error sending request", { cause: inner }),
  });
  const error = new UserError("x", "STS could not be reached", {
    exitCode: ExitCode.UNREACHABLE,
    cause: new Error("the proxy said no", {
      cause: new Error("fetch failed: error sending request: connection refused", {
        cause: sending,
      }),
    }),
  });
  const short = made({ tty: false });
  short.terminal.fail(error);
  assert.equal(short.stderr.text(), "stssamldriver: STS could not be reached\n");
  const verbose = made({ tty: false, verbose: true });
  verbose.terminal.fail(error);
  assert.equal(
    verbose.stderr.text(),
    "stssamldriver: STS could not be reached\n" +
      "  Caused by: the proxy said no\n" +
      "  Caused by: fetch failed: error sending request: connection refused\n",
  );
  const json = made({ format: "json", verbose: true });
  json.terminal.fail(error);
  const log = json.stderr.text().trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(log.map(({ event }) => event), ["error", "detail", "detail"]);
  inner.cause = error;
  made({ tty: false, verbose: true }).terminal.fail(error);
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
    opens: "/usr/bin/xdg-open",
    startUrl: "https://idp.example/start",
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
