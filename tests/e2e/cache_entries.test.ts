/** A session in the cache that is not to be trusted is no session, and --verbose says why. */

import assert from "node:assert/strict";
import { productOf } from "../support/aws_files.ts";
import { programs, runDriver } from "../support/driver.ts";
import { assertFailed, signInOnce } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import { modeOf, names } from "../system/files.ts";

interface Case {
  readonly name: string;
  readonly spoil: (path: string, text: string) => void;
  readonly says: RegExp;
  readonly root?: boolean;
}

/** The entry with another value. */
const changed = (text: string, more: Record<string, unknown>) =>
  JSON.stringify({ ...JSON.parse(text), ...more });

const inMinutes = (minutes: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(minutes).map(([name, value]) => [name, Date.now() + value * 60_000]),
  );

const CASES: readonly Case[] = [
  { name: "gone", spoil: (path) => Deno.removeSync(path), says: /there is no entry/ },
  {
    name: "torn",
    spoil: (path, text) => Deno.writeTextFileSync(path, text.slice(0, 200)),
    says: /\.json is not an entry for this request/,
  },
  {
    name: "of another key",
    spoil: (path, text) => Deno.writeTextFileSync(path, changed(text, { key: "[]" })),
    says: /\.json is not an entry for this request/,
  },
  {
    name: "near its end",
    spoil: (path, text) =>
      Deno.writeTextFileSync(path, changed(text, inMinutes({ issued: -46, expiration: 14 }))),
    says: /the session expires soon/,
  },
  {
    name: "open to others",
    spoil: (path) => Deno.chmodSync(path, 0o644),
    says: /other users can read or write .*\.json/,
  },
  {
    name: "of another user",
    spoil: (path) => Deno.chownSync(path, 65534, 65534),
    says: /\.json belongs to another user/,
    root: true,
  },
];

for (const program of programs()) {
  Deno.test({
    name: `${program.name}: an entry that is not to be trusted is a miss, and --verbose says why`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using stage = setStage();
      const seen = await signInOnce(stage, { program, args: ["--cache"] });
      assert.equal(seen.code, 0, seen.stderr);
      const folder = `${stage.home}/.cache/stssamldriver/sessions`;
      const [name = "", ...others] = names(folder);
      assert.deepEqual(others, []);
      assert.deepEqual([modeOf(folder), modeOf(`${folder}/${name}`)], [0o700, 0o600]);
      const path = `${folder}/${name}`;
      const text = Deno.readTextFileSync(path);
      const asked = async (more: readonly string[] = []) =>
        await runDriver([...stage.args, "--cache", "--no-interactive", ...more], {
          program,
          home: stage.home,
          env: stage.env,
        });
      const wanted = productOf(stage.sts.handedOut[0]);
      const kept = await asked();
      assert.deepEqual(
        [JSON.parse(kept.stdout), kept.stderr],
        [wanted, ""],
        "silent from the cache",
      );
      for (const { name, spoil, says, root } of CASES) {
        if (root && Deno.uid() !== 0) continue;
        spoil(path, text);
        const missed = await asked(["--verbose"]);
        assertFailed(missed, { code: 9, says: /^A sign-in is needed for arn:aws:iam::/ });
        assert.match(missed.stderr, /^Not from the cache: /m, name);
        assert.match(missed.stderr, says, name);
        const quiet = await asked();
        assert.doesNotMatch(quiet.stderr, /cache:/, name);
        if (root) Deno.chownSync(path, 0, 0);
        Deno.writeTextFileSync(path, text);
        Deno.chmodSync(path, 0o600);
      }
      assert.deepEqual(JSON.parse((await asked()).stdout), wanted, "mended, it is served again");
      assert.equal(stage.sts.calls.length, 1);
    },
  });
}
