/** One assertion for many callers: who gets a session by it, who is asked, and who is told what went wrong. */

import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { exchangedFake, NOON } from "../support/fakes.ts";
import { ACS, assertionOf, encryptedBase64, offerOf, pairOf } from "../support/offers.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { openPicker, postAssertion } from "../support/tab.ts";
import { orderFor, refusedBy, serve, type Served, type ServeOptions } from "../support/orders.ts";

const [DEV, OPS, QA] = ["111122223333/Dev", "111122223333/Ops", "444455556666/Qa"] as const;

const post = ({ world }: Served, roles: readonly string[] = [DEV, OPS]) =>
  postAssertion(world.tab, ACS, assertionOf(roles));
const picker = ({ world }: Served, roles: readonly string[] = [DEV, OPS]) =>
  openPicker(world.tab, ACS, assertionOf(roles));

/** An STS that throws for some roles, by name. */
const failing = (errors: Readonly<Record<string, Error>>): Required<Pick<ServeOptions, "sts">> => ({
  sts: ({ role }) => {
    const error = errors[role.name];
    if (error !== undefined) throw error;
  },
});

Deno.test("shared sign-in: two who want the same cost one exchange", async () => {
  const here = await serve([orderFor("a", DEV), orderFor("b", DEV)]);
  assert.equal((await post(here)).status, 200);
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.exchanged, ["Dev"]);
  assert.deepEqual(here.served, ["a", "b"]);
  assert.equal(here.kept.length, 1);
});

Deno.test("shared sign-in: the same role for another time is another session", async () => {
  const here = await serve([orderFor("a", DEV), orderFor("b", DEV, { durationSeconds: 900 })]);
  await post(here);
  await here.end;
  assert.deepEqual(here.exchanged, ["Dev", "Dev"]);
  assert.equal(new Set(here.kept.map(({ key }) => JSON.stringify(key))).size, 2);
});

Deno.test("shared sign-in: what is not offered goes on waiting, and nobody is told anything", async () => {
  const here = await serve([orderFor("a", DEV), orderFor("b", QA)]);
  await post(here);
  assert.equal(await here.end, undefined);
  assert.deepEqual([here.served, here.waiting(), here.failed], [["a"], ["b"], []]);
});

Deno.test("shared sign-in: an assertion that offers nobody anything is refused, and the wait goes on", async () => {
  const here = await serve([orderFor("a", DEV)]);
  assert.equal((await post(here, [QA])).status, 400);
  assert.equal((await here.world.events.find(({ kind }) => kind === "refused")).kind, "refused");
  await post(here);
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.served, ["a"]);
});

Deno.test("attack: a colleague's true assertion serves nobody without a click, also not who comes later", async () => {
  const here = await serve([orderFor("a", DEV), orderFor("b", OPS)]);
  await post(here);
  await here.end;
  assert.deepEqual([...here.choices.values()].map(({ person }) => person), [
    "alice@example.com",
    "alice@example.com",
  ]);
  const colleague = assertionOf([DEV, OPS], { roleSessionName: "colleague@example.com" });
  const again = await serve([orderFor("c", DEV)], { choices: here.choices });
  const tab = await openPicker(again.world.tab, ACS, colleague);
  assert.equal(tab.page.heading, "Sign in as colleague@example.com?");
  assert.deepEqual(again.exchanged, []);
  await tab.submit({ token: tab.token, confirm: "1" });
  assert.equal(await again.end, undefined);
  assert.deepEqual(again.served, ["c"]);

  // Nobody is known for the first one; for the second one somebody is.
  const late = await serve([orderFor("d", DEV, { durationSeconds: 900 })], {
    choices: here.choices,
  });
  await postAssertion(late.world.tab, ACS, colleague);
  assert.equal(await late.end, undefined);
  await late.come(orderFor("e", OPS));
  assert.deepEqual([late.served, late.waiting(), late.exchanged], [["d"], ["e"], ["Dev"]]);
});

