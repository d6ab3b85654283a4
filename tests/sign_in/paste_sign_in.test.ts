/** A sign-in whose Response is pasted, in the fake world: what is asked, opened and ended. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { PasteWorld } from "../../src/sign_in/next.ts";
import type { SignedIn } from "../../src/sign_in/outcome.ts";
import type { SignInRequest } from "../../src/sign_in/request.ts";
import { signIn } from "../../src/sign_in/sign_in.ts";
import { exchangedFake, type FakeWorldOptions, NOON, requestFake } from "../support/fakes.ts";
import { assertionOf, pairOf, readingWorld } from "../support/offers.ts";

const ROLES = ["111122223333/Dev10", "111122223333/Dev2", "444455556666/Ops"] as const;

interface Options extends FakeWorldOptions {
  readonly paste?: string;
  /** What is typed, line by line; `undefined` is Ctrl-D. Without it nobody is at a terminal. */
  readonly answers?: readonly (string | undefined)[];
  readonly request?: Partial<SignInRequest>;
  readonly seesBrowser?: boolean;
  /** Set for somebody who takes an hour to answer. */
  readonly late?: boolean;
  readonly last?: { readonly role: string; readonly person?: string };
}

/** Signs in by a paste. */
async function run(options: Options = {}) {
  const { answers, last } = options;
  const isTerminal = answers !== undefined;
  const left = [...answers ?? []];
  let shown = "";
  let now = NOON;
  let pieces = [options.paste ?? assertionOf(ROLES)];
  const pasting: PasteWorld = {
    openInput: () =>
      Promise.resolve({
        isTerminal,
        read: (signal) => {
          const [piece, ...others] = pieces;
          pieces = others;
          if (piece !== undefined) return Promise.resolve(piece);
          if (!isTerminal) return Promise.resolve(undefined);
          const { promise, reject } = Promise.withResolvers<string>();
          signal.addEventListener("abort", () => reject(signal.reason));
          return promise;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    openDialog: () =>
      Promise.resolve(
        isTerminal
          ? {
            write: (text: string) => void (shown += text),
            readLine: () => {
              if (options.late) now += 3_600_000;
              return Promise.resolve(left.shift());
            },
            [Symbol.dispose]: () => {},
          }
          : undefined,
      ),
    seesBrowser: () => options.seesBrowser ?? true,
  };
  const claimPort = () => Promise.reject(new Error("it needs no port"));
  const world = readingWorld({ claimPort, now: () => now, ...options, pasting });
  const delivered: SignedIn[] = [];
  const request = requestFake({
    ...{ role: undefined, provider: undefined, paste: true },
    ...options.request,
  });
  const pair = last && pairOf(last.role);
  const choice = last && pair && {
    roleArn: pair.role.text,
    providerArn: pair.provider.text,
    person: last.person,
  };
  const error = await signIn(request, world, {
    memory: { last: () => choice, remember: () => Promise.resolve() },
    deliver: (signedIn) => {
      delivered.push(signedIn);
      return Promise.resolve("Delivered");
    },
  }).then(() => undefined, (error) => error);
  if (error !== undefined && !(error instanceof UserError)) throw error;
  return { error, shown: () => shown, world, taken: delivered.map(({ role }) => role.name) };
}

const CHOICES: readonly (readonly [string, Options, string, RegExp?])[] = [
  ["a number, of roles in the order of people", { answers: ["2"] }, "Dev10"],
  ["a number with blanks", { answers: [" 3 "] }, "Ops"],
  ["an ARN", { answers: [pairOf(ROLES[2]).role.text] }, "Ops"],
  ["Enter for the last one", { answers: [""], last: { role: ROLES[0] } }, "Dev10", /\[2\]: $/],
  [
    "what is none, and then a number",
    { answers: ["", "0", "4", "-1", "1.5", "x", "1"] },
    "Dev2",
    /(Enter a number from 1 to 3\n.*){6}$/s,
  ],
  ["nothing where there is one role", { answers: [], paste: assertionOf([ROLES[0]]) }, "Dev10"],
  [
    "nothing where the role is named",
    { answers: [], request: { role: pairOf(ROLES[2]).role } },
    "Ops",
  ],
  [
    "nothing where somebody else signs in: who pastes it has it from there",
    {
      answers: [],
      last: { role: ROLES[2], person: "bob" },
      request: { role: pairOf(ROLES[2]).role },
    },
    "Ops",
  ],
  [
    "nothing without a terminal, where there is one role",
    { paste: assertionOf([ROLES[1]]) },
    "Dev2",
  ],
];
for (const [name, options, role, shows] of CHOICES) {
  Deno.test(`paste: asks for a role and takes ${name}`, async () => {
    const { error, taken, shown } = await run(options);
    assert.equal(error, undefined);
    assert.deepEqual(taken, [role]);
    if (shows !== undefined) assert.match(shown(), shows);
    if (options.answers === undefined || options.answers.length === 0) assert.equal(shown(), "");
  });
}

Deno.test("paste: the list has accounts by their names, and numbers below each other", async () => {
  const roles = Array.from({ length: 10 }, (_, index) => `111122223333/R${index}`);
  const accountNames = new Map([["111122223333", "Dev\x1b[2J"]]);
  const { shown } = await run({
    answers: ["10"],
    paste: assertionOf(roles),
    request: { accountNames },
  });
  assert.match(shown(), /^\n {3}1 {2}Dev \[2J \(111122223333\) {2}R0\n/);
  assert.match(shown(), /\n {2}10 {2}Dev \[2J \(111122223333\) {2}R9\n\nRole, 1 to 10: $/);
});

const ENDS: readonly (readonly [string, Options, number, RegExp])[] = [
  ["Ctrl-D at the question", { answers: [undefined] }, ExitCode.INTERRUPTED, /^Canceled$/],
  ["several roles without a terminal", {}, ExitCode.USAGE, /^Cannot choose one of 3 roles/],
  [
    "an answer that is too late",
    { answers: ["1"], late: true },
    ExitCode.NO_ASSERTION,
    /^The question was not answered before/,
  ],
  [
    "no role of the account",
    { answers: [], request: { accounts: ["999999999999"] } },
    ExitCode.BAD_ASSERTION,
    /^None of the 3 available roles matches/,
  ],
  ["a text that is none", { paste: "hello, world" }, ExitCode.BAD_ASSERTION, /it is not base64$/],
  ["nothing", { paste: "  " }, ExitCode.BAD_ASSERTION, /stdin: it is empty$/],
  [
    "nothing in time",
    { answers: [], paste: "PHN", request: { timeoutMs: 20 } },
    ExitCode.NO_ASSERTION,
    /^No SAML Response was pasted within /,
  ],
  [
    "what STS calls false",
    {
      paste: assertionOf([ROLES[0]]),
      sts: () => {
        throw new UserError("sts-InvalidIdentityToken", "STS says no", {
          exitCode: ExitCode.REFUSED,
        });
      },
    },
    ExitCode.REFUSED,
    /^STS says no$/,
  ],
];
for (const [name, options, code, says] of ENDS) {
  Deno.test(`paste: ${name} ends it with ${code}`, async () => {
    const { error, taken } = await run(options);
    assert.equal(error?.exitCode, code, error?.message);
    assert.match(error?.message ?? "", says);
    assert.deepEqual(taken, []);
  });
}

const START = "https://idp.example/start";

const BROWSERS: readonly (readonly [string, Options, readonly string[]])[] = [
  ["at the start URL itself", { answers: ["1"] }, [START]],
  ["nowhere over SSH", { answers: ["1"], seesBrowser: false }, []],
  [
    "over SSH where it is named",
    { answers: ["1"], seesBrowser: false, request: { browser: "w3m" } },
    [START],
  ],
  ["nowhere with none", { answers: ["1"], request: { browser: "none" } }, []],
  ["nowhere without a start URL", { answers: ["1"], request: { startUrl: undefined } }, []],
  ["nowhere where stdin has it", { paste: assertionOf([ROLES[0]]) }, []],
];
for (const [name, options, opened] of BROWSERS) {
  Deno.test(`paste: the browser is opened ${name}`, async () => {
    const { error, world } = await run({ sts: () => exchangedFake(), ...options });
    assert.equal(error, undefined);
    assert.deepEqual(world.opened, opened);
  });
}

Deno.test("paste: no event has the Response or a part of it", async () => {
  const paste = assertionOf(ROLES);
  const { world } = await run({ answers: ["1"], paste });
  const said = JSON.stringify(world.events.all);
  for (const part of [paste.slice(0, 40), paste.slice(-40)]) assert.ok(!said.includes(part));
});

const SSO = {
  url: new URL("https://idp.example/sso"),
  metadata: undefined,
  binding: "post",
  spEntityId: "urn:amazon:webservices",
  acsIndex: undefined,
  forceAuthn: false,
} as const;

Deno.test("paste: a request that is posted needs a page, and nothing listens", async () => {
  const { error } = await run({ answers: ["1"], request: { sso: SSO } });
  assert.deepEqual([error?.code, error?.exitCode], ["paste-binding", ExitCode.USAGE]);
  assert.match(error?.hint ?? "", /--sso-binding redirect/);
});

Deno.test("paste: a request by redirect is where the browser is opened", async () => {
  const request = { sso: { ...SSO, binding: "redirect" } } as const;
  const { error, world } = await run({ answers: ["1"], request });
  // What was pasted answers no request of ours.
  assert.equal(error?.exitCode, ExitCode.BAD_ASSERTION, error?.message);
  assert.equal(world.opened.length, 1);
  assert.match(world.opened[0] ?? "", /^https:\/\/idp\.example\/sso\?SAMLRequest=/);
});

Deno.test("paste: a browser that fails ends nothing, and the person reads why", async () => {
  for (
    const openBrowser of [
      () => Promise.resolve({ opened: false, reason: "no browser" } as const),
      () => Promise.reject(new Error("no browser")),
    ]
  ) {
    const { error, world } = await run({ answers: ["1"], openBrowser });
    assert.equal(error, undefined);
    const failed = world.events.all.filter(({ kind }) => kind === "browser-failed");
    assert.deepEqual(failed.map((event) => ({ ...event })), [
      { kind: "browser-failed", reason: "no browser" },
    ]);
  }
});

Deno.test("paste: without a terminal the roles are listed as flags, with the provider where it tells them apart", async () => {
  const provider = { ...pairOf(ROLES[0]), role: pairOf(ROLES[0]).role };
  const many = Array.from({ length: 51 }, (_, index) => `111122223333/R${index}`);
  const { error } = await run({ paste: assertionOf(many) });
  assert.match(error?.hint ?? "", /--role-arn arn:aws:iam::111122223333:role\/R0\n/);
  assert.match(error?.hint ?? "", /\n {2}and 1 more/);
  const twice = assertionOf([], {
    roles: ["Idp", "Other"].map((name) => ({
      role: provider.role.text,
      provider: provider.provider.text.replace(/Idp$/, name),
    })),
  });
  const apart = await run({ paste: twice });
  assert.match(apart.error?.hint ?? "", /--saml-provider-arn \S+saml-provider\/Other/);
  const { shown } = await run({ paste: twice, answers: ["1"] });
  assert.match(shown(), /Dev10 through Idp\n/);
});
