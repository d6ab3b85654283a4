/**
 * Prints the milliseconds of one edit in a big shared file, the first of this process.
 *
 *   deno run scripts/bench/first_edit.ts PROFILES
 */

import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile } from "../../src/profiles/edit.ts";

const profiles = Number(Deno.args[0]);
const text = credentialsFile(profiles);
const start = performance.now();
edit(text);
console.log(performance.now() - start);

/** Writes a session into a profile in the middle, as `--profile-to-update` does. */
function edit(text: string): string {
  return editProfile(parseDocument(text), {
    kind: "credentials",
    name: nameOf(Math.floor(profiles / 2)),
    set: {
      aws_access_key_id: "ASIA0123456789ABCDEF",
      aws_secret_access_key: "secret/".padEnd(40, "+"),
      aws_session_token: "0123456789abcdef".repeat(50),
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
  const kinds = [
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
  ];
  const sections = Array.from({ length: profiles }, (_, index) => {
    const lines = [`[${nameOf(index)}]`, ...kinds[index % kinds.length] ?? []];
    if (index % 20 === 7) lines.push("s3 =", "  max_concurrent_requests = 20");
    return [...lines, `# owner: team ${index}`, "", ""].join("\n");
  });
  return sections.join("");
}
