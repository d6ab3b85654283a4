import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import {
  regionFor,
  regionsSentence,
  requestAmong,
  showingEndpoint,
  withEndpoint,
} from "../../src/sign_in/request.ts";
import { userErrorOf } from "../support/checks.ts";
import { requestFake } from "../support/fakes.ts";
import { pairOf } from "../support/offers.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";

Deno.test("regionFor: nobody's region is the partition's own, and not named", () => {
  for (
    const [role, name] of [
      ["111122223333/Dev", "us-east-1"],
      ["aws-cn:111122223333/Dev", "cn-northwest-1"],
      ["aws-us-gov:111122223333/Dev", "us-gov-west-1"],
      ["aws-eusc:111122223333/Dev", "eusc-de-east-1"],
    ] as const
  ) assert.deepEqual(regionFor({ region: undefined }, pairOf(role)), { name, named: false });
});

Deno.test("regionFor: a named region of the role's partition is taken", () => {
  const region = { name: "cn-north-1", from: "AWS_REGION" };
  assert.deepEqual(regionFor({ region }, pairOf("aws-cn:111122223333/Dev")), {
    name: "cn-north-1",
    named: true,
  });
});

Deno.test("regionFor: a region of another partition is refused when the flag names it", () => {
  const region = { name: "eu-west-1", from: "--region" };
  const error = userErrorOf(() => regionFor({ region }, pairOf("aws-cn:111122223333/Dev")));
  assert.equal(error.exitCode, ExitCode.USAGE);
  assert.match(error.message, /^Cannot use --region: .*aws-cn/);
});

// A role of GovCloud was offered, and its click ended with exit code 2, for the shell's AWS_REGION (saml2aws#89).
for (const from of ["AWS_REGION", "AWS_DEFAULT_REGION", 'region of profile "dev"']) {
  Deno.test(`regionFor: the region of ${from} gives way to the role's partition, and that is said`, () => {
    const region = { name: "us-east-1", from };
    const gov = pairOf("aws-us-gov:111122223333/Dev");
    const own = { name: "us-gov-west-1", named: true };
    assert.deepEqual(regionFor({ region }, gov), own);
    assert.equal(
      regionsSentence({ region }, [gov]),
      `Ignored ${from}: us-east-1 is not a region of aws-us-gov; us-gov-west-1 is used`,
    );
    const request = requestFake({ region });
    const cn = pairOf("aws-cn:111122223333/Dev");
    assert.deepEqual(regionFor(requestAmong(request, gov, [gov, cn]), gov), own);
    assert.match(
      regionsSentence({ region }, [gov, cn]) ?? "",
      /does not apply to these roles: those in aws-us-gov use us-gov-west-1, those in aws-cn use cn-/,
    );
  });
}

// A sync over two partitions failed whole with --region, since no region is of both.
Deno.test("requestAmong: a named region is for the roles of its partition, the others get theirs", () => {
  const [aws, cn, gov] = [
    pairOf("111122223333/Dev"),
    pairOf("aws-cn:111122223333/Dev"),
    pairOf("aws-us-gov:111122223333/Dev"),
  ];
  const request = requestFake({ region: { name: "eu-west-1", from: "--region" } });
  const all = [cn, aws, gov, cn];
  assert.deepEqual(
    all.map((pair) => regionFor(requestAmong(request, pair, all), pair)),
    [
      { name: "cn-northwest-1", named: false },
      { name: "eu-west-1", named: true },
      { name: "us-gov-west-1", named: false },
      { name: "cn-northwest-1", named: false },
    ],
  );
  assert.equal(
    regionsSentence(request, all),
    "Region eu-west-1 does not apply to all roles: those in aws-cn use cn-northwest-1, those in aws-us-gov use " +
      "us-gov-west-1",
  );
  // One that fits nothing is a mistake.
  assert.throws(() => regionFor(requestAmong(request, cn, [cn, gov]), cn), /Cannot use --region/);
  for (const roles of [[cn, gov], [aws], []]) {
    assert.equal(regionsSentence(request, roles), undefined);
  }
  assert.equal(regionsSentence(requestFake(), all), undefined);
});

const OTHER = { endpoint: "https://sts.corp.example/path", endpointFrom: "AWS_ENDPOINT_URL_STS" };
const WHERE = "https://sts.corp.example (AWS_ENDPOINT_URL_STS)";
const AWS = { endpoint: "https://sts.eu-west-1.amazonaws.com" };

const PASTING: SignInEvent = {
  kind: "pasting",
  from: "stdin",
  startUrl: undefined,
  opens: undefined,
  until: undefined,
};

Deno.test("showingEndpoint: only another STS is shown, and only before the sign-in", () => {
  const events: SignInEvent[] = [];
  const watch = (event: SignInEvent) => void events.push(event);
  for (const request of [{ endpoint: undefined }, AWS]) {
    assert.equal(showingEndpoint(watch, request), watch);
  }
  const showing = showingEndpoint(watch, OTHER);
  const notice: SignInEvent = { kind: "notice", message: "x" };
  showing(PASTING);
  showing(notice);
  showingEndpoint(watch, { endpoint: "https://sts.corp.example" })(PASTING);
  assert.deepEqual(events, [
    { ...PASTING, endpoint: WHERE },
    notice,
    { ...PASTING, endpoint: "https://sts.corp.example" },
  ]);
});

Deno.test("withEndpoint: errors of another STS say where it was asked, errors of this machine do not", () => {
  const error = (exitCode: ExitCode, hint?: string) =>
    new UserError("x", "It failed", { exitCode, ...(hint !== undefined && { hint }) });
  for (const exitCode of [ExitCode.REFUSED, ExitCode.UNREACHABLE]) {
    assert.equal(withEndpoint(error(exitCode), OTHER).hint, `STS was asked at ${WHERE}.`);
    const both = withEndpoint(error(exitCode, "Try."), OTHER);
    assert.equal(both.hint, `Try.\nSTS was asked at ${WHERE}.`);
    assert.equal(both.exitCode, exitCode);
    assert.equal(withEndpoint(error(exitCode, "Try."), AWS).hint, "Try.");
  }
  assert.equal(withEndpoint(error(ExitCode.FILE, "Try."), OTHER).hint, "Try.");
});