// Whoever had named their role waited until somebody else had picked one.
Deno.test("shared sign-in: what is decided is served before the person is asked for the others", async () => {
  const here = await serve([orderFor("picks", undefined), orderFor("named", DEV)]);
  const tab = await picker(here);
  assert.deepEqual(here.served, ["named"]);
  await tab.choose("Ops");
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.served, ["named", "picks"]);
  assert.deepEqual(here.exchanged, ["Dev", "Ops"]);
});

Deno.test("shared sign-in: who comes with a role while somebody picks does not wait for that", async () => {
  const errors: Record<string, Error> = {};
  const here = await serve([orderFor("picks", undefined)], failing(errors));
  const tab = await picker(here);
  await here.come(orderFor("named", DEV));
  assert.deepEqual(here.served, ["named"]);
  errors["Dev"] = refusedBy("AccessDenied");
  await here.come(orderFor("refused", DEV, { durationSeconds: 900 }));
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["refused"]]);
  await tab.choose("Ops");
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.served, ["named", "picks"]);
});

Deno.test("shared sign-in: what nobody confirmed may be false, and is not told to who comes meanwhile", async () => {
  const here = await serve(
    [orderFor("picks", undefined)],
    failing({ Dev: refusedBy("InvalidIdentityToken") }),
  );
  const tab = await picker(here);
  await here.come(orderFor("named", DEV));
  await here.come(orderFor("named too", DEV));
  assert.deepEqual([here.failed, here.exchanged], [[], ["Dev"]], "and is tried once");
  await tab.cancel();
  await here.end;
});

Deno.test("shared sign-in: a fault beside a page to pick from ends the sign-in", async () => {
  const fault = new Error("a bug");
  const here = await serve([orderFor("picks", undefined)], failing({ Dev: fault }));
  await picker(here);
  await here.come(orderFor("named", DEV));
  assert.equal(await here.end, fault);
});

Deno.test("shared sign-in: those who asked in the same way share one pick, others are left", async () => {
  const here = await serve([
    orderFor("a", undefined),
    orderFor("b", undefined),
    orderFor("other", undefined, { durationSeconds: 900 }),
  ]);
  await (await picker(here)).choose("Ops");
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.served, ["a", "b"]);
  assert.deepEqual(here.waiting(), ["other"]);
  assert.deepEqual([...here.choices.values()], [{
    roleArn: offerOf(OPS).role,
    providerArn: offerOf(OPS).provider,
    person: "alice@example.com",
  }]);
});

// It failed everybody, also those whose role was not the question.
Deno.test("shared sign-in: Cancel is the answer to those who were to pick, while others wait", async () => {
  const here = await serve([
    orderFor("picks", undefined),
    orderFor("picks too", undefined, { durationSeconds: 900 }),
    orderFor("named", DEV),
    orderFor("not offered", QA),
  ]);
  await (await picker(here)).cancel();
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.served, ["named"]);
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["picks", "picks too"]]);
  assert.equal(here.failed[0]?.error.exitCode, ExitCode.INTERRUPTED);
  assert.deepEqual(here.waiting(), ["not offered"]);
});

Deno.test("shared sign-in: Cancel of the only ones who wait ends the sign-in", async () => {
  const here = await serve([
    orderFor("picks", undefined),
    orderFor("is dead", QA, { alive: false }),
  ]);
  await (await picker(here)).cancel();
  const error = await here.end;
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.INTERRUPTED);
  assert.deepEqual(here.failed, [], "everybody is told by who runs this");
});

Deno.test("shared sign-in: one refusal is that one's, and the page names it", async () => {
  const here = await serve(
    [orderFor("a", DEV), orderFor("b", OPS)],
    failing({ Dev: refusedBy("AccessDenied") }),
  );
  const page = await post(here);
  assert.match(page.text, /1 session went to the commands.*Failed: STS refused/s);
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.served, ["b"]);
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["a"]]);
});

