import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { Question, RoleChoice, TerminalQuestion } from "../../src/sign_in/next.ts";
import { sentPage } from "../../src/sign_in/pages/pages.ts";
import { usePasted } from "../../src/sign_in/pasted.ts";
import { userErrorFrom } from "../support/checks.ts";
import { fakeWorld, NOON, readFake, requestFake } from "../support/fakes.ts";

function role(account: string, name: string, others: Partial<RoleChoice> = {}): RoleChoice {
  return {
    key: `${account}/${name}`,
    account,
    name,
    arns: {
      role: parseRoleArn(`arn:aws:iam::${account}:role/${name}`),
      provider: parseProviderArn(`arn:aws:iam::${account}:saml-provider/idp`),
    },
    ...others,
  };
}

const ROLES = [
  role("222222222222", "dev10"),
  role("222222222222", "dev2"),
  role("333333333333", "admin", { accountName: "A first" }),
];

interface Scene {
  readonly onTerminal?: TerminalQuestion;
  /** What the person types; nothing behind the last one: Ctrl-D. */
  readonly lines?: readonly string[];
  readonly terminal?: boolean;
  readonly late?: boolean;
  readonly takes?: (form: URLSearchParams) => boolean;
  readonly readLine?: () => Promise<string | undefined>;
  readonly signal?: AbortSignal;
}

