/** SDKs that our checks do not model: they read everything, or the person was warned of the line in the way. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { diagnose } from "../../src/profiles/diagnose.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile } from "../../src/profiles/edit.ts";
import type { FileKind } from "../../src/profiles/names.ts";
import { GO_PATH, type PeerName, peerTest } from "../support/peers.ts";
import { NAMES, readableText } from "../profiles/arbitraries.ts";
import { BOTH, KEY_READERS, type KeyReader, script } from "../profiles/key_readers.ts";
import { askReader } from "../profiles/readers.ts";

const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 500);
const ALL = [...NAMES, "z", "a.b/c@d", "new-one"];

const SESSION = {
  key: "ASIAKEY",
  secret: "se/+cr==et",
  token: "IQoJ/+==",
  region: "eu-central-1",
  process: null,
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

type Said = (edit: Edited) => boolean;

const namesIn = (text: string) => ALL.filter((name) => text.includes(`${name}]`));

/** Asserts that a session is read as it was written, and every other profile as before. */
async function assertRead(
  { kinds, share, read }: Pick<KeyReader, "kinds" | "share" | "read">,
  path: string,
  /** Reports whether the reader may see nothing of a profile, of which its owner was warned. */
  mayMiss: Said,
): Promise<void> {
  const runs = Math.ceil(RUNS * share);
  const cases = fc.sample(edited.filter(({ kind }) => kinds.includes(kind)), runs);
  const answers = await read(
    path,
    cases.flatMap(({ kind, before, after }) =>
      [before, after].map((text) => ({ kind, text, names: namesIn(after) }))
    ),
  );
  let missed = 0;
  for (const [index, each] of cases.entries()) {
    const [before, after] = [answers[2 * index], answers[2 * index + 1]];
    const about = JSON.stringify(each);
    assert.ok(before !== undefined && after !== undefined);
    // Ruby gives to such a profile what the one before it ends with.
    const others = namesIn(each.after).filter((name) =>
      name !== each.name && !mayMiss({ ...each, name })
    );
    for (const name of others) {
      assert.deepEqual(after[name], before[name], `${name}: ${about}`);
    }
    if (mayMiss(each)) missed++;
    else {
      const got = after[each.name] ?? assert.fail(about);
      // Not every reader shows everything.
      const shown = Object.entries(SESSION).filter(([what]) => what in got);
      assert.deepEqual(got, Object.fromEntries(shown), about);
    }
  }
  // C's SDK refuses every other file of the sample, for its indented sections.
  assert.ok(missed < runs * 0.9, `${missed} of ${runs} are not read`);
}

/** Reports whether a line was named for which these SDKs read nothing of the file. */
const saidToRefuse = (sdk: RegExp): Said => ({ kind, before }) =>
  diagnose(parseDocument(before), kind, []).some(({ message }) =>
    message.endsWith(" read nothing of the file") && sdk.test(message)
  );

/** What was said of a file that a reader reads nothing or less of. */
const SAID: Partial<Record<PeerName, Said>> = {
  // Ruby takes an indented line for a part of the one above, and if that is a header, for nothing.
  "ruby-sdk": ({ kind, name, after }) =>
    diagnose(parseDocument(after), kind, [name])
      .some(({ message }) => message.startsWith("is indented, so some SDKs treat it as")),
  "aws-crt": saidToRefuse(/\bC\b/),
  php: saidToRefuse(/\bPHP\b/),
  rclone: saidToRefuse(/\bGo\b/),
};

for (const reader of KEY_READERS) {
  peerTest(
    reader.peer,
    `editProfile: readable text: ${reader.peer} reads old and new`,
    (path) => assertRead(reader, path, SAID[reader.peer] ?? (() => false)),
  );
}

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
    const read: KeyReader["read"] = (path, files) => askReader([path], files);
    await assertRead({ kinds: BOTH, share: 1, read }, `${folder}/read`, () => false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