// It was told to everybody, and to whoever came within five seconds, whatever they wanted.
Deno.test("shared sign-in: with all refused each is told, and the others go on", async () => {
  for (const others of [[], [orderFor("other", QA)]]) {
    const here = await serve(
      [orderFor("a", DEV), orderFor("b", OPS), ...others],
      failing({ Dev: refusedBy("AccessDenied"), Ops: refusedBy("ValidationError") }),
    );
    const page = await post(here);
    assert.equal(page.status, 502);
    assert.match(page.text, /STS refused \(AccessDenied\)/);
    assert.equal(await here.end, undefined, "nothing that is everybody's");
    assert.deepEqual(
      here.failed.map(({ ids, error }) => [ids, error.code]),
      [[["a"], "sts-AccessDenied"], [["b"], "sts-ValidationError"]],
    );
    assert.equal(here.waiting().length, others.length);
  }
});

Deno.test("shared sign-in: an assertion that STS calls false is nobody's, and a true one may still come", async () => {
  const errors: Record<string, Error> = { Dev: refusedBy("InvalidIdentityToken") };
  const here = await serve([orderFor("a", DEV), orderFor("picks", undefined)], failing(errors));
  const page = await post(here);
  assert.equal(page.status, 400, "no picker for what is false");
  assert.deepEqual([here.served, here.failed], [[], []]);
  delete errors["Dev"];
  const tab = await picker(here);
  await tab.choose("Ops");
  assert.equal(await here.end, undefined);
  assert.deepEqual(here.served, ["a", "picks"]);
});

Deno.test("shared sign-in: STS out of reach for all ends it for all", async () => {
  const unreachable = new UserError("sts-unreachable", "Cannot reach STS", {
    exitCode: ExitCode.UNREACHABLE,
  });
  const here = await serve(
    [orderFor("a", DEV), orderFor("b", OPS), orderFor("picks", undefined)],
    failing({ Dev: unreachable, Ops: unreachable }),
  );
  await post(here);
  assert.equal(await here.end, unreachable);
  assert.deepEqual(here.failed, []);
});

Deno.test("shared sign-in: a fault is not one caller's failure", async () => {
  const fault = new Error("a bug");
  const here = await serve([orderFor("a", DEV), orderFor("b", OPS)], failing({ Dev: fault }));
  await post(here);
  assert.equal(await here.end, fault);
  assert.deepEqual(here.failed, []);
});

Deno.test("shared sign-in: latecomers are served by the assertion, if STS has taken it", async () => {
  const here = await serve([orderFor("a", DEV, { durationSeconds: 900 })]);
  await here.come(orderFor("early", OPS));
  assert.deepEqual(here.exchanged, [], "not before there is one");
  await post(here, [DEV]);
  await here.end;
  await here.come(orderFor("in time", DEV));
  await here.come(orderFor("not offered", QA));
  assert.deepEqual(here.served, ["a", "in time"]);
  assert.deepEqual(here.waiting(), ["early", "not offered"]);

  const cancelled = await serve([orderFor("picks", undefined)]);
  await (await picker(cancelled)).cancel();
  await cancelled.end;
  await cancelled.come(orderFor("late", DEV));
  assert.deepEqual(cancelled.exchanged, [], "nobody confirmed it");
});

// A hundred who came at once were served one after the other, and some by a second call of STS.
Deno.test("shared sign-in: who comes while STS is asked for the same does not ask it again", async () => {
  const kept = new Set<string>();
  const answer = Promise.withResolvers<void>();
  const here = await serve([orderFor("a", DEV)], {
    sts: () => answer.promise,
    keep: () => Promise.resolve(void kept.add("Dev")),
    isKept: () => kept.has("Dev"),
  });
  const posted = post(here);
  await eventually("the exchange", () => here.exchanged.length > 0 || undefined);
  const late = here.come(orderFor("b", DEV));
  answer.resolve();
  await Promise.all([posted, late, here.end]);
  await here.come(orderFor("c", DEV));
  assert.deepEqual([here.served, here.exchanged], [["a", "b", "c"], ["Dev"]]);
});

