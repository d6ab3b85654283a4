import assert from "node:assert/strict";
import { misspelt, nearest } from "../src/nearest.ts";

Deno.test("nearest: the name with the fewest changes first", () => {
  for (
    const [typed, names, first] of [
      ["Dev", ["Ops", "Dve", "Develop"], "Dve"],
      ["Dev", ["Ops", "dev", "Deb"], "dev"],
      ["ReadOnly", ["Admin", "ReadOnlyAccess", "Readonyl"], "Readonyl"],
      ["", ["long", "a"], "a"],
      ["Dev", ["", "Devs"], "Devs"],
      ["arn:aws:iam::111122223333:role/Dev", [
        "arn:aws:iam::444455556666:role/Dev",
        "arn:aws:iam::111122223332:role/Dev",
      ], "arn:aws:iam::111122223332:role/Dev"],
    ] as const
  ) assert.equal(nearest(typed, names)[0], first, typed);
});

Deno.test("nearest: names that are equally near keep their order, and none is lost", () => {
  assert.deepEqual(nearest("x", ["b", "a", "c"]), ["b", "a", "c"]);
  assert.deepEqual(nearest("x", []), []);
  const many = Array.from({ length: 700 }, (_, index) => `Role${index}`);
  assert.deepEqual(nearest("Role42", many).toSorted(), many.toSorted());
  assert.equal(nearest("Role42", many)[0], "Role42");
});

Deno.test("nearest: as much as an assertion can hold is compared in a moment", () => {
  const names = Array.from({ length: 450 }, (_, index) => `${"p/".repeat(60)}Role${index}`);
  const start = performance.now();
  nearest("arn:aws:iam::111122223333:role/".padEnd(600, "x"), names);
  const ms = performance.now() - start;
  assert.ok(ms < 5000, `${ms} ms`);
});

Deno.test("misspelt: what is at most two letters off, the nearest first", () => {
  const names = ["port", "path", "prune", "profile", "role-arn"];
  for (
    const [typed, meant] of [
      ["prot", ["port"]],
      ["paht", ["port", "path"]],
      ["por", ["port"]],
      ["roleArn", ["role-arn"]],
      ["PORT", ["port"]],
      ["pathx", ["path"]],
      ["pote", ["port", "path"]],
      ["bogus", []],
      ["", []],
      ["x".repeat(100_000), []],
    ] as const
  ) assert.deepEqual(misspelt(typed, names), meant, typed.slice(0, 20));
});
