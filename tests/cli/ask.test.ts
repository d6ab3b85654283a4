import assert from "node:assert/strict";
import { ask } from "../../src/cli/ask.ts";
import { ExitCode, UserError } from "../../src/errors.ts";

/** A person who gives these answers, then presses Ctrl-D; and what they were shown. */
function person(...answers: readonly (string | undefined)[]) {
  const left = [...answers];
  let shown = "";
  return {
    write: (text: string) => void (shown += text),
    readLine: () => Promise.resolve(left.shift()),
    shown: () => shown,
    left: () => left,
  };
}

function short(answer: string): string {
  if (answer.length < 4) return answer;
  throw new UserError("long", `Cannot use "${answer}"`, {
    exitCode: ExitCode.USAGE,
    hint: "Take a shorter one\x1b[2J",
  });
}

const QUESTION = { prompt: "Name: ", read: short };

Deno.test("ask: an answer is taken without the blanks around it, however they came", async () => {
  for (const answer of ["dev", "  dev \t", "\u00a0dev\u00a0", "\ufeffdev\r"]) {
    const it = person(answer);
    assert.equal(await ask(it, QUESTION), "dev", JSON.stringify(answer));
    assert.equal(it.shown(), "Name: ");
  }
});

Deno.test("ask: Enter alone stands for what is offered, and for nothing where nothing is", async () => {
  assert.equal(await ask(person(""), { ...QUESTION, fallback: "aws" }), "aws");
  assert.equal(await ask(person("   "), { ...QUESTION, fallback: "aws" }), "aws");
  assert.equal(await ask(person(""), QUESTION), "");
});

Deno.test("ask: a refused answer is told why, hint and all, and asked for again", async () => {
  const it = person("development", "dev");
  assert.equal(await ask(it, QUESTION), "dev");
  assert.equal(
    it.shown(),
    'Name:   Cannot use "development"\n  Take a shorter one\ufffd[2J\nName: ',
    "and nothing of it drives the terminal",
  );
});

const UNREADABLE = ["\x1b[A", "a\x00b", "a\tb", "a\u200bb", "a\u202eb", "a\u2028b", "a\ufffd"];
for (const answer of UNREADABLE) {
  Deno.test(`ask: ${JSON.stringify(answer)} is not taken`, async () => {
    const it = person(answer, "dev");
    const question = { prompt: "? ", read: (text: string) => text, fallback: "x" };
    assert.equal(await ask(it, question), "dev");
    assert.match(it.shown(), /contains invisible or unreadable characters\n\? $/);
  });
}

Deno.test("ask: the end of the input is the person's leaving, on a line of its own", async () => {
  const it = person(undefined, "dev");
  const error = await ask(it, QUESTION).catch((error) => error);
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.INTERRUPTED);
  assert.equal(it.shown(), "Name: \n");
  assert.deepEqual(it.left(), ["dev"], "it is not asked again");
});

Deno.test("ask: an interruption is passed on as it is, on a line of its own", async () => {
  const interrupted = new UserError("interrupted", "Interrupted", {
    exitCode: ExitCode.INTERRUPTED,
  });
  const it = { ...person(), readLine: () => Promise.reject(interrupted) };
  assert.equal(await ask(it, QUESTION).catch((error) => error), interrupted);
  assert.equal(it.shown(), "Name: \n");
});

Deno.test("ask: a fault is no answer's", async () => {
  const fault = new TypeError("x is not a function");
  const question = {
    prompt: "? ",
    read: () => {
      throw fault;
    },
  };
  assert.equal(await ask(person("dev", "dev"), question).catch((error) => error), fault);
});
