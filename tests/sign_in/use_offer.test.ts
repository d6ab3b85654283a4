/** Conversations that pick, list or take all: what is handed over, how they end, and that they do. */

import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { Confirmed } from "../../src/sign_in/pages/question.ts";
import type { DoneWords } from "../../src/sign_in/pages/pages.ts";
import {
  listRoles,
  type Offer,
  pickRole,
  takeAllRoles,
  type TakenRole,
} from "../../src/sign_in/use_offer.ts";
import { exchangedFake, type FakeWorldOptions, requestFake } from "../support/fakes.ts";
import {
  ACS,
  assertionOf,
  encryptedBase64,
  offerOf,
  pairOf,
  readingWorld,
} from "../support/offers.ts";
import { soon } from "../support/sign_ins.ts";
import { openPicker, postAssertion } from "../support/tab.ts";

const [DEV, OPS, CN] = ["111122223333/Dev", "444455556666/Ops", "aws-cn:777788889999/Dev"] as const;
const ANY = requestFake({ role: undefined, provider: undefined });
const DONE: DoneWords = { sentence: "It is done", more: ["And this"] };

function refusal(code: string, exitCode: ExitCode = ExitCode.REFUSED): UserError {
  return new UserError(`sts-${code}`, `STS said ${code}`, { exitCode, hint: "Mend it" });
}

const unwritten = new UserError("profile-unwritten", "Cannot write the profile", {
  exitCode: ExitCode.FILE,
  hint: "Make room",
});

interface Seen {
  readonly prepared: Offer[];
  readonly taken: (readonly TakenRole[])[];
}

/** Starts taking all roles; nothing of it can be forgotten, since `end` never rejects. */
function takeAll(
  options: FakeWorldOptions & {
    readonly request?: typeof ANY;
    readonly prepare?: () => Promise<void>;
    readonly confirm?: () => Confirmed;
    readonly deliver?: () => Promise<DoneWords>;
  } = {},
) {
  const world = readingWorld(options);
  const saw: Seen = { prepared: [], taken: [] };
  const end = takeAllRoles(options.request ?? ANY, world, {
    ...(options.confirm && { confirm: options.confirm }),
    prepare: async (offer) => {
      saw.prepared.push(offer);
      await options.prepare?.();
    },
    deliver: async (taken) => {
      saw.taken.push(taken);
      return await options.deliver?.() ?? DONE;
    },
  }).then(() => undefined, (error: unknown) => error);
  return { world, end, ...saw };
}

Deno.test("listRoles: hands over what was asked for and all there is, and asks STS nothing", async () => {
  const world = readingWorld();
  const offers: Offer[] = [];
  const end = listRoles({ ...ANY, accounts: ["111122223333"] }, world, {
    deliver: (offer) => {
      offers.push(offer);
      return Promise.resolve(DONE);
    },
  });
  const page = await postAssertion(world.tab, ACS, assertionOf([DEV, OPS, CN]));
  await end;
  assert.equal(page.status, 200);
  assert.match(page.text, /It is done\..*Return to your terminal\. You can close this tab/s);
  assert.match(page.text, /And this/);
  const [offer] = offers;
  assert.deepEqual(offer?.roles.map(({ role }) => role.text), [offerOf(DEV).role]);
  assert.equal(offer.all.length, 3);
  assert.equal(offer.person, "alice@example.com");
  assert.deepEqual(world.exchanges.all, []);
});

Deno.test("listRoles: a Role value that cannot be read is handed over beside the others", async () => {
  const world = readingWorld();
  let malformed: readonly string[] = [];
  const end = listRoles(ANY, world, {
    deliver: (offer) => {
      malformed = offer.malformed;
      return Promise.resolve(DONE);
    },
  });
  await postAssertion(
    world.tab,
    ACS,
    assertionOf([], { roles: [offerOf(DEV), "arn:nonsense", "Dev"] }),
  );
  await end;
  assert.equal(malformed.length, 1);
  assert.match(malformed[0] ?? "", /^"arn:nonsense"/);
});

// Only one role fits both ARNs; an assertion that has it through another provider is of no use.
Deno.test("listRoles: ARNs that are not offered together are refused, not an empty list", async () => {
  const world = readingWorld();
  const request = requestFake({
    role: parseRoleArn(offerOf(DEV).role),
    provider: parseProviderArn(offerOf(DEV).provider.replace("Idp", "Other")),
  });
  const end = listRoles(request, world, {
    deliver: () => Promise.reject(new Error("an empty list")),
  })
    .catch((error: unknown) => error);
  const page = await postAssertion(world.tab, ACS, assertionOf([DEV]));
  assert.equal(page.status, 400);
  assert.match(page.detail, /not through .*Other$/);
  world.interrupt();
  await end;
});

