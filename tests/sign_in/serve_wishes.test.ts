/** One assertion for many callers: who gets a session by it, who is asked, and who is told what went wrong. */

import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { NOON } from "../support/fakes.ts";
import { ACS, assertionOf, encryptedBase64, offerOf } from "../support/offers.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { openPicker, postAssertion } from "../support/tab.ts";
import { refusedBy, serve, type Served, type ServeOptions, wishFor } from "../support/wishes.ts";

const [DEV, OPS, QA] = ["111122223333/Dev", "111122223333/Ops", "444455556666/Qa"] as const;

const post = ({ world }: Served, roles: readonly string[] = [DEV, OPS]) =>
  postAssertion(world.tab, ACS, assertionOf(roles));
const picker = ({ world }: Served, roles: readonly string[] = [DEV, OPS]) =>
  openPicker(world.tab, ACS, assertionOf(roles));
const ids = (wishes: Served["waiting"]) => wishes.map(({ wish }) => wish.id);

/** An STS that throws for some roles, by name. */
const failing = (errors: Readonly<Record<string, Error>>): Required<Pick<ServeOptions, "sts">> => ({
  sts: ({ role }) => {
    const error = errors[role.name];
    if (error !== undefined) throw error;
  },
});

Deno.test("serveOnce: two who want the same cost one exchange", async () => {
  const here = await serve([wishFor("a", DEV), wishFor("b", DEV)]);
  assert.equal((await post(here)).status, 200);
  assert.equal(await here.end, true);
  assert.deepEqual(here.exchanged, ["Dev"]);
  assert.deepEqual(here.served, ["a", "b"]);
  assert.equal(here.kept.length, 1);
});

Deno.test("serveOnce: the same role for another time is another session", async () => {
  const here = await serve([wishFor("a", DEV), wishFor("b", DEV, { durationSeconds: 900 })]);
  await post(here);
  await here.end;
  assert.deepEqual(here.exchanged, ["Dev", "Dev"]);
  assert.equal(new Set(here.kept.map(({ key }) => JSON.stringify(key))).size, 2);
});

Deno.test("serveOnce: what is not offered goes on waiting, and nobody is told anything", async () => {
  const here = await serve([wishFor("a", DEV), wishFor("b", QA)]);
  await post(here);
  assert.equal(await here.end, true);
  assert.deepEqual([here.served, ids(here.waiting), here.failed], [["a"], ["b"], []]);
});

Deno.test("serveOnce: an assertion that offers nobody anything is refused, and the wait goes on", async () => {
  const here = await serve([wishFor("a", DEV)]);
  assert.equal((await post(here, [QA])).status, 400);
  assert.equal((await here.world.events.find(({ kind }) => kind === "refused")).kind, "refused");
  await post(here);
  assert.equal(await here.end, true);
  assert.deepEqual(here.served, ["a"]);
});

Deno.test("serveOnce: with nobody who waits there is nothing to sign in for", async () => {
  const here = await serve([]);
  assert.equal(await here.end, false);
  assert.deepEqual(here.world.opened, []);
});

// Whoever had named their role waited until somebody else had picked one.
Deno.test("serveOnce: what is decided is served before the person is asked for the others", async () => {
  const here = await serve([wishFor("picks", undefined), wishFor("named", DEV)]);
  const tab = await picker(here);
  assert.deepEqual(here.served, ["named"]);
  await tab.choose("Ops");
  assert.equal(await here.end, true);
  assert.deepEqual(here.served, ["named", "picks"]);
  assert.deepEqual(here.exchanged, ["Dev", "Ops"]);
});

Deno.test("serveOnce: who comes with a role while somebody picks does not wait for that", async () => {
  const errors: Record<string, Error> = {};
  const here = await serve([wishFor("picks", undefined)], failing(errors));
  const tab = await picker(here);
  here.waiting.push(await wishFor("named", DEV));
  await eventually("the named one", () => here.served.includes("named") || undefined);
  errors["Dev"] = refusedBy("AccessDenied");
  here.waiting.push(await wishFor("refused", DEV, { durationSeconds: 900 }));
  await eventually("the refused one", () => here.failed.length > 0 || undefined);
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["refused"]]);
  await tab.choose("Ops");
  assert.equal(await here.end, true);
  assert.deepEqual(here.served, ["named", "picks"]);
});

