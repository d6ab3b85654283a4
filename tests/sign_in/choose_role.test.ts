/** Who may skip the picker, what it shows, and what is remembered of a choice. */

import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import type { Choice } from "../../src/credentials/remembered.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignInRequest } from "../../src/sign_in/request.ts";
import { signIn } from "../../src/sign_in/sign_in.ts";
import { exchangedFake, type FakeWorldOptions, requestFake } from "../support/fakes.ts";
import { ACS, assertionOf, encryptedBase64, offerOf, readingWorld } from "../support/offers.ts";
import { wordsOf } from "../support/page_text.ts";
import { openPicker, postAssertion } from "../support/tab.ts";

const [DEV, OPS, OTHER] = ["111122223333/Dev", "111122223333/Ops", "444455556666/Dev"] as const;
const role = parseRoleArn(offerOf(DEV).role);
const provider = parseProviderArn(offerOf(DEV).provider);
const TWICE = {
  roles: [offerOf(DEV), { ...offerOf(DEV), provider: offerOf(DEV).provider + "2" }],
};

interface Options extends FakeWorldOptions {
  readonly request?: Partial<SignInRequest>;
  readonly last?: Choice;
  readonly deliver?: () => Promise<string>;
}

async function start(options: Options = {}) {
  const world = readingWorld(options);
  const remembered: Choice[] = [];
  const end = signIn(
    requestFake({ role: undefined, provider: undefined, ...options.request }),
    world,
    {
      memory: {
        last: () => Promise.resolve(options.last),
        remember: (choice) => Promise.resolve(void remembered.push(choice)),
      },
      deliver: options.deliver ?? (() => Promise.resolve("They went where they should")),
    },
  ).then(() => undefined, (error: unknown) => error);
  await world.events.find(({ kind }) => kind === "listening");
  return { world, end, remembered };
}

const WHO: readonly {
  readonly name: string;
  readonly request: Partial<SignInRequest>;
  readonly base64: () => string;
  readonly asks: boolean;
}[] = [
  {
    name: "both ARNs",
    request: { role, provider },
    base64: () => assertionOf([DEV, OPS]),
    asks: false,
  },
  { name: "the role's ARN", request: { role }, base64: () => assertionOf([DEV, OPS]), asks: false },
  {
    name: "the role's ARN, offered through two providers",
    request: { role },
    base64: () => assertionOf([], TWICE),
    asks: true,
  },
  {
    name: "both, offered through two providers",
    request: { role, provider },
    base64: () => assertionOf([], TWICE),
    asks: false,
  },
  {
    name: "the provider's ARN and one role of it",
    request: { provider },
    base64: () => assertionOf([DEV, OTHER]),
    asks: false,
  },
  {
    name: "the provider's ARN and two roles of it",
    request: { provider },
    base64: () => assertionOf([DEV, OPS]),
    asks: true,
  },
  { name: "nothing, and one role", request: {}, base64: () => assertionOf([DEV]), asks: true },
  {
    name: "a filter that leaves one",
    request: { filters: ["Ops"] },
    base64: () => assertionOf([DEV, OPS]),
    asks: true,
  },
  {
    name: "an account that leaves one",
    request: { accounts: ["444455556666"] },
    base64: () => assertionOf([DEV, OTHER]),
    asks: true,
  },
  {
    name: "both ARNs, encrypted",
    request: { role, provider },
    base64: encryptedBase64,
    asks: false,
  },
];
for (const { name, request, base64, asks } of WHO) {
  Deno.test(`choosing: ${name} ${asks ? "is confirmed by a click" : "needs no click"}`, async () => {
    const { world, end } = await start({ request });
    const page = await postAssertion(world.tab, ACS, base64());
    assert.equal(page.status, asks ? 303 : 200, page.heading);
    assert.equal(world.exchanges.all.length, asks ? 0 : 1);
    world.interrupt();
    await end;
  });
}

Deno.test("choosing: an only role is a confirmation with its facts", async () => {
  const { world, end } = await start({
    request: { accountNames: new Map([["111122223333", "prod"]]) },
  });
  const tab = await openPicker(world.tab, ACS, assertionOf([DEV]));
  assert.equal(tab.page.heading, "Use this role?");
  assert.match(tab.page.text, /prod \(111122223333\)/);
  await tab.choose("Use role");
  assert.equal(await end, undefined);
});

