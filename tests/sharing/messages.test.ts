import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import { drawn, isMessage, Lines, stateAfter } from "../../src/sharing/messages.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";

const EVENTS = {
  queued: { kind: "queued", port: 8090, holder: "another" },
  listening: {
    kind: "listening",
    acs: "a",
    start: "s",
    opens: undefined,
    startUrl: "i",
    until: undefined,
  },
  opened: { kind: "browser-opened", by: "firefox" },
  tunnel: { kind: "tunnel", hint: "ssh" },
  refused: {
    kind: "refused",
    error: new UserError("x", "X", { exitCode: ExitCode.BAD_ASSERTION }),
    until: undefined,
  },
  asking: { kind: "asking", message: "m", until: 1 },
  exchanging: { kind: "exchanging", role: "r", region: "e" },
  exchangingToo: { kind: "exchanging", role: "r2", region: "e" },
  notice: { kind: "notice", message: "n" },
  warning: { kind: "warning", message: "w" },
  detail: { kind: "detail", message: "d" },
} as const satisfies Record<string, SignInEvent>;

type Name = keyof typeof EVENTS;

/** What happens, how it stands then, and what is drawn of that. */
const TABLE: readonly {
  readonly after: readonly Name[];
  readonly stands: readonly Name[];
  readonly drawn?: readonly Name[];
}[] = [
  { after: [], stands: [] },
  { after: ["queued"], stands: ["queued"] },
  { after: ["queued", "listening"], stands: ["listening"] },
  { after: ["listening", "tunnel", "opened"], stands: ["listening", "tunnel", "opened"] },
  { after: ["listening", "notice", "warning", "detail"], stands: ["listening"] },
  { after: ["listening", "refused", "refused"], stands: ["listening", "refused"] },
  { after: ["listening", "refused", "asking"], stands: ["listening", "asking"] },
  {
    after: ["listening", "asking", "exchanging"],
    stands: ["listening", "exchanging"],
    drawn: ["exchanging"],
  },
  {
    after: ["listening", "exchanging", "exchangingToo"],
    stands: ["listening", "exchangingToo"],
    drawn: ["exchangingToo"],
  },
  { after: ["listening", "exchanging", "refused"], stands: ["listening", "refused"] },
  { after: ["listening", "opened", "exchanging", "listening"], stands: ["listening"] },
];

for (const { after, stands, drawn: expected = stands } of TABLE) {
  Deno.test(`state: after ${after.join(", ") || "nothing"}`, () => {
    const events = (names: readonly Name[]): readonly SignInEvent[] =>
      names.map((name) => EVENTS[name]);
    const state = events(after).reduce(stateAfter, []);
    assert.deepEqual(state, events(stands));
    assert.deepEqual(drawn(state), events(expected));
  });
}

Deno.test("isMessage: by the kind alone", () => {
  assert.equal(isMessage({ kind: "leave" }, "leave"), true);
  assert.equal(isMessage({ kind: "leave" }, "order", "kept"), false);
  for (const odd of [undefined, null, "leave", [], {}, { kind: ["leave"] }]) {
    assert.equal(isMessage(odd, "leave"), false, JSON.stringify(odd));
  }
});

/** A connection that brings these pieces, and keeps what is written to it. */
function connection(...pieces: readonly (string | Uint8Array)[]) {
  const left = pieces.map((piece) =>
    typeof piece === "string" ? new TextEncoder().encode(piece) : piece
  );
  const written: string[] = [];
  let closed = false;
  return {
    written,
    isClosed: () => closed,
    read(buffer: Uint8Array) {
      if (closed) return Promise.reject(new Deno.errors.BadResource("closed"));
      const piece = left.shift();
      if (piece === undefined) return Promise.resolve(null);
      const [now, later] = [piece.subarray(0, buffer.length), piece.subarray(buffer.length)];
      if (later.length > 0) left.unshift(later);
      buffer.set(now);
      return Promise.resolve(now.length);
    },
    // Half of it at a time, as a full buffer has it.
    write(bytes: Uint8Array) {
      const count = Math.ceil(bytes.length / 2);
      written.push(new TextDecoder().decode(bytes.subarray(0, count)));
      return Promise.resolve(count);
    },
    close() {
      assert.ok(!closed, "closed twice");
      closed = true;
    },
  };
}

async function allOf(lines: Lines, longest?: number): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  while (true) {
    const value = await lines.read(longest);
    if (value === undefined) return values;
    values.push(value);
  }
}

Deno.test("Lines: values come one by one, however they are cut into pieces", async () => {
  const text = `{"a":"ä€😀"}\n[1]\nnull\n"x"\n`;
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    assert.deepEqual(
      await allOf(new Lines(connection(...pieces))),
      [{ a: "ä€😀" }, [1], null, "x"],
      `${size}`,
    );
  }
});

Deno.test("Lines: what is no line of JSON, or has no end, is the end", async () => {
  for (const text of ["{torn\n1\n", "\n1\n", "1", "GET / HTTP/1.1\r\n\r\n", "\0\n"]) {
    assert.deepEqual(await allOf(new Lines(connection(text))), [], JSON.stringify(text));
  }
});

Deno.test("Lines: a line that is too long closes the connection", async () => {
  for (const text of [`"${"x".repeat(100)}"\n1\n`, "x".repeat(100), `1\n"${"x".repeat(100)}`]) {
    const end = connection(text);
    const values = await allOf(new Lines(end), 50);
    assert.deepEqual([values, end.isClosed()], [text.startsWith("1") ? [1] : [], true]);
  }
  const long = connection("x".repeat(3_000_000));
  assert.deepEqual([await allOf(new Lines(long)), long.isClosed()], [[], true]);
});

Deno.test("Lines: values are written whole and in order, the first one at once", async () => {
  const end = connection();
  const lines = new Lines(end);
  const first = lines.write({ a: 1 });
  assert.deepEqual(end.written, [`{"a"`], "before anything else may end this process");
  await Promise.all([first, lines.write("b"), lines.write([3])]);
  assert.equal(end.written.join(""), `{"a":1}\n"b"\n[3]\n`);
  lines.write("later");
  assert.ok(end.written.join("").endsWith(`[3]\n"lat`), "and again");
});

Deno.test("Lines: an error in a message is one at the other end", async () => {
  const error = new UserError("sts-refused", "STS refused", {
    exitCode: ExitCode.REFUSED,
    hint: "Ask somebody",
    cause: new Error("the cause stays here"),
  });
  const end = connection();
  await new Lines(end).write({ events: [{ kind: "refused", error }] });
  const text = end.written.join("");
  assert.doesNotMatch(text, /cause|stack/);
  const [value] = await allOf(new Lines(connection(text)));
  const { code, message, hint, exitCode } = error;
  const same = new UserError(code, message, { exitCode, hint });
  assert.deepEqual(value, { events: [{ kind: "refused", error: same }] });
  const [odd] = await allOf(new Lines(connection(`{"error":{"exitCode":77}}\n`)));
  assert.ok(typeof odd === "object" && odd !== null && "error" in odd);
  assert.ok(odd.error instanceof UserError && odd.error.exitCode === ExitCode.FAULT);
});

Deno.test("Lines: whoever is gone rejects nothing", async () => {
  const gone = {
    read: () => Promise.reject(new Deno.errors.ConnectionReset("reset")),
    write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")),
    close: () => {},
  };
  const lines = new Lines(gone);
  await lines.write(1);
  assert.equal(await lines.read(), undefined);
  lines.close();
  lines.close();
});