Deno.test("serveOnce: what nobody confirmed may be false, and is not told to who comes meanwhile", async () => {
  const here = await serve(
    [wishFor("picks", undefined)],
    failing({ Dev: refusedBy("InvalidIdentityToken") }),
  );
  const tab = await picker(here);
  here.waiting.push(await wishFor("named", DEV));
  await eventually("the exchange", () => here.exchanged.includes("Dev") || undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([here.failed, here.exchanged], [[], ["Dev"]], "and is tried once");
  await tab.cancel();
  await here.end;
});

Deno.test("serveOnce: a fault beside a page to pick from ends the sign-in", async () => {
  const fault = new Error("a bug");
  const here = await serve([wishFor("picks", undefined)], failing({ Dev: fault }));
  await picker(here);
  here.waiting.push(await wishFor("named", DEV));
  assert.equal(await here.end, fault);
});

Deno.test("serveOnce: those who asked in the same way share one pick, others are left", async () => {
  const here = await serve([
    wishFor("a", undefined),
    wishFor("b", undefined),
    wishFor("other", undefined, { durationSeconds: 900 }),
  ]);
  await (await picker(here)).choose("Ops");
  assert.equal(await here.end, true);
  assert.deepEqual(here.served, ["a", "b"]);
  assert.deepEqual(ids(here.waiting), ["other"]);
  assert.deepEqual([...here.choices.values()], [{
    roleArn: offerOf(OPS).role,
    providerArn: offerOf(OPS).provider,
  }]);
});

// It failed everybody, also those whose role was not the question.
Deno.test("serveOnce: Cancel is the answer to those who were to pick, while others wait", async () => {
  const here = await serve([
    wishFor("picks", undefined),
    wishFor("picks too", undefined, { durationSeconds: 900 }),
    wishFor("named", DEV),
    wishFor("not offered", QA),
  ]);
  await (await picker(here)).cancel();
  assert.equal(await here.end, true);
  assert.deepEqual(here.served, ["named"]);
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["picks", "picks too"]]);
  assert.equal(here.failed[0]?.error.exitCode, ExitCode.INTERRUPTED);
  assert.deepEqual(ids(here.waiting), ["not offered"]);
});

Deno.test("serveOnce: Cancel of the only ones who wait ends the sign-in", async () => {
  const here = await serve([
    wishFor("picks", undefined),
    wishFor("is dead", QA, { alive: false }),
  ]);
  await (await picker(here)).cancel();
  const error = await here.end;
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.INTERRUPTED);
  assert.deepEqual(here.failed, [], "everybody is told by who runs this");
});

Deno.test("serveOnce: one refusal is that one's, and the page names it", async () => {
  const here = await serve(
    [wishFor("a", DEV), wishFor("b", OPS)],
    failing({ Dev: refusedBy("AccessDenied") }),
  );
  const page = await post(here);
  assert.match(page.text, /1 session went to the commands.*Failed: STS refused/s);
  assert.equal(await here.end, true);
  assert.deepEqual(here.served, ["b"]);
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["a"]]);
});

// It was told to everybody, and to whoever came within five seconds, whatever they wanted.
Deno.test("serveOnce: with all refused each is told, and the others go on", async () => {
  for (const others of [[], [wishFor("other", QA)]]) {
    const here = await serve(
      [wishFor("a", DEV), wishFor("b", OPS), ...others],
      failing({ Dev: refusedBy("AccessDenied"), Ops: refusedBy("ValidationError") }),
    );
    const page = await post(here);
    assert.equal(page.status, 502);
    assert.match(page.text, /STS refused \(AccessDenied\)/);
    assert.equal(await here.end, true, "nothing that is everybody's");
    assert.deepEqual(
      here.failed.map(({ ids, error }) => [ids, error.code]),
      [[["a"], "sts-AccessDenied"], [["b"], "sts-ValidationError"]],
    );
    assert.equal(here.waiting.length, others.length);
  }
});

Deno.test("serveOnce: an assertion that STS calls false is nobody's, and a true one may still come", async () => {
  const errors: Record<string, Error> = { Dev: refusedBy("InvalidIdentityToken") };
  const here = await serve([wishFor("a", DEV), wishFor("picks", undefined)], failing(errors));
  const page = await post(here);
  assert.equal(page.status, 400, "no picker for what is false");
  assert.deepEqual([here.served, here.failed], [[], []]);
  delete errors["Dev"];
  const tab = await picker(here);
  await tab.choose("Ops");
  assert.equal(await here.end, true);
  assert.deepEqual(here.served, ["a", "picks"]);
});

Deno.test("serveOnce: STS out of reach for all ends it for all", async () => {
  const unreachable = new UserError("sts-unreachable", "Cannot reach STS", {
    exitCode: ExitCode.UNREACHABLE,
  });
  const here = await serve(
    [wishFor("a", DEV), wishFor("b", OPS), wishFor("picks", undefined)],
    failing({ Dev: unreachable, Ops: unreachable }),
  );
  await post(here);
  assert.equal(await here.end, unreachable);
  assert.deepEqual(here.failed, []);
});

Deno.test("serveOnce: a fault is not one caller's failure", async () => {
  const fault = new Error("a bug");
  const here = await serve([wishFor("a", DEV), wishFor("b", OPS)], failing({ Dev: fault }));
  await post(here);
  assert.equal(await here.end, fault);
  assert.deepEqual(here.failed, []);
});

Deno.test("serveOnce: latecomers are served for three seconds after the last one", async () => {
  const late = await Promise.all([wishFor("in time", OPS), wishFor("too late", DEV)]);
  const here = await serve([wishFor("a", DEV, { durationSeconds: 900 })], {
    onPause: (passed, { waiting }) => {
      if (passed === 2500) waiting.push(late[0] ?? assert.fail());
      if (passed === 5700) waiting.push(late[1] ?? assert.fail());
    },
  });
  await post(here);
  await here.end;
  assert.deepEqual(here.served, ["a", "in time"]);
});

