import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePolicyArn, parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import {
  digest,
  entryName,
  isFresh,
  type Session,
  SessionCache,
  type SessionKey,
} from "../../src/credentials/cache.ts";
import { sessionKey, settingsKey, type SignInRequest } from "../../src/sign_in/request.ts";
import { writePrivate } from "../../src/credentials/private_file.ts";
import { hiddenBeside } from "../../src/system/paths.ts";
import { assertSilent, userErrorFrom } from "../support/checks.ts";
import { exchangedFake, FAKE_SECRETS, NOON, requestFake } from "../support/fakes.ts";
import { inFolder, modeOf, names, POSIX } from "../system/files.ts";

const KEY: SessionKey = {
  role: "arn:a",
  provider: "arn:b",
  region: undefined,
  durationSeconds: 3600,
};
const SESSION: Session = {
  credentials: exchangedFake().credentials,
  roleArn: "arn:a",
  person: "alice@example.com",
  issued: NOON,
};
const MINUTE = 60_000;

const inCache = (
  test: (cache: SessionCache, path: string, at: (now: number) => SessionCache) => Promise<void>,
) =>
  inFolder(async (folder) => {
    const at = (now: number) => new SessionCache(`${folder}/cache`, () => now);
    const path = `${folder}/cache/sessions/${entryName(KEY)}`;
    await test(at(NOON), path, at);
  });

/** Why there is nothing; fails when there is something. */
async function missOf(cache: SessionCache, key: SessionKey = KEY): Promise<string> {
  const look = await cache.look(key);
  assert.ok("miss" in look, "a session was served");
  assertSilent(look.miss, FAKE_SECRETS);
  return look.miss;
}

Deno.test("SessionCache: gives back what was kept, secrets and all", () =>
  inCache(async (cache) => {
    assert.equal(await missOf(cache), "there is no entry");
    for (const session of [SESSION, { ...SESSION, person: undefined, roleArn: "arn:z" }]) {
      await cache.store(KEY, session);
      const look = await cache.look(KEY);
      assert.ok("session" in look, Deno.inspect(look));
      const { credentials, ...others } = look.session;
      const { credentials: kept, ...rest } = session;
      assert.deepEqual(others, rest);
      assert.equal(credentials.secretAccessKey.reveal(), kept.secretAccessKey.reveal());
      assert.equal(credentials.sessionToken.reveal(), kept.sessionToken.reveal());
      assert.equal(credentials.accessKeyId, kept.accessKeyId);
      assert.equal(credentials.expiration, kept.expiration);
      assertSilent(look, FAKE_SECRETS);
    }
  }));

Deno.test({
  name: "SessionCache: entries are 0600 in folders of 0700, under names that tell nothing",
  ignore: !POSIX,
  fn: () =>
    inFolder(async (folder) => {
      await new SessionCache(`${folder}/a/b`, () => NOON).store(KEY, SESSION);
      for (const path of ["a", "a/b", "a/b/sessions"]) {
        assert.equal(modeOf(`${folder}/${path}`), 0o700);
      }
      const [name, ...others] = names(`${folder}/a/b/sessions`);
      assert.match(name ?? "", /^[0-9a-f]{32}\.json$/);
      assert.deepEqual(others, []);
      assert.equal(modeOf(`${folder}/a/b/sessions/${name}`), 0o600);
    }),
});

Deno.test("entryName: the same for the same fields in any order, absent ones left out", () => {
  const same: readonly SessionKey[] = [{ b: ["x", "y"], a: "1" }, {
    a: "1",
    c: undefined,
    b: ["x", "y"],
  }];
  const other: readonly SessionKey[] = [
    { a: "1", b: ["y", "x"] },
    { a: 1, b: ["x", "y"] },
    { a: "1", b: "x,y" },
    { a: "1", b: ["x,y"] },
    { a: "1", b: ["x", "y"], c: "" },
    { a: '1","b', b: ["x", "y"] },
  ];
  assert.equal(new Set(same.map(entryName)).size, 1);
  assert.equal(
    new Set([...other, ...same].map(entryName)).size,
    other.length + 1,
  );
});

