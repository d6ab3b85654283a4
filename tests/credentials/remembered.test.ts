import assert from "node:assert/strict";
import { entryName, type SessionKey } from "../../src/credentials/cache.ts";
import { Choices, GrantedDurations } from "../../src/credentials/remembered.ts";
import { userErrorFrom } from "../support/checks.ts";
import { inFolder, modeOf, POSIX } from "../system/files.ts";

const SETTINGS: SessionKey = { role: undefined, issuer: "https://idp.example/", accounts: [] };
const CHOICE = { roleArn: "arn:role", providerArn: "arn:provider" };

const inChoices = (test: (choices: Choices, path: string, folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    const path = `${folder}/x/choices/${entryName(SETTINGS)}`;
    await test(new Choices(`${folder}/x`), path, folder);
  });

Deno.test("Choices: the last one of the same settings is remembered", () =>
  inChoices(async (choices) => {
    assert.equal(await choices.last(SETTINGS), undefined);
    await choices.remember(SETTINGS, { roleArn: "first", providerArn: "p" });
    await choices.remember(SETTINGS, { ...CHOICE, more: "is left out" } as typeof CHOICE);
    assert.deepEqual(await choices.last({ accounts: [], issuer: "https://idp.example/" }), CHOICE);
    for (const other of [{ ...SETTINGS, accounts: ["1"] }, { ...SETTINGS, issuer: "x" }]) {
      assert.equal(await choices.last(other), undefined);
    }
  }));

Deno.test("Choices: who signed in is remembered; an entry of before, or with something else there, has nobody", () =>
  inChoices(async (choices, path) => {
    const choice = { ...CHOICE, person: "alice@example.com" };
    await choices.remember(SETTINGS, choice);
    assert.deepEqual(choices.last(SETTINGS), choice);
    const { ino } = Deno.statSync(path);
    await choices.remember(SETTINGS, choice);
    assert.equal(Deno.statSync(path).ino, ino, "the same is not written again");
    for (const person of ["undefined", "7", "null"]) {
      const text = Deno.readTextFileSync(path).replace(/,"person":"[^"]*"/, "");
      Deno.writeTextFileSync(
        path,
        person === "undefined" ? text : text.replace(/}\s*$/, `,"person":${person}}\n`),
      );
      assert.deepEqual(choices.last(SETTINGS), CHOICE, person);
      await choices.remember(SETTINGS, { ...CHOICE, person: "bob" });
    }
  }));

Deno.test("Choices: anything odd is nothing remembered", () =>
  inChoices(async (choices, path) => {
    await choices.remember(SETTINGS, CHOICE);
    const odd = [
      "",
      "{",
      "null",
      "[]",
      '"x"',
      '{"roleArn":"x"}',
      '{"roleArn":1,"providerArn":"y"}',
      '{"roleArn":null,"providerArn":null}',
    ];
    for (const text of odd) {
      Deno.writeTextFileSync(path, text);
      assert.equal(await choices.last(SETTINGS), undefined, text);
    }
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    assert.equal(await choices.last(SETTINGS), undefined, "a folder");
    const error = await userErrorFrom(choices.remember(SETTINGS, CHOICE));
    assert.equal(error.exitCode, 8);
  }));

Deno.test({
  name: "Choices: what others may have written does not choose a role",
  ignore: !POSIX,
  fn: () =>
    inChoices(async (choices, path, folder) => {
      await choices.remember(SETTINGS, CHOICE);
      assert.equal(modeOf(path), 0o600);
      assert.equal(modeOf(`${folder}/x/choices`), 0o700);
      Deno.chmodSync(path, 0o622);
      assert.equal(await choices.last(SETTINGS), undefined);
      await choices.remember(SETTINGS, CHOICE);
      assert.deepEqual(await choices.last(SETTINGS), CHOICE, "what is not believed is replaced");
      assert.equal(modeOf(path), 0o600);
      if (Deno.uid() !== 0) return;
      Deno.chownSync(path, 65534, 65534);
      assert.equal(await choices.last(SETTINGS), undefined);
      await choices.remember(SETTINGS, CHOICE);
      assert.deepEqual(await choices.last(SETTINGS), CHOICE);
    }),
});

const DAY_MS = 24 * 3_600_000;

Deno.test("GrantedDurations: what a role granted is known for a day", () =>
  inFolder(async (folder) => {
    let now = 1_000_000;
    const granted = new GrantedDurations(folder, () => now);
    assert.equal(granted.last("arn:role"), undefined);
    await granted.remember("arn:role", 3600);
    assert.equal(granted.last("arn:role"), 3600);
    assert.equal(granted.last("arn:other"), undefined);
    now += DAY_MS - 1;
    assert.equal(granted.last("arn:role"), 3600);
    now += 1;
    assert.equal(granted.last("arn:role"), undefined, "an administrator may have raised it since");
    now = 999_999;
    assert.equal(granted.last("arn:role"), undefined, "the clock was set back");
  }));

Deno.test("GrantedDurations: an entry that is none counts as none, and nothing is thrown", () =>
  inFolder(async (folder) => {
    const granted = new GrantedDurations(folder, () => 5);
    const path = `${folder}/granted/${entryName({ role: "arn:role" })}`;
    Deno.mkdirSync(`${folder}/granted`);
    const entry = { role: "arn:role", seconds: 3600, time: 0 };
    const odd = [
      "",
      "{",
      "null",
      "7",
      ...[{ role: "x" }, { seconds: "1" }, { time: "0" }].map(
        (each) => JSON.stringify({ ...entry, ...each }),
      ),
    ];
    for (const text of odd) {
      Deno.writeTextFileSync(path, text);
      assert.equal(granted.last("arn:role"), undefined, text);
    }
    Deno.writeTextFileSync(path, JSON.stringify(entry));
    assert.equal(granted.last("arn:role"), 3600);
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    await granted.remember("arn:role", 3600);
    assert.equal(granted.last("arn:role"), undefined);
  }));
