/**
 * ARNs, and what answers in the place of AWS.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { parsePolicyArn, parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { consoleLogin } from "../../src/aws/console.ts";
import { consoleDestination } from "../../src/aws/console_destination.ts";
import { partitionById } from "../../src/aws/partition.ts";
import { explainRefusal } from "../../src/aws/refusal.ts";
import { stsExchange } from "../../src/aws/sts.ts";
import { StsHandler } from "../../src/aws/sts_handler.ts";
import { requestFor, SECRETS, SESSION, world } from "../aws/console_logins.ts";
import { exchangeRequest, sdkEnvironment } from "../support/exchange.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import { exchangeAnswer, refusalAnswer } from "../support/sts_answers.ts";
import { StsRefusal } from "../support/sts_errors.ts";
import { parseXml, type XmlElement } from "../support/xml_tree.ts";
import type { Subject, Target } from "./fuzz.ts";
import { type Material, mutatedXml } from "./mutate.ts";

/** An answer as a text: its status, its type, and its body behind an empty line. */
function answerText(status: number, type: string, body: string): string {
  return `${status}\n${type}\n\n${body}`;
}

function answerOf(input: string): { status: number; type: string; body: string } {
  const [, first = "200", type = "", body = ""] = /^([^\n]*)\n?([^\n]*)\n?\n?([^]*)$/.exec(input) ??
    [];
  const status = /^[2-5]\d\d$/.test(first) ? Number(first) : 200;
  return { status, type: type.replace(/[^\t\x20-\x7e]/g, ""), body: body.toWellFormed() };
}

/** The input that a request of this reader is answered with. */
const answering = new AsyncLocalStorage<string>();

/** Has fetch answer with inputs, until it is disposed of. */
function answersOfFetch(): Disposable {
  const real = globalThis.fetch;
  globalThis.fetch = () => {
    const { status, type, body } = answerOf(answering.getStore() ?? "");
    const empty = status === 204 || status === 205 || status === 304;
    return Promise.resolve(
      new Response(empty ? null : body, { status, headers: type ? { "content-type": type } : {} }),
    );
  };
  return { [Symbol.dispose]: () => void (globalThis.fetch = real) };
}

const HANDED_OUT = {
  ...SESSION,
  // What AWS itself sends has no sign that XML would escape.
  sessionToken: `IQoJb3JpZ2luX2Vj//${FIXTURE_SECRET_MARKER}+tokenTOKEN==`,
};

function stsAnswers(): Material {
  const good = exchangeAnswer({
    credentials: HANDED_OUT,
    audience: "https://signin.aws.amazon.com/saml",
    issuer: "https://idp.example/saml",
    subject: "alice",
    subjectType: "persistent",
    nameQualifier: "abc=",
    sourceIdentity: undefined,
    packedPolicySize: 6,
  });
  const text = ({ body = "" }: { readonly body?: unknown }) => String(body);
  const refusal = (code: ConstructorParameters<typeof StsRefusal>[0], message?: string) => {
    const refused = new StsRefusal(code, message);
    return answerText(refused.status, "text/xml", text(refusalAnswer(refused)));
  };
  const corpus = [
    answerText(200, "text/xml", text(good)),
    answerText(200, "text/xml", `<?xml version="1.0"?>${text(good).replace(/\n */g, "")}`),
    refusal("AccessDenied"),
    refusal("ExpiredTokenException"),
    refusal("InvalidIdentityToken", "Response signature invalid"),
    refusal("ValidationError"),
    answerText(200, "text/html", "<!doctype html><html><body>Sign in</body></html>"),
    answerText(403, "application/json", `{"message":"Forbidden"}`),
  ];
  const words = [
    ...["<Credentials>", "</Credentials>", "<AccessKeyId>", "</AccessKeyId>", "<SessionToken>"],
    ...["<SecretAccessKey>", "</SecretAccessKey>", "<Expiration>", "2026-11-23T09:00:00Z"],
    ...["<AssumeRoleWithSAMLResponse>", "<AssumeRoleWithSAMLResult>", "<ErrorResponse>", "<Error>"],
    ...["</AssumeRoleWithSAMLResult>", "</AssumeRoleWithSAMLResponse>", "<Code>", "</Code>"],
    ...["<Message>", "</Message>", "&#x1b;", "&lt;", "&x;", "<!--", "-->", "<![CDATA[", "]]>"],
    ...["<!DOCTYPE a>", "200", "400", "403", "302", "407", "text/xml", "1e99", "NaN", "__proto__"],
  ];
  return { corpus, words };
}