/** Asks behind a paste, and tells what was answered and what stood on the terminal. */
function scene({ onTerminal, lines = [], terminal = true, late, ...more }: Scene) {
  const typed = [...lines, undefined];
  let shown = "";
  let answered: string | undefined;
  let used = false;
  const read = readFake("ok");
  const question: Question = {
    read,
    path: "choose",
    announced: "",
    page: () => assert.fail("there is no page"),
    answer: (form) => {
      answered = form.toString();
      if (more.takes?.(form) === false) return undefined;
      return {
        choice: "",
        use: () => {
          used = true;
          return { kind: "done", page: sentPage(new URL("https://idp.example"), "") };
        },
      };
    },
    onTerminal,
  };
  const { watch: _, ...world } = fakeWorld({
    now: () => late ? read.redeemableUntil : NOON,
    pasting: {
      openInput: () =>
        Promise.resolve({
          isTerminal: false,
          read: pieces("ok"),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
      seesBrowser: () => false,
      openDialog: () =>
        Promise.resolve(
          terminal
            ? {
              write: (text) => void (shown += text),
              readLine: more.readLine ?? (() => Promise.resolve(typed.shift())),
              [Symbol.dispose]: () => {},
            }
            : undefined,
        ),
    },
  });
  const over = usePasted(
    requestFake(),
    { ...world, watch: () => {}, signal: more.signal ?? new AbortController().signal },
    {
      title: "",
      requests: undefined,
      expected: { role: undefined, provider: undefined, idp: undefined },
      use: () => Promise.resolve({ kind: "ask", question }),
    },
  );
  return { over, used: () => used, shown: () => shown, answered: () => answered };
}

function pieces(...all: readonly string[]): () => Promise<string | undefined> {
  const left = [...all];
  return () => Promise.resolve(left.shift());
}

const roles = (last?: string): TerminalQuestion => ({ kind: "roles", roles: ROLES, last });
const confirm: TerminalQuestion = { kind: "confirm", question: "Remove 2 profiles?" };

Deno.test("usePasted: by number or ARN, in the order of names and numbers, until it is one of them", async () => {
  const table:
    readonly (readonly [lines: readonly string[], last: string | undefined, key: string])[] = [
      [["1"], undefined, "222222222222/dev2"],
      [["2"], undefined, "222222222222/dev10"],
      [[" 3 "], undefined, "333333333333/admin"],
      [["arn:aws:iam::222222222222:role/dev10"], undefined, "222222222222/dev10"],
      [[""], "222222222222/dev10", "222222222222/dev10"],
      [["0", "4", "admin", "-1", "1e0", "3"], undefined, "333333333333/admin"],
      [["", "2"], "a role that is gone", "222222222222/dev10"],
    ];
  for (const [lines, last, key] of table) {
    const { over, used, answered, shown } = scene({ onTerminal: roles(last), lines });
    await over;
    assert.ok(used());
    assert.equal(answered(), new URLSearchParams({ role: key }).toString(), lines.join());
    assert.equal(shown().split("Enter a number from 1 to 3\n").length, lines.length);
  }
});

Deno.test("usePasted: shows the roles with numbers, and the one that was taken last", async () => {
  const { over, shown } = scene({ onTerminal: roles("222222222222/dev10"), lines: ["1"] });
  await over;
  assert.equal(
    shown(),
    "\n  1  222222222222  dev2\n  2  222222222222  dev10\n  3  A first (333333333333)  admin\n\n" +
      "Role, 1 to 3 [2]: ",
  );
  const one = role("444444444444", "x", { provider: "idp-two" });
  const many = [...Array(9).keys()].map((index) => role("555555555555", `r${index}`));
  const wide = scene({
    onTerminal: { kind: "roles", roles: [...many, one], last: undefined },
    lines: ["1"],
  });
  await wide.over;
  assert.match(wide.shown(), /^\n {3}1 {2}444444444444 {2}x through idp-two\n/);
  assert.match(wide.shown(), /\n {2}10 {2}555555555555 {2}r8\n\nRole, 1 to 10: $/);
});

Deno.test("usePasted: what needs no choice is not asked", async () => {
  for (
    const [onTerminal, form] of [
      [undefined, "confirm="],
      [{ kind: "roles", roles: ROLES.slice(0, 1), last: undefined }, "role=222222222222%2Fdev10"],
    ] as const
  ) {
    const { over, answered, used } = scene({ ...onTerminal && { onTerminal }, terminal: false });
    await over;
    assert.ok(used());
    assert.equal(answered(), form);
  }
});

Deno.test("usePasted: only yes is yes", async () => {
  for (const line of ["y", "Y", "yes", " YES "]) {
    const { over, used, shown } = scene({ onTerminal: confirm, lines: [line] });
    await over;
    assert.ok(used(), line);
    assert.equal(shown(), "Remove 2 profiles? [y/N] ");
  }
  for (const lines of [["n"], [""], ["yeah"], ["ay"], []]) {
    const { over, answered, shown } = scene({ onTerminal: confirm, lines });
    const error = await over.then(() => assert.fail(), (error) => error);
    assert.ok(error instanceof UserError);
    assert.deepEqual([error.code, error.exitCode], ["cancelled", ExitCode.INTERRUPTED]);
    assert.equal(answered(), undefined);
    assert.equal(shown().endsWith("\n"), lines.length === 0, "behind the prompt after Ctrl-D");
  }
});

Deno.test("usePasted: without a terminal it says what to call instead", async () => {
  const asked = await userErrorFrom(
    scene({
      onTerminal: {
        kind: "roles",
        roles: [role("222222222222", "x", { provider: "idp" }), role("222222222222", "a")],
        last: undefined,
      },
      terminal: false,
    }).over,
  );
  assert.deepEqual([asked.code, asked.exitCode], ["role-unasked", ExitCode.USAGE]);
  assert.equal(asked.message, "Cannot choose one of 2 roles without a terminal to ask on");
  assert.equal(
    asked.hint,
    "Sign in again with one of:\n  --role-arn arn:aws:iam::222222222222:role/a\n" +
      "  --role-arn arn:aws:iam::222222222222:role/x " +
      "--saml-provider-arn arn:aws:iam::222222222222:saml-provider/idp",
  );
  const many = [...Array(52).keys()].map((index) => role("222222222222", `r${index}`));
  const { hint = "" } = await userErrorFrom(
    scene({ onTerminal: { kind: "roles", roles: many, last: undefined }, terminal: false }).over,
  );
  assert.match(hint, /r49\n {2}and 2 more$/);
  const unasked = await userErrorFrom(scene({ onTerminal: confirm, terminal: false }).over);
  assert.deepEqual([unasked.code, unasked.exitCode], ["confirm-unasked", ExitCode.USAGE]);
});

Deno.test("usePasted: an answer that comes too late is not used", async () => {
  const { over, answered } = scene({ late: true, terminal: false });
  const error = await userErrorFrom(over);
  assert.deepEqual([error.code, error.exitCode], ["no-answer", ExitCode.NO_ASSERTION]);
  assert.equal(answered(), undefined);
  // The clock on the terminal runs out while it is asked.
  const pending = scene({
    onTerminal: confirm,
    late: true,
    readLine: () => new Promise((_, reject) => setTimeout(() => reject(new Error("aborted")), 20)),
  });
  assert.equal((await userErrorFrom(pending.over)).code, "no-answer");
});

Deno.test("usePasted: an interruption and a terminal that fails are told as they are", async () => {
  const interruption = new AbortController();
  const interrupted = scene({
    onTerminal: confirm,
    signal: interruption.signal,
    readLine: () => {
      interruption.abort(new UserError("interrupted", "Interrupted", { exitCode: 130 }));
      return Promise.reject(new Error("closed"));
    },
  });
  const error = await interrupted.over.then(() => assert.fail(), (error) => error);
  assert.equal(error, interruption.signal.reason);
  assert.ok(interrupted.shown().endsWith("\n"));
  const broken = scene({ onTerminal: confirm, readLine: () => Promise.reject(new Error("gone")) });
  await assert.rejects(broken.over, { message: "gone" });
});

Deno.test("usePasted: an answer that the question does not take is a fault", async () => {
  await assert.rejects(scene({ takes: () => false }).over, {
    name: "Error",
    message: "the answer on the terminal is none",
  });
});
