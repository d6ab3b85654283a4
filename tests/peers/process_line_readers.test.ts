/** Lines for `credential_process` as the programs of key_readers.ts read them from the file, and run them. */

import assert from "node:assert/strict";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfiles } from "../../src/profiles/edit.ts";
import { misreadBy, processLine } from "../../src/profiles/process_line.ts";
import { type PeerName, peerTest } from "../support/peers.ts";
import { HOSTILE } from "../support/shell_values.ts";
import { KEY_READERS } from "../profiles/key_readers.ts";
import { anyWords, sampleLines, type Words } from "../profiles/process_lines.ts";

/** Folders that people have, and some that nobody should. */
const FOLDERS = [
  ...["plain", "my apps", "José's Mac", "한글 이름", "a  b", "x (old) & [new]", "50% {off}, $HOME"],
  ...["a=b c", "#1 a", "a #b", 'say "hi" all', "~x !y", "a: b", "-n 5", "back`tick"],
];

function readerOf(name: PeerName) {
  return KEY_READERS.find(({ peer }) => peer === name) ?? assert.fail(`no reader ${name}`);
}

/** A config file with all these lines, as the editor writes it. */
function configOf(lines: Words): string {
  const edits = lines.map((line, at) => ({ name: `p${at}`, set: { credential_process: line } }));
  return editProfiles(parseDocument(""), "config", edits);
}

for (const name of ["php", "ruby-sdk", "js-sdk-2"] as const) {
  peerTest(name, `processLine's value survives the file for ${name}`, async (path) => {
    const lines = [
      ...FOLDERS.flatMap((folder) => processLine([`/opt/${folder}/x`, "y"], "linux") ?? []),
      ...sampleLines("linux", anyWords).map(({ line }) => line),
    ];
    const names = lines.map((_, at) => `p${at}`);
    const [read] = await readerOf(name).read(path, [
      { kind: "config", text: configOf(lines), names },
    ]);
    lines.forEach((line, at) => assert.equal(read?.[`p${at}`]?.process, line));
  });
}

/** Prints keys, and notes what it was given in a file of its first argument's name. */
const STAND_IN = `#!/bin/sh
printf '%s\\0' "$@" >"$NOTES/$1"
echo '{"Version":1,"AccessKeyId":"RAN","SecretAccessKey":"s","SessionToken":"t"}'
`;

for (const [name, most] of [["rclone", 200], ["aws-crt", 200], ["terraform", 8]] as const) {
  peerTest(name, `processLine's line is run by ${name}, from any folder`, async (path) => {
    const root = await Deno.makeTempDir();
    try {
      const cases: { readonly words: Words; readonly line: string }[] = [];
      const add = (folder: string, args: Words) => {
        const words = [`${root}/${folder}/stssamldriver`, `p${cases.length}`, ...args];
        const line = processLine(words, "linux");
        // What is said to be misread can take the rest of the file with it.
        if (line !== undefined && misreadBy(line, "linux").length === 0) {
          cases.push({ words, line });
        }
      };
      for (const folder of FOLDERS) {
        await Deno.mkdir(`${root}/${folder}`);
        const program = `${root}/${folder}/stssamldriver`;
        const script = STAND_IN.replace("$NOTES", `${root}/plain`);
        await Deno.writeTextFile(program, script, { mode: 0o755 });
        add(folder, ["--cache", "--policy-file", `/x/${folder}/y`]);
      }
      const ofFolders = cases.length;
      for (const value of HOSTILE) add("my apps", [value, "end"]);
      assert.ok(ofFolders >= 12, `only ${ofFolders} folders`);
      assert.ok(cases.length - ofFolders > 70, `only ${cases.length - ofFolders} values`);
      cases.splice(most);
      const names = cases.map((_, at) => `p${at}`);
      const [read] = await readerOf(name).read(path, [
        { kind: "config", text: configOf(cases.map(({ line }) => line)), names },
      ]);
      cases.forEach(({ words: [, ...args], line }, at) => {
        assert.equal(read?.[`p${at}`]?.key, "RAN", line);
        const noted = Deno.readTextFileSync(`${root}/plain/p${at}`).split("\0").slice(0, -1);
        assert.deepEqual(noted, args, line);
      });
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}
