/** The words that start this program again, where the path to its sources has to be escaped in a URL. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { splitProcessLine } from "../../src/profiles/process_line.ts";
import { runDriver, temporaryHome } from "../support/driver.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

// The line that setup wrote had "my%20%C3%A4pps" in it, which no file is named; and the process that signs
// in for all callers was started by the same words, and never was.
Deno.test({
  name:
    "setup from sources in a folder with blanks, umlauts and a per cent sign: the line starts them",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using home = temporaryHome();
    const folder = `${home.path}/my äpps 100%25 #1`;
    Deno.symlinkSync(ROOT.replace(/\/$/, ""), folder);
    const program = {
      name: "a folder of its own",
      command: [
        ...[Deno.execPath(), "run", "-A", "--no-prompt", `--config=${ROOT}deno.json`] as const,
        `${folder}/main.ts`,
      ] as const,
    };
    const dry = await runDriver(["setup", "dev", "--dry-run", ...ARNS], {
      program,
      home: home.path,
    });
    assert.equal(dry.code, 0, dry.stderr);
    const line = /^credential_process = (.*)$/m.exec(dry.stdout)?.[1] ?? "";
    const words = splitProcessLine(line, Deno.build.os) ?? [];
    assert.equal(words.find((word) => word.endsWith("main.ts")), `${folder}/main.ts`);
    const [command = "", ...args] = words.slice(0, words.findIndex((it) => it === "--role-arn"));
    const again = await runDriver([...args.slice(1), "--version"], {
      program: { name: "the line", command: [command, args[0] ?? ""] },
      home: home.path,
    });
    assert.match(again.stdout, /^stssamldriver \d/, again.stderr);
  },
});