// One garbled value hid a role, and whoever looked for it was told nothing.
Deno.test("choosing: a Role value that cannot be read is told on the page and on the terminal", async () => {
  const { world, end } = await start();
  const roles = [
    offerOf(DEV),
    offerOf(OPS),
    ...["one", "two", "three", "four", "five"].map((each) => `arn:${each}`),
  ];
  const tab = await openPicker(world.tab, ACS, assertionOf([], { roles }));
  const warnings = world.events.all.flatMap((event) =>
    event.kind === "warning" ? [event.message] : []
  );
  assert.equal(warnings.length, 4);
  assert.match(warnings[0] ?? "", /^Cannot read the Role value "arn:one": /);
  assert.equal(warnings[3], "2 more Role values cannot be read");
  assert.match(tab.page.text, /Cannot read the Role value &#34;arn:three&#34;: .*\.<\/p>/);
  assert.match(tab.page.text, /2 more Role values cannot be read\.<\/p>/);
  world.interrupt();
  await end;
});

// Keycloak sends the roles of its realm along: four warnings at each sign-in (aws-runas#47).
Deno.test("choosing: values that are no ARNs are told in one sentence", async () => {
  const { world, end } = await start();
  const roles = [
    offerOf(DEV),
    offerOf(OPS),
    "offline_access",
    "uma_authorization",
    "default-roles-corp",
  ];
  const tab = await openPicker(world.tab, ACS, assertionOf([], { roles }));
  assert.equal(tab.roles.length, 2);
  const warnings = world.events.all.filter(({ kind }) => kind === "warning");
  assert.equal(warnings.length, 1);
  assert.match(tab.page.text, /Ignored 3 Role values that are not ARNs/);
  world.interrupt();
  await end;
});

Deno.test("choosing: what narrows the list is applied, and said", async () => {
  const { world, end } = await start({
    request: { accounts: ["111122223333"], filters: ["D*", "Op?"] },
  });
  const tab = await openPicker(world.tab, ACS, assertionOf([DEV, OPS, OTHER]));
  assert.deepEqual(tab.roles.map(({ name }) => name), ["Dev", "Ops"]);
  assert.match(
    wordsOf(tab.page.text),
    /limited by --account 111122223333 --role-filter D\* --role-filter Op\?/,
  );
  world.interrupt();
  await end;
});

Deno.test("choosing: a provider is shown only where it tells roles apart", async () => {
  const { world, end } = await start();
  const both = assertionOf([], { roles: [...TWICE.roles, offerOf(OPS)] });
  const tab = await openPicker(world.tab, ACS, both);
  assert.deepEqual(tab.roles.map(({ name }) => name).toSorted(), [
    "Dev through Idp",
    "Dev through Idp2",
    "Ops",
  ]);
  await tab.choose("Dev through Idp2");
  assert.equal(await end, undefined);
  assert.equal(world.exchanges.all[0]?.provider.text, offerOf(DEV).provider + "2");
});

Deno.test("choosing: the role taken last comes first, if it is still offered", async () => {
  for (
    const [last, first] of [
      [OTHER, "Dev last time"],
      ["999900001111/Gone", "Dev"],
    ] as const
  ) {
    const { world, end } = await start({
      last: { roleArn: offerOf(last).role, providerArn: offerOf(last).provider },
    });
    const tab = await openPicker(world.tab, ACS, assertionOf([DEV, OPS, OTHER]));
    assert.equal(tab.roles[0]?.name, first);
    if (last === OTHER) assert.equal(tab.roles[0]?.key, "2");
    world.interrupt();
    await end;
  }
});

const REMEMBERED: readonly (readonly [string, Partial<SignInRequest>])[] = [
  ["a picked role", {}],
  // Else a cached session of theirs is never found again.
  ["a role that the provider's ARN decided", { provider }],
  ["a role whose provider came from the assertion", { role }],
  ["what both ARNs say already", { role, provider }],
];
for (const [name, request] of REMEMBERED) {
  Deno.test(`choosing: ${name} is remembered, and who signed in`, async () => {
    const { world, end, remembered } = await start({ request });
    if (Object.keys(request).length === 0) {
      await (await openPicker(world.tab, ACS, assertionOf([DEV]))).choose("Use role");
    } else await postAssertion(world.tab, ACS, assertionOf([DEV]));
    assert.equal(await end, undefined);
    const person = "alice@example.com";
    const choice = { roleArn: role.text, providerArn: provider.text, person };
    assert.deepEqual(remembered, [choice]);
  });
}

const COLLEAGUE = { roleSessionName: "colleague@example.com" };

for (const request of [{ role, provider }, { role }, { provider }]) {
  const named = Object.keys(request).join(" and ");
  Deno.test(`attack: a colleague's true assertion is not used for the named ${named} without a click`, async () => {
    const last = { roleArn: role.text, providerArn: provider.text, person: "alice@example.com" };
    const { world, end, remembered } = await start({ request, last });
    const tab = await openPicker(world.tab, ACS, assertionOf([DEV], COLLEAGUE));
    assert.equal(tab.page.heading, "Sign in as colleague@example.com?");
    assert.match(tab.page.text, /Last time it was/);
    const asking = await world.events.find(({ kind }) => kind === "asking");
    assert.ok(asking.kind === "asking");
    assert.equal(
      asking.message,
      "Sign in as colleague@example.com? Last time it was alice@example.com. " +
        "Confirm it in the browser",
    );
    assert.deepEqual(world.exchanges.all, []);
    const page = await tab.submit({ token: tab.token, confirm: "1" });
    assert.equal(page.heading, "Signed in to AWS");
    assert.equal(await end, undefined);
    assert.deepEqual(remembered.map(({ person }) => person), ["colleague@example.com"]);
  });
}

const PEOPLE: readonly [last: string | undefined, asks: boolean][] = [
  [undefined, false],
  ["alice@example.com", false],
  ["Alice@Example.com", false],
  ["alice@example.org", true],
  ["", true],
];
for (const [person, asks] of PEOPLE) {
  Deno.test(`choosing: after ${person} alice is ${asks ? "" : "not "}asked`, async () => {
    const last = { roleArn: role.text, providerArn: provider.text, person };
    const { world, end } = await start({ request: { role, provider }, last });
    const page = await postAssertion(world.tab, ACS, assertionOf([DEV]));
    assert.equal(page.status, asks ? 303 : 200);
    world.interrupt();
    await end;
  });
}

Deno.test("attack: an encrypted assertion, which nobody knows to be the person's, is not used without a click", async () => {
  const last = { roleArn: role.text, providerArn: provider.text, person: "alice@example.com" };
  const { world, end } = await start({ request: { role, provider }, last });
  const tab = await openPicker(world.tab, ACS, encryptedBase64());
  assert.equal(tab.page.heading, "Use this encrypted sign-in?");
  await tab.cancel();
  assert.ok(await end instanceof UserError);
  assert.deepEqual(world.exchanges.all, []);
});

Deno.test("choosing: a role that STS refused is not the one taken last time", async () => {
  const error = new UserError("sts-AccessDenied", "No", { exitCode: ExitCode.REFUSED, hint: "x" });
  const { world, end, remembered } = await start({ sts: () => Promise.reject(error) });
  await (await openPicker(world.tab, ACS, assertionOf([DEV, OPS]))).choose("Ops");
  assert.ok(await end instanceof UserError);
  assert.deepEqual(remembered, []);
});

Deno.test("choosing: it is remembered before the sign-in ends, or the process is gone", async () => {
  let written = false;
  const world = readingWorld({ sts: () => exchangedFake() });
  const end = signIn(requestFake({ role: undefined, provider: undefined }), world, {
    memory: {
      last: () => Promise.resolve(undefined),
      remember: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        written = true;
      },
    },
    deliver: () => Promise.resolve("done"),
  });
  const tab = await openPicker(world.tab, ACS, assertionOf([DEV]));
  void tab.choose("Use role");
  await end;
  assert.ok(written);
});
