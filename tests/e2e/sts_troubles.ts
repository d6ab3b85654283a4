/**
 * What can go wrong between the driver and STS, as a table.
 *
 * @module
 */

import { freePort } from "../support/driver.ts";
import type { Stage } from "../support/stage.ts";
import { type Behaviour, FIXTURE_SECRET_MARKER, STS_ERRORS } from "../support/sts.ts";

/** A way to trouble, and what is said of it. */
export interface Trouble {
  readonly name: string;
  /** Found before anybody signs in. */
  readonly before?: true;
  readonly behaviours?: readonly Behaviour[];
  readonly args?: readonly string[];
  readonly env?: (stage: Stage) => Readonly<Record<string, string>>;
  readonly code: number;
  readonly says: string | RegExp;
  readonly hint: RegExp;
  /** How often STS may be asked; absent where nobody counts. */
  readonly calls?: number | readonly number[];
}

const error = (code: keyof typeof STS_ERRORS, message?: string): readonly Behaviour[] => [
  { kind: "error", code, message, times: Infinity },
];
const answer = (status: number, body: string, type = "text/xml"): readonly Behaviour[] => [
  { kind: "answer", status, body, headers: { "Content-Type": type }, times: Infinity },
];
const xml = (inner: string) =>
  `<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` +
  `<AssumeRoleWithSAMLResult>${inner}</AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>`;
const refused = (code: keyof typeof STS_ERRORS, message: string = STS_ERRORS[code][1]) =>
  `STS refused the sign-in: ${message} (${code})`;
const NOT_STS = /^The response from 127\.0\.0\.1:\d+ is not from STS: HTTP \d+/;
const WHOLE = /^STS returned incomplete credentials$/;

