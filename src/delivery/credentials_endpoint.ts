/**
 * `exec --serve`: the endpoint that SDKs ask for credentials, as they ask a container's. Who is asked in any
 * other way than the child was told says nothing.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import type { Credentials } from "../credentials/credentials.ts";
import type { UserError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { HeadHandler, HeadResponse } from "../system/program_listener.ts";
import { isoSeconds } from "../text.ts";

/** The answer to who may ask. */
export type EndpointAnswer =
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  /** They are over, and somebody is signing in: SDKs are to ask again. */
  | { readonly kind: "pending"; readonly message: string }
  /** They are over, and asking again at once is of no use. */
  | { readonly kind: "refused"; readonly error: UserError };

/** The endpoint as its handler sees it. */
export interface EndpointOptions {
  /** The only Host that is answered: `127.0.0.1:49152`. */
  readonly host: () => string;
  readonly token: Secret;
  /** Never rejects. */
  readonly answer: () => Promise<EndpointAnswer>;
}

/** Not empty: the Ruby SDK asks for no path else. */
const PATH = "/credentials";

/** The URL of an endpoint, for AWS_CONTAINER_CREDENTIALS_FULL_URI. */
export function endpointUrl(host: string): string {
  return `http://${host}${PATH}`;
}

/** A new token: 256 random bits as text that every header takes. */
export function newToken(): Secret {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const text = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  return new Secret(text, "endpoint token");
}

/** Makes the endpoint's handler. */
export function endpointHandler({ host, token, answer }: EndpointOptions): HeadHandler {
  return async ({ method, target, headers }) => {
    const asked = [method, headers.get("host") ?? "", target, headers.get("authorization") ?? ""];
    const wanted = ["GET", host(), PATH, token.reveal()];
    // Neither says what was wrong: who has the token knows the rest.
    if (!isSame(asked, wanted)) return { status: 404, headers: HEADERS, body: "", last: true };
    return responseOf(await answer());
  };
}

/** Compares in a time that does not depend on how much of it is right, only on its length, which is no secret. */
function isSame(asked: readonly string[], wanted: readonly string[]): boolean {
  // No part of a request has a line break in it.
  const [ours, theirs] = [ENCODER.encode(wanted.join("\n")), ENCODER.encode(asked.join("\n"))];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

const ENCODER = new TextEncoder();

const HEADERS = {
  "content-type": "application/json",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

function responseOf(answer: EndpointAnswer): HeadResponse {
  switch (answer.kind) {
    case "credentials":
      return { status: 200, headers: HEADERS, body: JSON.stringify(bodyOf(answer.credentials)) };
    // Go's and Java's SDKs ask again after a fault of the server only; all others after everything.
    case "pending":
      return failure(503, "sign-in-pending", answer.message);
    case "refused": {
      const { code, message, hint } = answer.error;
      return failure(400, code, hint === undefined ? message : `${message}. ${oneLine(hint)}`);
    }
  }
}

function bodyOf(credentials: Credentials): Readonly<Record<string, string>> {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey.reveal(),
    Token: credentials.sessionToken.reveal(),
    Expiration: isoSeconds(credentials.expiration),
    AccountId: credentials.accountId,
  };
}

/** Go and Java read `code` and `message`, JavaScript and Rust `Code` and `Message`; Python shows it all. */
function failure(status: 400 | 503, code: string, message: string): HeadResponse {
  const body = JSON.stringify({ code, message, Code: code, Message: message });
  return { status, headers: HEADERS, body, last: true };
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
