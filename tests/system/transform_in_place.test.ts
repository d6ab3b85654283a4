/** Programs that know no lock of ours and write a file in place: they empty it, and fill it later. */

import assert from "node:assert/strict";
import { checkWritable, transformFile } from "../../src/system/transform_file.ts";
import { append, inFolder, names, read } from "./files.ts";

const HERS = "x".repeat(10_000) + "\n";
/** Longer than a read and a rename take, and shorter than an emptied file is waited for. */
const GAP_MS = 300;

/** Another program: it empties the file, says so, and writes the parts with a pause before each. */
async function inPlace(path: string, parts: readonly string[]): Promise<Deno.ChildProcess> {
  const code = `
    const [path, gap, ...parts] = Deno.args;
    const file = Deno.openSync(path, { write: true, truncate: true });
    console.log("emptied");
    for (const part of parts) {
      await new Promise((resolve) => setTimeout(resolve, Number(gap)));
      const bytes = new TextEncoder().encode(part);
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    }`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code, path, String(GAP_MS), ...parts],
    stdout: "piped",
  }).spawn();
  const said = child.stdout.getReader();
  await said.read();
  said.releaseLock();
  return child;
}

async function ended(child: Deno.ChildProcess): Promise<void> {
  await child.stdout.cancel();
  assert.equal((await child.status).code, 0);
}

// `aws configure set` opens the file with "w" and writes it then. Read in between it was empty, and was
// empty still when that was looked at once more before the rename: the new profile took the place of the
// whole file, and what the other program wrote went to the file that was no longer there.
Deno.test("transformFile: a file that another program has emptied is waited for, not replaced", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    Deno.writeTextFileSync(path, HERS);
    const other = await inPlace(path, [HERS]);
    const seen: (string | undefined)[] = [];
    await transformFile(path, (old) => {
      seen.push(old);
      return old + "ours\n";
    });
    await ended(other);
    assert.equal(read(path), `${HERS}ours\n`);
    assert.deepEqual(seen, [HERS], "the change never sees the empty file");
    assert.deepEqual(names(folder), ["file"]);
  }));

Deno.test("transformFile: emptied after it was read, it is waited for as well", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    Deno.writeTextFileSync(path, HERS);
    let rounds = 0;
    const filled = Promise.withResolvers<void>();
    await transformFile(path, append("ours\n"), {
      onStep(step) {
        if (step !== "temp-synced" || rounds++ > 0) return;
        Deno.truncateSync(path);
        setTimeout(() => {
          Deno.writeTextFileSync(path, HERS);
          filled.resolve();
        }, 50);
      },
    });
    await filled.promise;
    assert.equal(read(path), `${HERS}ours\n`);
  }));

Deno.test("transformFile: what makes no sense and was just written is read once more", async (t) => {
  const whole = (old = "") => {
    if (!old.endsWith("end\n")) throw new RangeError("half a file");
    return old + "ours\n";
  };
  const euro = new TextEncoder().encode("€");
  const halves: readonly (readonly [string, Uint8Array, string])[] = [
    ["refused by the change", new TextEncoder().encode("begin\n"), "begin\nend\n"],
    ["cut within a letter", euro.subarray(0, 2), "€end\n"],
  ];
  for (const [name, half, all] of halves) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = `${folder}/file`;
        Deno.writeFileSync(path, half);
        const filling = new Promise<void>((resolve) =>
          setTimeout(() => {
            Deno.writeTextFileSync(path, all);
            resolve();
          }, 20)
        );
        await transformFile(path, whole);
        await filling;
        assert.equal(read(path), `${all}ours\n`);
      }));
  }
  await t.step("once, then the refusal counts", () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      Deno.writeTextFileSync(path, "begin\n");
      let runs = 0;
      const failing = transformFile(path, () => {
        runs++;
        throw new RangeError("half a file");
      });
      await assert.rejects(failing, RangeError);
      assert.equal(runs, 2);
      assert.equal(read(path), "begin\n");
      assert.deepEqual(names(folder), ["file"]);
    }));
  await t.step("an old file is refused at once", () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      Deno.writeTextFileSync(path, "begin\n");
      const hourAgo = new Date(Date.now() - 3_600_000);
      Deno.utimeSync(path, hourAgo, hourAgo);
      let runs = 0;
      const failing = transformFile(path, () => {
        runs++;
        throw new RangeError("half a file");
      });
      await assert.rejects(failing, RangeError);
      assert.equal(runs, 1);
    }));
});

Deno.test("transformFile: a file that stays empty is empty, just made or not", async () => {
  for (const ageMs of [0, 3_600_000, -3_600_000]) {
    await inFolder(async (folder) => {
      const path = `${folder}/file`;
      Deno.writeTextFileSync(path, "");
      const made = new Date(Date.now() - ageMs);
      Deno.utimeSync(path, made, made);
      await transformFile(path, append("ours\n"));
      assert.equal(read(path), "ours\n");
    });
  }
});

// The probe for room on the disk was made for an empty file, and half a letter was called no text.
Deno.test("checkWritable: is not fooled by a file that another program has emptied", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    Deno.writeTextFileSync(path, HERS);
    const other = await inPlace(path, [HERS]);
    const report = await checkWritable(path);
    const size = Deno.statSync(path).size;
    await ended(other);
    assert.equal(report.path, path);
    assert.equal(size, HERS.length, "it waited until the file was whole");
    assert.deepEqual(names(folder), ["file"]);
  }));
