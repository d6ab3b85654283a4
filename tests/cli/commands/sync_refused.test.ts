import assert from "node:assert/strict";
import { refusedError } from "../../../src/cli/commands/sync_refused.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";

const refused = (name: string, why: string, hint?: string) => {
  const role = `arn:aws:iam::111122223333:role/${name}`;
  const error = new UserError("sts-AccessDenied", why, {
    exitCode: ExitCode.REFUSED,
    hint: hint?.replace("ROLE", role),
  });
  return { name, role, error };
};

Deno.test("refusedError: each profile with its reason, and what to do about one cause once", () => {
  const { code, exitCode, message, hint } = refusedError([
    refused("dev", "Denied", "Trust ROLE."),
    refused("production", "Denied", "Trust ROLE."),
    refused("ops", "Too long", "Ask for less."),
    refused("qa", "Strange"),
  ], 2);
  assert.deepEqual([code, exitCode], ["sync-refused", ExitCode.REFUSED]);
  assert.equal(message, "STS refused 4 of the roles; the others were written");
  assert.equal(
    hint,
    [
      "PROFILE     WHY",
      "dev         Denied",
      "production  Denied",
      "ops         Too long",
      "qa          Strange",
      "Trust arn:aws:iam::111122223333:role/dev.",
      "Ask for less.",
    ].join("\n"),
  );
});

Deno.test("refusedError: where every role is refused, nothing was written; three causes are enough", () => {
  const { message, hint } = refusedError(
    ["a", "b", "c", "d"].map((name) => refused(name, "Denied", `Do ${name}.`)),
    0,
  );
  assert.equal(message, "STS refused every role (4); nothing was written");
  assert.deepEqual(hint?.split("\n").slice(5), ["Do a.", "Do b.", "Do c."]);
});
