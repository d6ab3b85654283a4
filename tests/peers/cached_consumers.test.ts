/** SDKs whose credential_process keeps sessions: the first call signs in, the second does not. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { meet, roleArgs, ROLES } from "../support/callers.ts";
import { driverEnv } from "../support/driver.ts";
import type { PeerName } from "../support/peers.ts";
import { EXECUTABLE, pathOf, peersTest } from "../support/peers_together.ts";
import { soon } from "../support/sign_ins.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const BOTO3 = "import boto3; " +
  `print(boto3.Session(profile_name="driver").get_credentials().get_frozen_credentials().access_key)`;

/** Each prints the access key ID, or what only its holder is told. */
const CONSUMERS: readonly {
  readonly name: string;
  readonly peer: PeerName;
  readonly words: (endpoint: string) => readonly [string, ...string[]];
}[] = [
  { name: "boto3", peer: "boto3", words: () => [pathOf("boto3"), "-c", BOTO3] },
  {
    name: "AWS CLI",
    peer: "awscli",
    words: (endpoint) => [
      ...[pathOf("awscli"), "sts", "get-caller-identity", "--profile", "driver"] as const,
      ...["--endpoint-url", endpoint, "--query", "Arn"],
    ],
  },
  {
    name: "AWS CLI 2",
    peer: "awscli2",
    words: () => [pathOf("awscli2"), "configure", "export-credentials", "--profile", "driver"],
  },
  {
    name: "JavaScript SDK",
    peer: "js-sdk",
    words: () => [
      ...[
        Deno.execPath(),
        "run",
        "-A",
        "--no-prompt",
        `--config=${file("../../deno.json")}`,
      ] as const,
      ...[file("from_process.ts"), "driver"],
    ],
  },
];

for (const { name, peer, words } of CONSUMERS) {
  const form = EXECUTABLE;
  peersTest(
    [peer, ...form.needs],
    `${name}: with --cache the first call signs in, the second does not`,
    async () => {
      await using meeting = await meet(form.program());
      const { stage } = meeting;
      const [command, ...args] = words(stage.sts.url);
      await Deno.mkdir(`${stage.home}/.aws`);
      const line = [...form.program().command, ...meeting.shared, ...roleArgs(ROLES[0])].join(" ");
      await Deno.writeTextFile(
        `${stage.home}/.aws/config`,
        `[profile driver]\nregion = us-east-1\ncredential_process = ${line}\n`,
      );
      const call = async () => {
        const { success, stdout, stderr } = await new Deno.Command(command, {
          args,
          env: driverEnv({
            home: stage.home,
            env: { ...stage.env, XDG_CACHE_HOME: `${stage.home}/cache` },
          }),
          clearEnv: true,
          stdin: "null",
        }).output();
        assert.ok(success, new TextDecoder().decode(stderr));
        return new TextDecoder().decode(stdout);
      };
      const first = call();
      await meeting.opened(1);
      await meeting.signIn("many");
      const told = await soon("the first call", first);
      const [handedOut] = stage.sts.handedOut;
      assert.ok(
        handedOut && (told.includes(handedOut.accessKeyId) || told.includes(handedOut.arn)),
      );
      assert.equal(await soon("the second call", call()), told);
      assert.equal(stage.sts.handedOut.length, 1, "one exchange");
      assert.equal(meeting.openings(), 1, "one opening of a browser");
    },
  );
}
