/**
 * The figures of an edit in a big shared file.
 *
 * @module
 */

import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile } from "../../src/profiles/edit.ts";
import { transformFile } from "../../src/system/transform_file.ts";
import { type Figure, timed } from "./measure.ts";

/** The figures of `--profile-to-update`; every machine can take them. */
export function profileFigures(): readonly Figure[] {
  const big = credentialsFile(MANY);
  const small = credentialsFile(FEW);
  const edit = {
    what: `an edit among ${MANY.toLocaleString("en")} profiles`,
    unit: "ms",
    ours: () => inFile(big, (path) => transformFile(path, (old = "") => edited(old, MANY))),
    // The collector comes and goes, and the disk is slow at times: a median of few says little.
    rounds: 41,
  };
  return [
    // First, so that the compiler is done with the code when the files come.
    {
      what: `${edit.what} in memory, over ${MANY / FEW} among ${FEW}`,
      target: 1.3,
      unit: "ms",
      ours: () => timed(() => Promise.resolve(edited(big, MANY))),
      base: () =>
        timed(() => {
          for (let done = 0; done < MANY / FEW; done++) edited(small, FEW);
          return Promise.resolve();
        }),
      rounds: 41,
    },
    {
      ...edit,
      what: `${edit.what}, over reading the file and writing it as safely`,
      target: 2,
      base: () => inFile(big, rewriteSafely),
    },
    {
      ...edit,
      what: `${edit.what}, over reading the file and writing it in place, not synced`,
      // The sync alone takes as long as the base.
      target: 5,
      base: () => inFile(big, rewriteInPlace),
    },
  ];
}

const MANY = 10_000;
const FEW = 100;

/** Counts the edits, so that none finds its values there already. */
let edits = 0;

/** A session written into a profile in the middle, as `--profile-to-update` does. */
function edited(text: string, profiles: number): string {
  const id = String(++edits).padStart(16, "0");
  return editProfile(parseDocument(text), {
    kind: "credentials",
    name: nameOf(profiles / 2),
    set: {
      aws_access_key_id: `ASIA${id}`,
      aws_secret_access_key: `secret/${id}`.padEnd(40, "+"),
      aws_session_token: id.repeat(50),
      x_security_token_expires: "2026-01-01T00:00:00Z",
      region: "eu-central-1",
    },
  });
}

function nameOf(index: number): string {
  return `team-${String(index).padStart(5, "0")}/admin`;
}

/** A file as years make it: 200 bytes a profile, of several kinds, with comments and blank lines. */
function credentialsFile(profiles: number): string {
  const sections = Array.from({ length: profiles }, (_, index) => {
    const lines = [`[${nameOf(index)}]`, ...KINDS[index % KINDS.length] ?? []];
    if (index % 20 === 7) lines.push("s3 =", "  max_concurrent_requests = 20");
    return [...lines, `# owner: team ${index}`, "", ""].join("\n");
  });
  return sections.join("");
}

const KINDS = [
  [
    "aws_access_key_id = AKIA0123456789ABCDEF",
    `aws_secret_access_key = ${"s".repeat(40)}`,
    "region=eu-central-1",
    "output = json",
  ],
  [
    "role_arn = arn:aws:iam::123456789012:role/path/Administrator",
    "source_profile = default",
    "  # until the move",
    "region = us-east-1",
    "role_session_name = somebody",
  ],
  [
    "aws_access_key_id = ASIA0123456789ABCDEF",
    `aws_secret_access_key = ${"s".repeat(40)}`,
    `aws_session_token = ${"t".repeat(60)}`,
  ],
] as const;

/** Milliseconds for something with a file of its own. */
async function inFile(
  text: string,
  work: (path: string) => Promise<unknown> | unknown,
): Promise<number> {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/credentials`;
    Deno.writeTextFileSync(path, text, { mode: 0o600 });
    return await timed(async () => await work(path));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The least that writes a file so that a power cut loses nothing: beside, sync, rename. */
function rewriteSafely(path: string): void {
  const bytes = new TextEncoder().encode(Deno.readTextFileSync(path));
  const temp = `${path}.new`;
  const file = Deno.openSync(temp, { write: true, createNew: true, mode: 0o600 });
  try {
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    file.syncSync();
  } finally {
    file.close();
  }
  Deno.renameSync(temp, path);
}

function rewriteInPlace(path: string): void {
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path));
}
