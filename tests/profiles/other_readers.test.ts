/** SDKs that our checks do not model: they read everything, or the person was warned of the line in the way. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { diagnose } from "../../src/profiles/diagnose.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile } from "../../src/profiles/edit.ts";
import type { FileKind } from "../../src/profiles/names.ts";
import { GO_PATH, peerTest } from "../support/peers.ts";
import { NAMES, readableText } from "./arbitraries.ts";
import { askReader } from "./readers.ts";

const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 500);
const script = (name: string) => fileURLToPath(new URL(`readers/${name}`, import.meta.url));
const ALL = [...NAMES, "z", "a.b/c@d", "new-one"];

interface Values {
  readonly key: string | null;
  readonly secret: string | null;
  readonly token: string | null;
  readonly region: string | null;
}

type Answer = Readonly<Record<string, Values | null>>;

const SESSION = {
  key: "ASIAKEY",
  secret: "se/+cr==et",
  token: "IQoJ/+==",
  region: "eu-central-1",
};

/** A readable file, and the same with a session in one of its profiles or in a new one. */
interface Edited {
  readonly kind: FileKind;
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const edited = fc.tuple(readableText, fc.constantFrom(...NAMES, "new-one")).map(
  ([{ kind, text }, name]): Edited => ({
    kind,
    name,
    before: text,
    after: editProfile(parseDocument(text), {
      kind,
      name,
      set: {
        aws_access_key_id: SESSION.key,
        aws_secret_access_key: SESSION.secret,
        aws_session_token: SESSION.token,
        x_security_token_expires: "2026-01-01T00:00:00Z",
        region: SESSION.region,
      },
      // It would win over the keys.
      remove: ["role_arn"],
    }),
  }),
);

/** Asserts that a session is read as it was written, and every other profile as before. */
async function assertRead(
  reader: readonly [string, ...string[]],
  /** Reports whether the reader may see nothing of a profile, of which its owner was warned. */
  mayMiss: (edit: Pick<Edited, "kind" | "name" | "after">) => boolean,
): Promise<void> {
  const cases = fc.sample(edited, RUNS);
  const read = await askReader<Answer>(
    reader,
    cases.flatMap(({ kind, before, after }) =>
      [before, after].map((text) => ({ kind, text, names: ALL }))
    ),
  );
  let missed = 0;
  for (const [index, each] of cases.entries()) {
    const [before, after] = [read[2 * index], read[2 * index + 1]];
    const about = JSON.stringify(each);
    assert.ok(before !== undefined && after !== undefined);
    // Ruby gives to such a profile what the one before it ends with.
    const others = ALL.filter((name) => name !== each.name && !mayMiss({ ...each, name }));
    for (const name of others) {
      assert.deepEqual(after[name], before[name], `${name}: ${about}`);
    }
    if (mayMiss(each)) missed++;
    else assert.deepEqual(after[each.name], SESSION, about);
  }
  assert.ok(missed < RUNS / 2, "most are read");
}

/** Ruby takes an indented line for a part of the one above, and if that is a header, for nothing. */
function saidToBeIndented({ kind, name, after }: Pick<Edited, "kind" | "name" | "after">): boolean {
  return diagnose(parseDocument(after), kind, [name])
    .some(({ message }) => message.startsWith("is indented, so some SDKs treat it as"));
}

peerTest("ruby-sdk", "editProfile: readable text: Ruby's SDK reads old and new", async (ruby) => {
  await assertRead([ruby, script("read.rb")], saidToBeIndented);
});

peerTest("go-sdk", "editProfile: readable text: Go's SDK reads old and new", async (go) => {
  const folder = await Deno.makeTempDir();
  try {
    const built = await new Deno.Command(go, {
      args: ["build", "-o", `${folder}/read`, script("read.go")],
      // Where Debian has the SDK's source.
      env: { GO111MODULE: "off", GOPATH: GO_PATH, GOFLAGS: "" },
      stdin: "null",
    }).output();
    assert.ok(built.success, new TextDecoder().decode(built.stderr));
    await assertRead([`${folder}/read`], () => false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
