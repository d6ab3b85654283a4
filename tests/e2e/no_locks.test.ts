/**
 * A file system without file locks, as NFS is without a lock service: what is written there cannot be written
 * safely, so it is not, and nothing is left behind.
 */

import assert from "node:assert/strict";
import { CALLER } from "../support/callers.ts";
import { freePort, type Program, startDriver } from "../support/driver.ts";
import { peerTest } from "../support/peers.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { endOf } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const START = "http://127.0.0.1:1/start";
const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

/** What is run, and whether the folder of the shared files is there before. */
const CASES: Readonly<
  Record<string, { readonly args: readonly string[]; readonly folder: boolean }>
> = {
  "setup": { args: ["setup", "dev", "--start-url", START, ...ARNS], folder: true },
  "setup in a new home": { args: ["setup", "dev", "--start-url", START, ...ARNS], folder: false },
  "--profile-to-update": { args: [...ARNS, "--profile-to-update", "dev"], folder: true },
  "--profile-to-update in a new home": {
    args: [...ARNS, "--profile-to-update", "dev"],
    folder: false,
  },
};

for (const error of ["ENOLCK", "EOPNOTSUPP"]) {
  for (const delay of ["", ":delay_enter=200000"]) {
    peerTest(
      "strace",
      `${error}${delay}: nothing is written without locks, it is said before anybody signs in, and nothing is left`,
      async (strace) => {
        const [command, ...rest] = CALLER.command;
        const program: Program = {
          name: "without locks",
          command: [
            ...[strace, "-f", "-qq", "-o", "/dev/null"] as const,
            ...["-e", `inject=flock:error=${error}${delay}`, command, ...rest],
          ],
        };
        for (const [name, { args, folder }] of Object.entries(CASES)) {
          await using stage = setStage();
          if (folder) Deno.mkdirSync(`${stage.home}/.aws`, { mode: 0o700 });
          const port = args[0] === "setup" ? [] : ["--port", String(freePort())];
          await using driver = startDriver([...args, ...port], {
            ...{ program, home: stage.home, env: { ...stage.env, BROWSER: "none" } },
          });
          const { code, stdout, stderr } = await endOf(driver);
          assert.equal(code, 8, `${name}: ${stderr}`);
          assert.equal(stdout, "");
          assert.match(stderr, /Cannot change ".*\/\.aws\/\w+": .* no file locks, like NFS/, name);
          const left = [...Deno.readDirSync(stage.home)].map(({ name }) => name);
          assert.deepEqual(left, folder ? [".aws"] : [], name);
          if (folder) assert.deepEqual([...Deno.readDirSync(`${stage.home}/.aws`)], [], name);
        }
      },
    );
  }
}
