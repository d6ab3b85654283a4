/**
 * `exec --serve` and the SDKs: a command of all that are here, which outlives two sessions. They ask at the same time,
 * so that each renewal is one sign-in for all of them.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.ts";
import { peer, type PeerName, RUBYLIB } from "../support/peers.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { shellLine } from "../support/pty.ts";
import { ServingScene, WAITS } from "../support/serving.ts";
import { endOf } from "../support/sign_ins.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Keeps the session for as long as the process runs, as programs do that run for long. */
const BOTO3 = `
import boto3, time
session = boto3.Session()
while True:
    try:
        print(session.get_credentials().get_frozen_credentials().access_key, flush=True)
    except Exception as error:
        print(error, flush=True)
    time.sleep(0.3)
`;

const RUBY = `
require "aws-sdk-core"
$stdout.sync = true
provider = nil
loop do
  provider ||= Aws::CredentialProviderChain.new.resolve
  puts provider&.credentials&.access_key_id || "no credentials"
  sleep 0.3
end
`;

/** Asks S3 for a bucket of this name; the stand-in sees the key that it is asked with. */
const fileSystem = (s3: string) =>
  `:s3,provider=Other,env_auth=true,region=us-east-1,endpoint="${s3}":rclone`;

const backend = (s3: string) =>
  `terraform {\nbackend "s3" {\n  bucket = "terraform"\n  key = "state"\n  region = "us-east-1"\n` +
  `  endpoints = { s3 = "${s3}" }\n  skip_credentials_validation = true\n` +
  "  skip_requesting_account_id = true\n  skip_metadata_api_check = true\n  use_path_style = true\n" +
  "  max_retries = 0\n}\n}\n";

/** A program that asks again and again, in lines for sh. */
interface Consumer {
  readonly name: string;
  readonly peer: PeerName;
  /** Prints keys or errors; the key of a signed request is seen by the stand-in for S3 at this URL instead. */
  readonly script: (s3: string) => string;
  /** How much of a key it shows. */
  readonly shows?: (key: string) => string;
  /** What it says when the session is over and nobody has signed in yet. */
  readonly says: RegExp;
}

const PENDING = /Sign in in your browser to renew it, then try again/;

/** Python cannot sleep by a clock that a test has set. */
const REAL_CLOCK = "unset LD_PRELOAD; ";

const again = (line: string) => `while :; do ${line}; sleep 1; done`;

const CONSUMERS: readonly Consumer[] = [
  {
    name: "AWS CLI",
    peer: "awscli",
    // Version 1 shows the end of a key.
    script: () => REAL_CLOCK + again(shellLine([pathOf("awscli"), "configure", "list"])),
    shows: (key) => key.slice(-4),
    says: PENDING,
  },
  {
    name: "AWS CLI 2",
    peer: "awscli2",
    script: () =>
      REAL_CLOCK + again(shellLine([pathOf("awscli2"), "configure", "export-credentials"])),
    says: PENDING,
  },
  {
    name: "boto3",
    peer: "boto3",
    script: () => `${REAL_CLOCK}exec ${shellLine([pathOf("boto3"), "-c", BOTO3])}`,
    says: PENDING,
  },
  {
    name: "JavaScript SDK",
    peer: "js-sdk",
    script: () => {
      const run = [Deno.execPath(), "run", "-A", "--no-prompt", "--cached-only"];
      const config = `--config=${file("../../deno.json")}`;
      return `exec ${shellLine([...run, config, file("from_endpoint.ts")])}`;
    },
    // The default chain has no other words.
    says: /Could not load credentials from any providers/,
  },
  {
    name: "Ruby SDK",
    peer: "ruby-endpoint",
    script: () => `RUBYLIB='${RUBYLIB}' exec ${shellLine([pathOf("ruby-endpoint"), "-e", RUBY])}`,
    says: /no credentials/,
  },
  {
    name: "rclone (SDK for Go 1)",
    peer: "rclone",
    script: (s3) =>
      again(
        shellLine([
          pathOf("rclone"),
          "lsf",
          "--retries=1",
          "--low-level-retries=1",
          fileSystem(s3),
        ]),
      ),
    says: /NoCredentialProviders/,
  },
  {
    name: "Terraform (SDK for Go 2)",
    peer: "terraform",
    script: (s3) =>
      `mkdir "$1/tf"; cd "$1/tf"; echo '${backend(s3)}' > main.tf; ` +
      again(
        shellLine([pathOf("terraform"), "init", "-input=false", "-reconfigure", "-no-color"]),
      ),
    // In lines of 80 columns.
    says: /sign-in-pending: The AWS session is\s+over/,
  },
];

const PRESENT = CONSUMERS.filter((each) => peer(each.peer).found);

/** Says who signed each request, and refuses it. */
function standInForS3(tell: (bucket: string, key: string) => void) {
  const refusal = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url, headers }) => {
      const [, key] = /Credential=([^/]*)/.exec(headers.get("authorization") ?? "") ?? [];
      const [, bucket = ""] = new URL(url).pathname.split("/");
      if (key !== undefined) tell(bucket, key);
      return new Response(refusal, { status: 403, headers: { "content-type": "application/xml" } });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What became of each consumer: nothing, or what it did not show. */
async function play(): Promise<ReadonlyMap<Consumer, readonly string[]>> {
  const signed = new Map<string, string>();
  await using s3 = standInForS3((bucket, key) =>
    signed.set(bucket, `${signed.get(bucket) ?? ""}${key}\n`)
  );
  await using scene = await ServingScene.set();
  const { home } = scene.meeting.stage;
  const started = PRESENT.map(({ peer, script }) =>
    `( ${script(s3.url)} ) > "$1/${peer}.log" 2>&1 & pids="$pids $!"`
  );
  const { driver } = await scene.serving(
    { script: `${started.join("\n")}\n( ${WAITS} ); kill $pids; exit 7` },
    // Whoever has the real clock asks anew for what ends within five minutes.
    { minutes: 4 },
  );
  const missed = new Map(PRESENT.map((each) => [each, [] as string[]]));
  const shown = ({ peer }: Consumer) =>
    Deno.readTextFileSync(`${home}/${peer}.log`) + (signed.get(peer) ?? "");
  const all = (what: string, shows: (consumer: Consumer) => boolean) =>
    Promise.all(PRESENT.map(async (consumer) => {
      try {
        await eventually(what, () => shows(consumer) || undefined);
      } catch {
        missed.get(consumer)?.push(`${what}, but:\n${shown(consumer).slice(-2000)}`);
      }
    }));
  const key = (index: number) => (consumer: Consumer) => {
    const id = scene.keys[index];
    return id !== undefined && shown(consumer).includes(consumer.shows?.(id) ?? id);
  };
  await all("the first key", key(0));
  await scene.at(3.5);
  await scene.signIn(2, { minutes: 4 });
  await all("the second key", key(1));
  await scene.at(75);
  await all("why there is none", (consumer) => consumer.says.test(shown(consumer)));
  await scene.signIn(3);
  await all("the third key", key(2));
  assert.equal(scene.keys.length, 3);
  assert.equal(scene.meeting.openings(), 3);
  await scene.stop();
  assert.equal((await endOf(driver)).code, 7);
  return missed;
}

let played: ReturnType<typeof play> | undefined;

for (const consumer of CONSUMERS) {
  peersTest(
    [consumer.peer, "faketime"],
    `exec --serve, ${consumer.name}: gets new credentials when sessions end, and says what it can meanwhile`,
    async () => assert.deepEqual((await (played ??= play())).get(consumer), []),
  );
}