Deno.test("shared sign-in: a latecomer who fails is told so", async () => {
  const here = await serve([orderFor("a", DEV)], failing({ Ops: refusedBy("AccessDenied") }));
  await post(here);
  await here.end;
  await here.come(orderFor("refused", OPS));
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["refused"]]);
});

Deno.test("shared sign-in: nobody is served by an assertion that is too old to be redeemed", async () => {
  // An assertion is good for five minutes.
  let now = NOON + 299_000;
  const here = await serve([orderFor("a", DEV)], { now: () => now });
  await post(here);
  await here.end;
  now += 1000;
  await here.come(orderFor("late", OPS));
  assert.deepEqual(here.served, ["a"]);
});

Deno.test("shared sign-in: two assertions at once serve everybody once", async () => {
  const kept = new Set<string>();
  const here = await serve([orderFor("a", DEV), orderFor("b", OPS)], {
    sts: ({ role }) => Promise.resolve(void kept.add(role.name)),
    isKept: ({ request }) => kept.has(request.role?.name ?? ""),
  });
  await Promise.all([post(here), post(here, [DEV, OPS, QA])]);
  await here.end;
  assert.deepEqual(here.served.toSorted(), ["a", "b"]);
  assert.deepEqual(here.exchanged.toSorted(), ["Dev", "Ops"]);
});

// Each region had its own session, and so its own tab.
Deno.test("shared sign-in: one role in many regions costs one exchange", async () => {
  const region = (name: string) => ({ region: { name, from: "--region" } });
  const regions = ["us-east-1", "eu-west-1", "eu-central-1", "ap-south-1", "us-west-2"];
  const here = await serve([
    orderFor("none", DEV),
    ...regions.map((name) => orderFor(name, DEV, region(name))),
  ]);
  await post(here);
  await here.end;
  assert.deepEqual(here.exchanged, ["Dev"]);
  assert.deepEqual(here.served, ["none", ...regions]);
});

Deno.test("shared sign-in: a region of another partition is its own order's failure", async () => {
  const wrong = { region: { name: "cn-north-1", from: "--region" } };
  const here = await serve([orderFor("wrong", DEV, wrong), orderFor("right", DEV)]);
  await post(here);
  await here.end;
  assert.deepEqual([here.served, here.exchanged], [["right"], ["Dev"]]);
  assert.deepEqual(here.failed.map(({ ids, error }) => [ids, error.code]), [
    [["wrong"], "region-mismatch"],
  ]);

  const pick = { role: undefined, provider: undefined };
  const picked = await serve([
    orderFor("wrong", undefined, { ...pick, ...wrong }),
    orderFor("right", undefined, pick),
  ]);
  await (await picker(picked)).choose("Dev");
  await picked.end;
  assert.deepEqual(picked.served, ["right"]);
});

Deno.test("shared sign-in: a region of a variable gives way, and one of a flag for no role is refused", async () => {
  const inherited = { region: { name: "cn-north-1", from: "AWS_REGION" } };
  const here = await serve([orderFor("inherited", DEV, inherited), orderFor("none", DEV)]);
  await post(here);
  await here.end;
  assert.deepEqual([here.served, here.exchanged], [["inherited", "none"], ["Dev"]]);

  const typed = { region: { name: "cn-north-1", from: "--region" } };
  const pick = { role: undefined, provider: undefined };
  const alone = await serve([orderFor("typed", undefined, { ...pick, ...typed })]);
  const { status, detail } = await post(alone);
  assert.equal(status, 400);
  assert.match(detail, /^Cannot use --region: region cn-north-1 is in partition aws-cn/);
  assert.deepEqual(alone.exchanged, []);
  alone.world.interrupt();
  await alone.end;
});