Deno.test("sessionKey: a request that differs in anything that shapes the session finds none", () =>
  inCache(async (cache) => {
    const pair = (account = "111122223333", role = "Dev", provider = "Idp") => ({
      role: parseRoleArn(`arn:aws:iam::${account}:role/${role}`),
      provider: parseProviderArn(`arn:aws:iam::${account}:saml-provider/${provider}`),
    });
    const keyOf = (change: Partial<SignInRequest> = {}, other = pair()) =>
      sessionKey(requestFake(change), other);
    await cache.store(keyOf(), SESSION);
    const different: Record<string, SessionKey> = {
      account: keyOf({}, pair("444455556666")),
      role: keyOf({}, pair(undefined, "dev")),
      "role's path": keyOf({}, pair(undefined, "x/Dev")),
      provider: keyOf({}, pair(undefined, undefined, "Idp2")),
      duration: keyOf({ durationSeconds: 3601 }),
      "strict duration": keyOf({ strictDuration: true }),
      policies: keyOf({ policyArns: [parsePolicyArn("arn:aws:iam::aws:policy/A")] }),
      policy: keyOf({ policy: "{}" }),
      startUrl: keyOf({ startUrl: new URL("https://idp.example/other") }),
      "no start URL": keyOf({ startUrl: undefined }),
      idp: keyOf({ idp: "https://idp.example" }),
      endpoint: keyOf({ endpoint: "http://localhost:1" }),
    };
    for (const [what, key] of Object.entries(different)) {
      assert.equal(await missOf(cache, key), "there is no entry", what);
    }
    const same: Record<string, SessionKey> = {
      // A session token of one region is good in every region of the partition.
      region: keyOf({ region: { name: "eu-west-1", from: "--region" } }),
      browser: keyOf({ browser: "none" }),
      port: keyOf({ port: 1 }),
      timeout: keyOf({ timeoutMs: 1 }),
      names: keyOf({ accountNames: new Map([["111122223333", "x"]]) }),
      "who asks": keyOf({ accounts: ["111122223333"], filters: ["D*"] }),
    };
    for (const [what, key] of Object.entries(same)) {
      assert.ok("session" in await cache.look(key), what);
    }
    const settings = (change: Partial<SignInRequest>) =>
      entryName(settingsKey(requestFake({ role: undefined, ...change })));
    assert.equal(
      settings({ region: { name: "eu-west-1", from: "AWS_REGION" } }),
      settings({}),
      "nor is a role picked for one region alone",
    );
    const choices = [{}, { accounts: ["111122223333"] }, { filters: ["D*"] }, { idp: "x" }]
      .map(settings);
    assert.equal(new Set(choices).size, choices.length, "what narrows the choice shapes it");
  }));

Deno.test("SessionCache: an entry that is not wholly ours is a miss", () =>
  inCache(async (cache, path) => {
    await cache.store(KEY, SESSION);
    const good = JSON.parse(Deno.readTextFileSync(path));
    const torn = JSON.stringify(good);
    const bad: Record<string, string> = {
      empty: "",
      "no JSON": "{",
      null: "null",
      list: "[]",
      "half of it": torn.slice(0, torn.length / 2),
      "another format": JSON.stringify({ ...good, format: 2 }),
      "another key": JSON.stringify({ ...good, key: "x" }),
      "a number as key": JSON.stringify({ ...good, key: 1 }),
      "an expiry as text": JSON.stringify({ ...good, expiration: String(good.expiration) }),
      "an expiry beyond all dates": JSON.stringify({ ...good, expiration: 1e16 }),
    };
    for (const field of Object.keys(good)) {
      if (field !== "person") bad[`no ${field}`] = JSON.stringify({ ...good, [field]: undefined });
    }
    for (const field of ["accessKeyId", "secretAccessKey", "sessionToken", "accountId"]) {
      bad[`empty ${field}`] = JSON.stringify({ ...good, [field]: "" });
    }
    for (const [what, text] of Object.entries(bad)) {
      Deno.writeTextFileSync(path, text);
      assert.equal(await missOf(cache), `${path} is not an entry for this request`, what);
    }
    Deno.writeFileSync(path, new Uint8Array([0xff, 0xfe]));
    assert.match(await missOf(cache), /not UTF-8/);
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    assert.match(await missOf(cache), /a folder/);
    Deno.removeSync(path);
    await cache.store(KEY, SESSION);
    assert.ok("session" in await cache.look(KEY), "what was odd is replaced");
  }));

Deno.test({
  name: "SessionCache: an entry that others can touch, or that is another user's, is a miss",
  ignore: !POSIX,
  fn: () =>
    inCache(async (cache, path) => {
      await cache.store(KEY, SESSION);
      for (const mode of [0o644, 0o640, 0o602, 0o666]) {
        Deno.chmodSync(path, mode);
        assert.equal(await missOf(cache), `other users can read or write ${path}`);
      }
      Deno.chmodSync(path, 0o600);
      assert.ok("session" in await cache.look(KEY));
      if (Deno.uid() !== 0) return;
      Deno.chownSync(path, 65534, 65534);
      assert.equal(await missOf(cache), `${path} belongs to another user`);
    }),
});