Deno.test("serveOnce: a latecomer who fails is told so, one who is not offered goes on waiting", async () => {
  const late = await Promise.all([wishFor("refused", OPS), wishFor("not offered", QA)]);
  const here = await serve([wishFor("a", DEV)], {
    ...failing({ Ops: refusedBy("AccessDenied") }),
    onPause: (passed, { waiting }) => {
      if (passed === 100) waiting.push(...late);
    },
  });
  await post(here);
  assert.equal(await here.end, true);
  assert.deepEqual(here.failed.map(({ ids }) => ids), [["refused"]]);
  assert.deepEqual(ids(here.waiting), ["not offered"]);
});

Deno.test("serveOnce: nobody is served by an assertion that is too old to be redeemed", async () => {
  const late = await wishFor("late", OPS);
  // An assertion is good for five minutes.
  const here = await serve([wishFor("a", DEV)], {
    now: NOON + 299_000,
    onPause: (passed, { waiting }) => {
      if (passed === 1000) waiting.push(late);
    },
  });
  await post(here);
  await here.end;
  assert.deepEqual(here.served, ["a"]);
});

Deno.test("serveOnce: an encrypted assertion serves those who named both ARNs", async () => {
  const both = { role: parseRoleArn(DEFAULT_ROLE), provider: parseProviderArn(DEFAULT_PROVIDER) };
  const here = await serve([wishFor("picks", undefined), wishFor("both", undefined, both)]);
  assert.equal((await postAssertion(here.world.tab, ACS, encryptedBase64())).status, 200);
  assert.equal(await here.end, true);
  assert.deepEqual([here.served, ids(here.waiting)], [["both"], ["picks"]]);

  const nobody = await serve([wishFor("picks", undefined)]);
  const page = await postAssertion(nobody.world.tab, ACS, encryptedBase64());
  assert.equal(page.status, 400);
  nobody.world.interrupt();
  await nobody.end;
  assert.deepEqual(nobody.exchanged, []);
});

Deno.test("serveOnce: a session that cannot be kept fails who waits for it", async () => {
  const full = new UserError("disk-full", "The disk is full", { exitCode: ExitCode.FILE });
  const here = await serve([wishFor("a", DEV)], { keep: () => Promise.reject(full) });
  assert.equal((await post(here)).status, 502);
  assert.equal(await here.end, true);
  assert.deepEqual([here.served, here.failed], [[], [{ ids: ["a"], error: full }]]);
});

// The exchange that was cut short counted as a failure, and was told to those who went on waiting.
Deno.test("serveOnce: interrupted during an exchange, nobody is told of a failure", async () => {
  const asked = Promise.withResolvers<void>();
  const here = await serve([wishFor("a", DEV), wishFor("b", OPS)], {
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
  assert.deepEqual([here.served, here.failed, ids(here.waiting)], [[], [], ["a", "b"]]);
});

// The person picked for a caller that an SDK had killed, and whoever waited had to wait for that.
Deno.test("serveOnce: nobody is asked for the dead, unless nobody lives", async () => {
  const dead = { alive: false };
  const here = await serve([wishFor("dead", undefined, dead), wishFor("lives", DEV)]);
  assert.equal((await post(here)).status, 200);
  await here.end;
  assert.deepEqual([here.served, ids(here.waiting)], [["lives"], ["dead"]]);

  const alone = await serve([wishFor("dead", undefined, dead), wishFor("named", QA, dead)]);
  await (await picker(alone)).choose("Dev");
  await alone.end;
  assert.deepEqual(alone.served, ["dead"]);
});

Deno.test("serveOnce: it is the oldest one's sign-in who lives, by browser and time", async () => {
  const here = await serve([
    wishFor("dead", DEV, { alive: false, startUrl: new URL("https://idp.example/dead") }),
    wishFor("lives", OPS, { startUrl: new URL("https://idp.example/lives") }),
  ]);
  const event = await here.world.events.find(({ kind }) => kind === "listening");
  assert.ok(event.kind === "listening");
  assert.equal(event.startUrl, "https://idp.example/lives");
  await post(here);
  await here.end;
  assert.deepEqual(here.served, ["dead", "lives"], "and the dead are served along with it");
});

// It queued for the port, and by the time it had it another sign-in had brought the session.
Deno.test("serveOnce: no tab is opened for what is kept by the time that the port is ours", async () => {
  const here = await serve([wishFor("a", DEV), wishFor("b", OPS)], {
    isKept: () => true,
  });
  assert.equal(await here.end, true);
  assert.deepEqual([here.world.opened, here.served], [[], ["a", "b"]]);
  assert.deepEqual(here.world.closed.length, 1, "the port is free again");

  const one = await serve([wishFor("a", DEV), wishFor("b", OPS)], {
    isKept: ({ wish }) => wish.id === "a",
  });
  await post(one);
  await one.end;
  assert.equal(one.world.opened.length, 1);
  assert.deepEqual(one.exchanged, ["Ops"]);
});