function openSts(): Subject {
  const environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: "http://localhost:1" });
  const fetching = answersOfFetch();
  const exchange = stsExchange({ handler: new StsHandler(undefined, 5000), deadlineMs: 20_000 });
  const request = exchangeRequest({ strictDuration: true });
  const { signal } = new AbortController();
  return {
    // What STS says in words is told.
    secretsOf: (input) => /Message/.test(input) ? [] : [FIXTURE_SECRET_MARKER],
    read: async (input) => {
      const { credentials } = await answering.run(input, () => exchange(request, signal));
      const { status, body } = answerOf(input);
      assert.ok(status < 300, "credentials of an error");
      const root = treeOf(body);
      assert.ok(root !== undefined, "credentials of an answer that is not whole");
      assert.equal(root.local, "AssumeRoleWithSAMLResponse");
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
      const told = {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey.reveal(),
        SessionToken: sessionToken.reveal(),
      };
      for (const [name, value] of Object.entries(told)) {
        assert.match(value, /^[\x21-\x7e]+$/, "credentials with signs that none have");
        assert.equal(JSON.stringify(valuesOf(root, name)), JSON.stringify([value]), name);
      }
      assert.deepEqual(valuesOf(root, "Expiration").map((each) => Date.parse(each)), [expiration]);
      return ["credentials"];
    },
    [Symbol.asyncDispose]: () => {
      fetching[Symbol.dispose]();
      environment[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** What is read of a body that begins with a byte order mark. */
function withoutMark(body: string): string {
  return body.replace(/^\ufeff/, "");
}

function treeOf(body: string): XmlElement | undefined {
  try {
    return parseXml(withoutMark(body));
  } catch {
    return undefined;
  }
}

/** The texts of a field of the credentials, on the way that the answer has. */
function valuesOf(root: XmlElement, name: string): readonly string[] {
  let found: readonly XmlElement[] = [root];
  for (const local of ["AssumeRoleWithSAMLResult", "Credentials", name]) {
    found = found.flatMap(({ children }) => children.filter((each) => each.local === local));
  }
  return found.map(({ text }) => text);
}

function consoleAnswers(): Material {
  const [secret = "", token = ""] = SECRETS;
  const corpus = [
    answerText(200, "application/json", `{"SigninToken":"${"aB3_-".repeat(80)}"}`),
    answerText(400, "text/html", "<html><title>Error</title><b>message</b> <u>Invalid</u></html>"),
    answerText(401, "application/json", `{"message":"The session has expired."}`),
    answerText(403, "text/html", `<html>echo ${token}</html>`),
    answerText(400, "text/html", `<b>message</b> <u>Bad Session ${secret} ${token}</u>`),
    answerText(302, "text/html", "<html>Moved</html>"),
  ];
  const words = [
    ...["SigninToken", "message", '"', ":", "{", "}", "[]", "null", "200", "400", "401", "403"],
    ...["<title>", "<b>message</b>", "<u>", "<html>", "application/json", "text/html", "\\u001b"],
    ...[secret, token, token.slice(0, 30), "__proto__", "1e999"],
  ];
  return { corpus, words };
}

function openConsole(): Subject {
  const fetching = answersOfFetch();
  const request = requestFor("http://localhost:1/federation");
  const pieces = SECRETS.flatMap((secret) =>
    Array.from({ length: secret.length - 20 }, (_, at) => secret.slice(at, at + 20))
  );
  return {
    secretsOf: () => pieces,
    read: async (input) => {
      const login = await answering.run(input, () => consoleLogin(request, world()));
      const { status, body } = answerOf(input);
      assert.ok(status < 300, "a token of an error");
      const { SigninToken: token } = JSON.parse(withoutMark(body));
      const url = new URL(login.reveal());
      assert.equal(url.origin, "http://localhost:1");
      assert.equal(url.searchParams.get("SigninToken"), token);
      assert.deepEqual([...url.searchParams.keys()], ["Action", "Destination", "SigninToken"]);
      return ["a token"];
    },
    [Symbol.asyncDispose]: () => Promise.resolve(fetching[Symbol.dispose]()),
  };
}

function openArn(): Subject {
  return {
    read: (text) => {
      const kinds = {
        role: parseRoleArn,
        "saml-provider": parseProviderArn,
        policy: parsePolicyArn,
      };
      const taken: string[] = [];
      let refused: unknown;
      for (const [type, parse] of Object.entries(kinds)) {
        try {
          const { partition, account, name, text: same } = parse(text);
          assert.equal(same, text);
          assert.equal(`arn:${partition.id}:iam::${account}:${type}/${name}`, text);
          assert.match(text, /^[\x21-\x7e]{20,2048}$/);
          taken.push(type);
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          refused = error;
        }
      }
      assert.ok(taken.length <= 1);
      if (taken.length === 0) throw refused;
      return [taken.join()];
    },
  };
}

function arns(): Material {
  const corpus = [
    DEFAULT_ROLE,
    DEFAULT_PROVIDER,
    "arn:aws-us-gov:iam::111122223333:role/a/b/Admin",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws-cn:iam::111122223333:policy/x/Y",
    "arn:aws:sts::111122223333:assumed-role/Admin/ada",
    "arn:aws:iam::111122223333:user/x",
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_1",
  ];
  const words = ["arn:", "aws", "aws-cn", ":iam::", "role/", "saml-provider/", "policy/", "sts"];
  return { corpus, words: [...words, "111122223333", "/", ":", "assumed-role/", "__proto__", "*"] };
}

function openRefusal(): Subject {
  const [role, provider] = [parseRoleArn(DEFAULT_ROLE), parseProviderArn(DEFAULT_PROVIDER)];
  return {
    read: (input) => {
      const [code = "", message = ""] = input.split("\n", 2);
      const place = { role, provider, region: "us-east-1", cause: undefined };
      throw explainRefusal({ code, message, ...place, skewMs: input.length * 1000 });
    },
  };
}

function refusals(): Material {
  const corpus = [
    "AccessDenied\nNot authorized to perform sts:AssumeRoleWithSAML",
    "ValidationError\nThe requested DurationSeconds exceeds the MaxSessionDuration set for this role",
    "ExpiredTokenException\nToken must be redeemed within 5 minutes of issuance",
    "InvalidIdentityToken\nResponse does not contain the required audience",
    "PackedPolicyTooLarge\nPacked policy consumes 105%",
    "Throttling\nRate exceeded",
  ];
  const words = ["signature", "issuer", "provider", "exist", "audience", "tags", "source identity"];
  return { corpus, words: [...words, "RoleSessionName", "\n", "Exception", "policy", "Throttl"] };
}

function openDestination(): Subject {
  const partition = partitionById("aws");
  assert.ok(partition);
  return {
    read: (text) => {
      const { href, hostname, protocol, username } = consoleDestination(text, {
        partition,
        region: "eu-west-1",
      });
      assert.equal(protocol, "https:");
      assert.equal(username, "");
      assert.match(hostname, /^(?:[a-z0-9_-]+\.)*console\.aws\.amazon\.com$/);
      return ["a page of the console", href];
    },
  };
}

function destinations(): Material {
  const corpus = [
    "s3",
    "https://console.aws.amazon.com/ec2/home?region=us-east-1#Instances:",
    "https://eu-west-1.console.aws.amazon.com/lambda/home",
    "https://console.aws.amazon.com@evil.example/",
    "https://evil.example/console.aws.amazon.com",
  ];
  const words = ["https://", "http://", "@", ".", "console.aws.amazon.com", "evil.example", ":443"];
  return {
    corpus,
    words: [...words, "/", "\\", "?", "#", "//", "%2f", "xn--", "。", "[::1]", ":"],
  };
}

/** What the SDK's own parser takes: broken XML, tokens that are none, lists where text is meant. */
const FOUND_ANSWERS: readonly string[] = [
  ...["&x;", "]]>", "&#27;", "\n", "a b", "</SessionToken><SessionToken>"].flatMap((piece) =>
    stsAnswers().corpus.slice(0, 2)
      .map((answer) => answer.replace("<SessionToken>", `<SessionToken>${piece}`))
  ),
  ...["<Code>A</Code><Code>A</Code>", "<Code>A</Code><Message>a</Message><Message>b</Message>"]
    .map((fields) =>
      answerText(400, "text/xml", `<ErrorResponse><Error>${fields}</Error></ErrorResponse>`)
    ),
];

/** The targets of `src/aws`. */
export const AWS_TARGETS: readonly Target[] = [
  { name: "aws/arn", material: arns, open: openArn, plainErrors: true },
  {
    name: "aws/refusal",
    material: refusals,
    open: openRefusal,
    found: ["\0\n", "a\x1b[2J\nb", "é"],
  },
  { name: "aws/console_destination", material: destinations, open: openDestination },
  // Many at once, since the SDK waits before it tries again.
  {
    name: "aws/sts",
    material: stsAnswers,
    mutate: mutatedXml,
    open: openSts,
    found: FOUND_ANSWERS,
    atOnce: 64,
  },
  {
    name: "aws/console",
    material: consoleAnswers,
    open: openConsole,
    found: [
      // This test's own reader refused its byte order mark.
      answerText(200, "application/json", '\ufeff{"SigninToken":"a"}'),
      // Was repeated, as words between ampersands.
      answerText(400, "text/html", `<title>${SECRETS[1]?.slice(16, 50)}</title>`),
    ],
    atOnce: 16,
  },
];