// A change to a file keeps its mode and owner. Done to an entry that was open to others, it made the next
// entry a miss as well: every sign-in was in vain, for good.
Deno.test({
  name: "SessionCache: what is not believed is replaced by what is",
  ignore: !POSIX,
  fn: () =>
    inCache(async (cache, path) => {
      const spoil: Record<string, () => void> = {
        "open to others": () => Deno.chmodSync(path, 0o644),
        "not even text": () => Deno.writeFileSync(path, new Uint8Array([0xff, 0xfe])),
        "a symlink to what is open": () => {
          Deno.writeTextFileSync(`${path}.other`, "somebody's", { mode: 0o644 });
          Deno.removeSync(path);
          Deno.symlinkSync(`${path}.other`, path);
        },
      };
      if (Deno.uid() === 0) {
        spoil["another user's"] = () => Deno.chownSync(path, 65534, 65534);
      }
      for (const [what, spoiled] of Object.entries(spoil)) {
        await cache.store(KEY, SESSION);
        spoiled();
        await missOf(cache);
        await cache.store(KEY, SESSION);
        assert.ok("session" in await cache.look(KEY), what);
        assert.equal(modeOf(path), 0o600, what);
      }
      assert.equal(Deno.readTextFileSync(`${path}.other`), "somebody's", "what is not ours stays");
    }),
});

Deno.test("writePrivate: where others can read it all the same, nothing is kept and it is said", () =>
  inFolder(async (folder) => {
    const path = `${folder}/entry`;
    const looks = [
      { wide: true, foreign: false, says: /its file system lets others read or write/ },
      { wide: false, foreign: true, says: /belong to another user$/ },
    ];
    for (const { says, ...look } of looks) {
      const error = await userErrorFrom(
        writePrivate(path, FAKE_SECRETS.join(), () => look),
        FAKE_SECRETS,
      );
      assert.equal(error.exitCode, 8);
      assert.match(error.message, says);
      assert.ok(error.message.includes(path));
      assert.deepEqual(names(folder), [], "a session that nobody could use is not left there");
    }
  }));

Deno.test("isFresh: 15 minutes, or a quarter of a short life, are kept in reserve", () => {
  const table: readonly [lifeMinutes: number, leftMinutes: number, fresh: boolean][] = [
    [60, 15.1, true],
    [60, 15, false],
    [60, -1, false],
    [720, 15.1, true],
    [720, 15, false],
    [15, 3.76, true],
    [15, 3.75, false],
    [0, 0, false],
  ];
  for (const [life, left, fresh] of table) {
    const end = NOON + life * MINUTE;
    assert.equal(isFresh(end, NOON, end - left * MINUTE), fresh, `${left} of ${life}`);
  }
  assert.equal(isFresh(NOON + 60 * MINUTE, NOON, NOON - MINUTE), true, "clocks differ a little");
  assert.equal(isFresh(NOON + 60 * MINUTE, NOON, NOON - MINUTE - 1), false, "from the future");
});

Deno.test("SessionCache: a session near its end is a miss, and a new one takes its place", () =>
  inCache(async (cache, _, at) => {
    await cache.store(KEY, SESSION);
    assert.ok("session" in await at(NOON + 44 * MINUTE).look(KEY));
    const late = at(NOON + 45 * MINUTE);
    assert.equal(await missOf(late), "the session expires soon");
    const { credentials } = exchangedFake(NOON + 45 * MINUTE);
    await late.store(KEY, { ...SESSION, credentials, issued: NOON + 45 * MINUTE });
    assert.ok("session" in await late.look(KEY));
  }));

// It said "3 sessions forgotten" when asked to forget one role's: two others had ended.
Deno.test("SessionCache: forgetting counts what was meant, and takes the rubbish along", () =>
  inCache(async (cache, path, at) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    for (const role of ["arn:a", "arn:b", "arn:c"]) {
      await cache.store({ ...KEY, role }, { ...SESSION, roleArn: role });
    }
    Deno.writeTextFileSync(`${folder}/${"0".repeat(32)}.json`, "{");
    const later = { ...SESSION, credentials: exchangedFake(NOON + 60 * MINUTE).credentials };
    await cache.store({ ...KEY, role: "arn:c" }, { ...later, roleArn: "arn:c" });
    const afterAnHour = at(NOON + 61 * MINUTE);
    assert.equal(afterAnHour.forget(({ session }) => session.roleArn === "arn:a"), 1);
    assert.deepEqual(afterAnHour.list().map(({ session }) => session.roleArn), ["arn:c"]);
    assert.equal(names(folder).length, 1);
    assert.equal(afterAnHour.forget(({ session }) => session.roleArn === "arn:a"), 0);
    assert.equal(afterAnHour.forget(() => true), 1);
  }));