Deno.test("shared sign-in: an encrypted assertion serves those who named both ARNs", async () => {
  const both = { role: parseRoleArn(DEFAULT_ROLE), provider: parseProviderArn(DEFAULT_PROVIDER) };
  const here = await serve([orderFor("picks", undefined), orderFor("both", undefined, both)]);
  assert.equal((await postAssertion(here.world.tab, ACS, encryptedBase64())).status, 200);
  assert.equal(await here.end, undefined);
  assert.deepEqual([here.served, here.waiting()], [["both"], ["picks"]]);

  const nobody = await serve([orderFor("picks", undefined)]);
  const page = await postAssertion(nobody.world.tab, ACS, encryptedBase64());
  assert.equal(page.status, 400);
  nobody.world.interrupt();
  await nobody.end;
  assert.deepEqual(nobody.exchanged, []);
});

Deno.test("shared sign-in: a session that cannot be cached is handed to who waits for it", async () => {
  const full = new UserError("disk-full", "The disk is full", { exitCode: ExitCode.FILE });
  const here = await serve([orderFor("a", DEV)], { keep: () => Promise.reject(full) });
  assert.equal((await post(here)).status, 200);
  assert.equal(await here.end, undefined);
  const { credentials } = exchangedFake(NOON);
  const session = {
    credentials,
    roleArn: pairOf(DEV).role.text,
    person: here.handed[0]?.session.person,
    issued: NOON,
  };
  assert.deepEqual(here.handed, [{ ids: ["a"], session, error: full }]);
  assert.deepEqual([here.served, here.failed], [[], []]);
});

// The exchange that was cut short counted as a failure, and was told to those who went on waiting.
Deno.test("shared sign-in: interrupted during an exchange, nobody is told of a failure", async () => {
  const asked = Promise.withResolvers<void>();
  const here = await serve([orderFor("a", DEV), orderFor("b", OPS)], {
    sts: async (_, signal) => {
      asked.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw signal.reason;
    },
  });
  const posted = post(here);
  await asked.promise;
  here.world.interrupt();
  const error = await here.end;
  assert.ok(error instanceof UserError && error.code === "interrupted", String(error));
  await posted;
  assert.deepEqual([here.served, here.failed, here.waiting()], [[], [], ["a", "b"]]);
});

// The person picked for a caller that an SDK had killed, and whoever waited had to wait for that.
Deno.test("shared sign-in: nobody is asked for the dead, unless nobody lives", async () => {
  const dead = { alive: false };
  const here = await serve([orderFor("dead", undefined, dead), orderFor("lives", DEV)]);
  assert.equal((await post(here)).status, 200);
  await here.end;
  assert.deepEqual([here.served, here.waiting()], [["lives"], ["dead"]]);

  const alone = await serve([orderFor("dead", undefined, dead), orderFor("named", QA, dead)]);
  await (await picker(alone)).choose("Dev");
  await alone.end;
  assert.deepEqual(alone.served, ["dead"]);
});

Deno.test("shared sign-in: it is the oldest one's sign-in who lives, by browser and time", async () => {
  const here = await serve([
    orderFor("dead", DEV, { alive: false, startUrl: new URL("https://idp.example/dead") }),
    orderFor("lives", OPS, { startUrl: new URL("https://idp.example/lives") }),
  ]);
  const event = await here.world.events.find(({ kind }) => kind === "listening");
  assert.ok(event.kind === "listening");
  assert.equal(event.startUrl, "https://idp.example/lives");
  await post(here);
  await here.end;
  assert.deepEqual(here.served, ["dead", "lives"], "and the dead are served along with it");
});

// It queued for the port, and by the time it had it another sign-in had brought the session.
Deno.test("shared sign-in: no tab is opened for what is kept by the time that the port is ours", async () => {
  const here = await serve([orderFor("a", DEV), orderFor("b", OPS)], {
    isKept: () => true,
  });
  assert.equal(await here.end, undefined);
  assert.deepEqual([here.world.opened, here.served], [[], ["a", "b"]]);
  assert.deepEqual(here.world.closed.length, 1, "the port is free again");

  const one = await serve([orderFor("a", DEV), orderFor("b", OPS)], {
    isKept: ({ id }) => id === "a",
  });
  await post(one);
  await one.end;
  assert.equal(one.world.opened.length, 1);
  assert.deepEqual(one.exchanged, ["Ops"]);
});
