import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import { drawn, isMessage, stateAfter } from "../../src/sharing/messages.ts";
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