for (const both of [false, true]) {
  Deno.test(`an encrypted assertion ${both ? "with" : "without"} both ARNs cannot be listed, and no flag is said to help`, async () => {
    const world = readingWorld();
    const end = listRoles(both ? requestFake() : ANY, world, {
      deliver: () => Promise.resolve(DONE),
    })
      .catch((error: unknown) => error);
    const page = await postAssertion(world.tab, ACS, encryptedBase64());
    assert.equal(page.status, 400);
    assert.match(page.detail, /encrypted, so only AWS can read its roles/);
    assert.doesNotMatch(page.text, /Give both --role-arn/);
    assert.match(page.text, /still waiting/);
    world.interrupt();
    await end;
  });
}

// An error in the delivery once left the conversation closed and the wait without an end.
const DELIVERIES: readonly [
  name: string,
  run: (world: ReturnType<typeof readingWorld>, fails: () => Promise<DoneWords>) => Promise<void>,
][] = [
  ["listRoles", (world, fails) => listRoles(ANY, world, { deliver: fails })],
  [
    "takeAllRoles",
    (world, fails) => takeAllRoles(ANY, world, { deliver: fails }),
  ],
  ["pickRole", (world, fails) =>
    pickRole(requestFake({ role: undefined }), world, {
      memory: { last: () => Promise.resolve(undefined), remember: () => Promise.resolve() },
      deliver: fails,
    })],
];
for (const [name, run] of DELIVERIES) {
  for (const error of [unwritten, new TypeError("secret detail")]) {
    Deno.test(`${name}: ends with what the delivery failed with, ${error.name}, and shows it`, async () => {
      const world = readingWorld();
      const end = run(world, () => Promise.reject(error)).then(() => undefined, (e) => e);
      const page = name === "pickRole"
        ? await (await openPicker(world.tab, ACS, assertionOf([DEV]))).choose("Use role")
        : await postAssertion(world.tab, ACS, assertionOf([DEV]));
      assert.equal(await soon("its end", end, 2000), error);
      assert.equal(page.detail, error === unwritten ? unwritten.message : "stssamldriver failed");
      assert.ok(!page.text.includes("secret detail"));
    });
  }
}

Deno.test("takeAllRoles: every role once, each in its partition's region, eight at a time", async () => {
  let running = 0;
  let most = 0;
  const { world, end, prepared, taken } = takeAll({
    sts: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      return exchangedFake();
    },
  });
  const dev = Array.from({ length: 20 }, (_, index) => `111122223333/Role${index}`);
  const page = await postAssertion(world.tab, ACS, assertionOf([...dev, CN]));
  assert.equal(await end, undefined);
  assert.equal(page.status, 200);
  assert.equal(prepared.length, 1);
  assert.equal(most, 8);
  const asked = world.exchanges.all;
  assert.equal(new Set(asked.map(({ role }) => role.text)).size, 21);
  assert.equal(asked.length, 21);
  assert.equal(asked.find(({ role }) => role.text === offerOf(CN).role)?.region, "cn-northwest-1");
  assert.ok(asked.slice(0, 20).every(({ region }) => region === "us-east-1"));
  assert.deepEqual(
    taken[0]?.map(({ role }) => role.text),
    [...dev, CN].map((each) => offerOf(each).role),
  );
  const progress = world.events.all.filter(({ kind }) => kind === "progress");
  assert.deepEqual(progress.at(-1), { kind: "progress", done: 21, total: 21 });
});

const WRITE = { question: "Write them?", yes: "Write them", facts: [] };

Deno.test("takeAllRoles: nothing is prepared before the yes; what that objects to ends it before STS is asked", async () => {
  const { world, end, prepared, taken } = takeAll({
    confirm: () => WRITE,
    prepare: () => Promise.reject(unwritten),
  });
  const tab = await openPicker(world.tab, ACS, assertionOf([DEV, OPS]));
  assert.equal(tab.page.heading, "Write them?");
  assert.deepEqual(prepared, []);
  const page = await tab.submit({ token: tab.token, confirm: "1" });
  assert.equal(page.detail, unwritten.message);
  assert.equal(await end, unwritten);
  assert.deepEqual(world.exchanges.all, []);
  assert.deepEqual(taken, []);
});

// Names that clash were told after the yes.
Deno.test("takeAllRoles: what its check objects to refuses the offer before anything is asked", async () => {
  const world = readingWorld();
  const end = takeAllRoles(ANY, world, {
    check: ({ roles }) => {
      if (roles.length > 1) throw unwritten;
    },
    confirm: () => WRITE,
    deliver: () => Promise.resolve(DONE),
  }).then(() => undefined, (error: unknown) => error);
  const page = await postAssertion(world.tab, ACS, assertionOf([DEV, OPS]));
  assert.equal(page.status, 400);
  assert.equal(page.detail, unwritten.message);
  assert.match(page.text, /still waiting/);
  assert.deepEqual(world.exchanges.all, []);
  const tab = await openPicker(world.tab, ACS, assertionOf([DEV]));
  assert.equal(tab.page.heading, "Write them?");
  world.interrupt();
  await end;
});