/** Every one but {@linkcode SILENCE}. */
export const TROUBLES: readonly Trouble[] = [
  {
    name: "AccessDenied",
    behaviours: error("AccessDenied"),
    code: 6,
    says: refused("AccessDenied"),
    hint: /The trust policy of arn:aws:iam::111122223333:role\/Dev does not allow/,
    calls: 1,
  },
  {
    name: "RegionDisabledException",
    behaviours: error("RegionDisabledException"),
    code: 6,
    says: refused("RegionDisabledException"),
    hint: /STS is not active in us-east-1 for account 111122223333/,
    calls: 1,
  },
  {
    name: "MalformedPolicyDocument",
    behaviours: error("MalformedPolicyDocument"),
    code: 6,
    says: refused("MalformedPolicyDocument"),
    hint: /Correct the policy in --policy-file/,
    calls: 1,
  },
  {
    name: "PackedPolicyTooLarge",
    behaviours: error("PackedPolicyTooLarge"),
    code: 6,
    says: refused("PackedPolicyTooLarge"),
    hint: /session tags that the IdP sends are too large/,
    calls: 1,
  },
  {
    name: "another ValidationError",
    behaviours: error("ValidationError", "1 validation error detected"),
    code: 6,
    says: refused("ValidationError", "1 validation error detected"),
    hint: /Check the role and provider ARNs/,
    calls: 1,
  },
  {
    name: "a role that allows not even an hour",
    behaviours: error("ValidationError"),
    args: ["--duration-seconds", "43200"],
    code: 6,
    says: refused("ValidationError"),
    hint: /Request a shorter session/,
    calls: 5,
  },
  {
    name: "Throttling for ever",
    behaviours: error("Throttling"),
    code: 6,
    says: refused("Throttling"),
    hint: /Wait a minute/,
    calls: 3,
  },
  {
    name: "IDPCommunicationError for ever",
    behaviours: error("IDPCommunicationError"),
    code: 6,
    says: refused("IDPCommunicationError"),
    hint: /Sign in again/,
    calls: 3,
  },
  {
    name: "a code that nobody knows, with text that drives terminals",
    behaviours: answer(
      418,
      "<ErrorResponse><Error><Type>Sender</Type><Code>Teapot</Code><Message>a&#10;" +
        "stssamldriver: fine\u009b31m</Message></Error></ErrorResponse>",
    ),
    code: 6,
    says: refused("AccessDenied", "a stssamldriver: fine 31m").replace("AccessDenied", "Teapot"),
    hint: /Sign in again/,
    calls: 1,
  },
  // STS calls the assertion false: the wait goes on, for somebody else may have posted it.
  ...(["InvalidIdentityToken", "IDPRejectedClaim", "ExpiredTokenException"] as const).map((
    code,
  ) => ({
    name: `${code}, and no other assertion in time`,
    behaviours: error(code),
    args: ["--timeout", "2s"],
    code: 6,
    says: refused(code),
    hint: /Upload the IdP's current metadata|Sign in again/,
    calls: 1,
  })),
  {
    name: "500 for ever",
    behaviours: error("InternalFailure"),
    code: 7,
    says: /^Cannot get credentials from STS in us-east-1: An internal error occurred$/,
    hint: /health\.aws\.amazon\.com/,
    calls: 3,
  },
  {
    name: "503 for ever",
    behaviours: error("ServiceUnavailable"),
    code: 7,
    says: /^Cannot get credentials from STS in us-east-1: Service is unavailable$/,
    hint: /health\.aws\.amazon\.com/,
    calls: 3,
  },
  {
    name: "a gateway's 502",
    behaviours: answer(502, "<html><body>Bad Gateway</body></html>", "text/html"),
    code: 7,
    says: NOT_STS,
    hint: /captive portal/,
    calls: 3,
  },
  {
    name: "a captive portal's 200",
    behaviours: [{ kind: "captive-portal", times: Infinity }],
    code: 7,
    says: NOT_STS,
    hint: /Open any web page to sign in/,
    calls: 1,
  },
  {
    name: "a redirect, which the assertion does not follow",
    behaviours: [{ kind: "redirect", location: "http://127.0.0.1:9/", times: Infinity }],
    code: 7,
    says: /^The response from .* is not from STS: HTTP 302 redirect$/,
    hint: /captive portal/,
    calls: 1,
  },
  {
    name: "a proxy that wants a password",
    behaviours: answer(407, "", "text/plain"),
    code: 7,
    says: /: the proxy requires a sign-in \(HTTP 407\)$/,
    hint: /HTTPS_PROXY/,
    calls: 1,
  },
  {
    name: "403 with JSON",
    behaviours: answer(403, '{"message":"Forbidden"}', "application/json"),
    code: 7,
    says: /is not from STS: HTTP 403/,
    hint: /AWS_ENDPOINT_URL_STS/,
  },
  {
    name: "200 with nothing",
    behaviours: answer(200, ""),
    code: 7,
    says: /is not from STS: HTTP 200 with an empty body$/,
    hint: /AWS_ENDPOINT_URL_STS/,
  },
  {
    name: "credentials without a key",
    behaviours: answer(
      200,
      xml(
        `<Credentials><AccessKeyId>ASIAX</AccessKeyId><SessionToken>${FIXTURE_SECRET_MARKER}` +
          "</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>",
      ),
    ),
    code: 7,
    says: WHOLE,
    hint: /Sign in again/,
  },
  {
    name: "credentials with an expiry that is none",
    behaviours: answer(
      200,
      xml(
        `<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>${FIXTURE_SECRET_MARKER}` +
          `</SecretAccessKey><SessionToken>${FIXTURE_SECRET_MARKER}</SessionToken>` +
          "<Expiration>soon</Expiration></Credentials>",
      ),
    ),
    code: 7,
    says: WHOLE,
    hint: /Sign in again/,
  },
  {
    name: "XML that breaks off in the middle of a key",
    behaviours: answer(
      200,
      xml(`<Credentials><SecretAccessKey>${FIXTURE_SECRET_MARKER}`).slice(0, -80),
    ),
    code: 7,
    says: WHOLE,
    hint: /Sign in again/,
  },
  {
    name: "an answer that does not end",
    behaviours: answer(200, "<AssumeRoleWithSAMLResponse>" + "x".repeat(3_000_000)),
    code: 7,
    says: /: the response is too long$/,
    hint: /Check the network/,
  },
  {
    name: "hanging up without a word",
    behaviours: [{ kind: "close", times: Infinity }],
    code: 7,
    says: /^Cannot reach STS at 127\.0\.0\.1:\d+: the connection was closed$/,
    hint: /Check the network/,
    // fetch of Deno 2.7 sends each request once more: without an answer it takes the connection for one that
    // was kept open, and closed in the meantime.
    calls: [3, 6],
  },
  {
    name: "hanging up in the middle of the answer",
    behaviours: [{ kind: "truncate", times: Infinity }],
    code: 7,
    says: /^Cannot reach STS at 127\.0\.0\.1:\d+: the connection was closed$/,
    hint: /Check the network/,
    calls: 3,
  },
  {
    name: "nobody listens",
    env: () => ({ AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${freePort()}` }),
    code: 7,
    says: /^Cannot reach STS at 127\.0\.0\.1:\d+: connection refused$/,
    hint: /Check the network/,
    calls: 0,
  },
  {
    name: "a host that is not there",
    env: () => ({ AWS_ENDPOINT_URL_STS: "https://sts.nowhere.invalid" }),
    code: 7,
    says:
      /^Cannot reach STS at sts\.nowhere\.invalid: the name cannot be resolved \(no network\?\)$/,
    hint: /Check the network/,
    calls: 0,
  },
  {
    name: "an endpoint without TLS that is not this machine",
    before: true,
    env: () => ({ AWS_ENDPOINT_URL_STS: "http://sts.example" }),
    code: 2,
    says:
      "Refused to send the assertion to http://sts.example: it must start with https:// or be on this " +
      "machine",
    hint: /Correct AWS_ENDPOINT_URL_STS/,
    calls: 0,
  },
  {
    name: "a host that only looks like this machine",
    before: true,
    env: () => ({ AWS_ENDPOINT_URL_STS: "http://127.0.0.1.evil.example" }),
    code: 2,
    says: /^Refused to send the assertion to http:\/\/127\.0\.0\.1\.evil\.example:/,
    hint: /Correct AWS_ENDPOINT_URL_STS/,
    calls: 0,
  },
  {
    name: "the other variable, without TLS",
    before: true,
    env: () => ({ AWS_ENDPOINT_URL_STS: "", AWS_ENDPOINT_URL: "http://sts.example:8080" }),
    code: 2,
    says: /^Refused to send the assertion to http:\/\/sts\.example:8080:/,
    hint: /AWS_ENDPOINT_URL/,
    calls: 0,
  },
  {
    name: "an endpoint that is no URL",
    before: true,
    env: () => ({ AWS_ENDPOINT_URL_STS: "nonsense" }),
    code: 2,
    says: /^Cannot use the STS endpoint: /,
    hint: /Correct AWS_ENDPOINT_URL_STS/,
    calls: 0,
  },
  {
    name: "a bundle of CAs that is not there",
    before: true,
    env: () => ({ AWS_CA_BUNDLE: "/nonexistent/ca.pem" }),
    code: 2,
    says: /^Cannot use AWS_CA_BUNDLE\b.*\/nonexistent\/ca\.pem: the file does not exist$/,
    hint: /or unset it/,
    calls: 0,
  },
];

/** Three tries until each is given up: so long that one program must do, beside all the others. */
export const SILENCE: Trouble = {
  name: "silence",
  behaviours: [{ kind: "hang", times: Infinity }],
  code: 7,
  says: /^Timed out waiting for STS (at 127\.0\.0\.1:\d+|in us-east-1)$/,
  hint: /Check the network/,
  calls: 3,
};