// `logout --all` left a session in plain text.
Deno.test("SessionCache: forgetting takes along what a process that was killed had not finished", () =>
  inCache(async (cache, path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    await cache.store({ ...KEY, role: "arn:c" }, SESSION);
    const half = hiddenBeside(path, "new");
    const alone = hiddenBeside(path, `new-${crypto.randomUUID()}`);
    const others = `${folder}/.mine`;
    for (const file of [half, alone, others]) Deno.writeTextFileSync(file, FAKE_SECRETS.join());
    assert.equal(cache.forget(() => true), 1, "nobody could have used the others");
    assert.deepEqual(names(folder), [".mine"]);
  }));

Deno.test("SessionCache: what is no session of ours is not listed", () =>
  inCache(async (cache, path) => {
    await cache.store(KEY, SESSION);
    const folder = path.slice(0, path.lastIndexOf("/"));
    for (const [index, text] of ["{", "null", "[]", '{"key":1}', '{"key":"x"}'].entries()) {
      Deno.writeTextFileSync(`${folder}/${String(index).repeat(32)}.json`, text, { mode: 0o600 });
    }
    Deno.mkdirSync(`${folder}/${"f".repeat(32)}.json`);
    Deno.writeTextFileSync(`${folder}/note.txt`, "mine");
    assert.equal(cache.list().length, 1);
  }));

Deno.test("digest: 32 hexadecimal digits, always the same for a text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
    assert.match(digest(text), /^[0-9a-f]{32}$/);
    assert.equal(digest(text), digest(text));
  }));
  // Entries made today are looked for tomorrow: another algorithm would forget them all.
  assert.equal(digest("one text"), "87f86154a72e826ead7a25b4cbb30c7e");
});

Deno.test("digest: texts that differ a little share no name, and no half of one", () => {
  const texts = new Set([""]);
  for (let length = 1; length <= 300; length++) texts.add("x".repeat(length));
  for (let index = 0; index < 300; index++) {
    const base = "a".repeat(300);
    for (const other of ["b", "A", "\u0161"]) {
      texts.add(base.slice(0, index) + other + base.slice(index + 1));
    }
  }
  for (let role = 0; role < 100_000; role++) {
    texts.add(`[["role","arn:aws:iam::111122223333:role/Team${role}"],["provider","x"]]`);
  }
  const names = [...texts].map(digest);
  assert.equal(new Set(names).size, texts.size);
  for (const half of [(name: string) => name.slice(0, 16), (name: string) => name.slice(16)]) {
    assert.equal(new Set(names.map(half)).size, texts.size);
  }
});

Deno.test("SessionCache: a folder that cannot be looked into is not an empty one", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/sessions`, "a file");
    const cache = new SessionCache(folder, Date.now);
    for (const look of [() => cache.list(), () => cache.forget(() => true)]) {
      const error = await userErrorFrom(new Promise((resolve) => resolve(look())));
      assert.deepEqual([error.code, error.exitCode], ["cache-unreadable", 8]);
      assert.ok(error.message.includes(`${folder}/sessions`));
      assert.match(error.hint ?? "", /sudo/);
    }
  }));

Deno.test("SessionCache: an entry that is a folder is told, and no other's cleanup stands in the way of ours", () =>
  inCache(async (cache, path) => {
    await cache.store(KEY, SESSION);
    // Two forget at once.
    assert.equal(cache.forget(() => (Deno.removeSync(path), true)), 1);
    const folder = path.replace(/[0-9a-f]{32}\.json$/, `${"f".repeat(32)}.json`);
    Deno.mkdirSync(`${folder}/more`, { recursive: true });
    assert.deepEqual(cache.exposed(), []);
    const error = await userErrorFrom(
      new Promise((resolve) => resolve(cache.forget(() => true))),
    );
    assert.deepEqual([error.code, error.exitCode], ["cache-undeletable", 8]);
    assert.ok(error.message.startsWith(`Cannot remove ${folder}: `), error.message);
  }));
