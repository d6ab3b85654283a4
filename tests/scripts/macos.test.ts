/** The macOS executables, which cannot be run where they are made: `TEST_MACOS` names them, separated by blanks. */

import assert from "node:assert/strict";
import { assertSigned, readMachO } from "../support/macho.ts";

const paths = (Deno.env.get("TEST_MACOS") ?? "").split(" ").filter(Boolean);

/** Without the kernel's signature rules an Intel Mac runs a program that has none. */
const MUST_BE_SIGNED = ["aarch64"];

if (paths.length === 0) {
  Deno.test({
    name: "the macOS executables are whole (skipped: TEST_MACOS names none)",
    ignore: true,
    fn: () => {},
  });
}

for (const path of paths) {
  Deno.test(`the macOS executable is whole, and holds the program: ${path}`, () => {
    const bytes = Deno.readFileSync(path);
    const program = readMachO(bytes);
    assert.ok(program.cpu && path.includes(program.cpu), `${program.cpu} is what was to be built`);
    assert.ok(program.hasEntry);
    assert.deepEqual(
      ["__PAGEZERO", "__TEXT", "__LINKEDIT"].filter((name) =>
        !program.segments.some((segment) => segment.name === name)
      ),
      [],
    );
    const end = Math.max(...program.segments.map((segment) => segment.end));
    assert.equal(end, bytes.length, "nothing is behind its last segment, or missing");
    if (program.signature !== undefined) assertSigned(bytes, program.signature);
    else assert.ok(!MUST_BE_SIGNED.includes(program.cpu), "it is signed");
    const text = new TextDecoder("latin1").decode(bytes);
    for (const part of ["__serve", "AssumeRoleWithSAML"]) {
      assert.ok(text.includes(part), `the program's own text is in it: ${part}`);
    }
  });
}