// A page of any site once ended a sync with exit code 2 or 8, by roles whose profiles cannot be written.
Deno.test("takeAllRoles: where nobody confirmed it, what prepare objects to refuses this assertion only", async () => {
  let first = true;
  const { world, end, taken } = takeAll({
    prepare: () => {
      const objects = first;
      first = false;
      return objects ? Promise.reject(unwritten) : Promise.resolve();
    },
  });
  const page = await postAssertion(world.tab, ACS, assertionOf([OPS]));
  assert.equal(page.detail, unwritten.message);
  assert.match(page.text, /still waiting/);
  assert.deepEqual(world.exchanges.all, []);
  await postAssertion(world.tab, ACS, assertionOf([DEV]));
  assert.equal(await end, undefined);
  assert.deepEqual(taken[0]?.map(({ role }) => role.text), [offerOf(DEV).role]);
});

Deno.test("takeAllRoles: a role that is refused keeps nobody else from theirs", async () => {
  let calls = 0;
  const { world, end, taken } = takeAll({
    sts: () => ++calls === 2 ? Promise.reject(refusal("AccessDenied")) : exchangedFake(),
  });
  await postAssertion(world.tab, ACS, assertionOf([DEV, OPS, CN]));
  assert.equal(await end, undefined);
  const outcomes = taken[0]?.map(({ exchanged }) =>
    exchanged instanceof UserError ? exchanged.code : "taken"
  );
  assert.deepEqual(outcomes, ["taken", "sts-AccessDenied", "taken"]);
});

Deno.test("takeAllRoles: an assertion that STS calls false for every role leaves the wait on", async () => {
  let honest = false;
  const { world, end, taken } = takeAll({
    sts: () => honest ? exchangedFake() : Promise.reject(refusal("InvalidIdentityToken")),
  });
  const page = await postAssertion(world.tab, ACS, assertionOf([DEV, OPS]));
  assert.equal(page.status, 400);
  assert.match(page.text, /still waiting/);
  assert.equal(taken.length, 0);
  honest = true;
  assert.equal((await postAssertion(world.tab, ACS, assertionOf([DEV]))).status, 200);
  assert.equal(await end, undefined);
});

Deno.test("takeAllRoles: STS out of reach for every role ends it with 7", async () => {
  const error = refusal("unreachable", ExitCode.UNREACHABLE);
  const { world, end, taken } = takeAll({ sts: () => Promise.reject(error) });
  const page = await postAssertion(world.tab, ACS, assertionOf([DEV, OPS]));
  assert.equal(page.status, 502);
  assert.equal(await end, error);
  assert.equal(taken.length, 0);
});

Deno.test("takeAllRoles: a fault of ours ends it with the fault, and its page has no details", async () => {
  const { world, end } = takeAll({ sts: () => Promise.reject(new TypeError("secret detail")) });
  const page = await postAssertion(world.tab, ACS, assertionOf([DEV]));
  assert.equal(page.detail, "stssamldriver failed");
  assert.ok(!page.text.includes("secret detail"));
  const error = await end;
  assert.ok(error instanceof Error && !(error instanceof UserError), String(error));
});

Deno.test("takeAllRoles: of two good assertions at once one is delivered", async () => {
  const slow = Promise.withResolvers<ReturnType<typeof exchangedFake>>();
  const { world, end, taken } = takeAll({
    sts: (text) => text === first ? slow.promise : exchangedFake(),
  });
  const first = assertionOf([DEV]);
  const slowTab = postAssertion(world.tab, ACS, first);
  await world.exchanges.find(() => true);
  assert.equal((await postAssertion(world.tab, ACS, assertionOf([OPS]))).status, 200);
  slow.resolve(exchangedFake());
  const late = await slowTab;
  assert.equal(late.status, 409);
  assert.match(late.heading, /already over/);
  assert.equal(await end, undefined);
  assert.deepEqual(taken.map((roles) => roles.map(({ role }) => role.text)), [[offerOf(OPS).role]]);
});

Deno.test("takeAllRoles: an interruption ends it at once with 130, and nothing is delivered", async () => {
  const { world, end, taken } = takeAll({ sts: () => new Promise<never>(() => {}) });
  void postAssertion(world.tab, ACS, assertionOf([DEV]));
  await world.exchanges.find(() => true);
  world.interrupt();
  const error = await end;
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.INTERRUPTED);
  assert.deepEqual(taken, []);
});

for (const named of [ANY, requestFake({ role: undefined, provider: pairOf(DEV).provider })]) {
  Deno.test(`pickRole: even an only role ${named === ANY ? "" : "of a named provider "}is asked for, what was picked is handed over, STS is not asked`, async () => {
    const world = readingWorld();
    const picked: string[] = [];
    const end = pickRole(named, world, {
      memory: { last: () => Promise.resolve(undefined), remember: () => Promise.resolve() },
      deliver: ({ role }) => {
        picked.push(role.text);
        return Promise.resolve(DONE);
      },
    });
    const tab = await openPicker(world.tab, ACS, assertionOf([DEV]));
    assert.equal(tab.page.heading, "Use this role?");
    assert.deepEqual(picked, []);
    assert.equal((await tab.choose("Use role")).status, 200);
    await end;
    assert.deepEqual(picked, [offerOf(DEV).role]);
    assert.deepEqual(world.exchanges.all, []);
  });
}
