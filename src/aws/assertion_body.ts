/**
 * An assertion on its way into requests, past the SDK: encoded once, however many roles are taken with it.
 *
 * The SDK would make some eight copies of it for each request, and hang the request on its errors.
 *
 * @module
 */

import type { AssumeRoleWithSAMLCommand } from "@aws-sdk/client-sts";
import { HttpRequest } from "@smithy/core/protocols";
import type { Secret } from "../secret.ts";

/** What the SDK is given in the assertion's place. */
export const PLACEHOLDER = "attached";

/** The parameter in a request's form. No other value has an equals sign, which is encoded in a form. */
const PARAMETER = `SAMLAssertion=${PLACEHOLDER}`;

const encoder = new TextEncoder();
const encodings = new WeakMap<Secret, Uint8Array>();

/** Puts the assertion into a command's request, where the placeholder is. */
export function attachAssertion(command: AssumeRoleWithSAMLCommand, assertion: Secret): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (HttpRequest.isInstance(request)) {
        request.body = withAssertion(String(request.body), assertion);
        request.headers["content-length"] = String(request.body.length);
      }
      return await next(args);
    },
    // Once for all tries, and behind the SDK's own count of the length.
    { name: "attachAssertion", step: "build", priority: "low" },
  );
}

function withAssertion(form: string, assertion: Secret): Uint8Array<ArrayBuffer> {
  const at = form.indexOf(PARAMETER);
  if (at < 0) throw new Error("Cannot attach the assertion: the SDK's request has another form");
  const end = at + PARAMETER.length;
  const before = encoder.encode(form.slice(0, end - PLACEHOLDER.length));
  const encoded = encodedOnce(assertion);
  const after = encoder.encode(form.slice(end));
  const body = new Uint8Array(before.length + encoded.length + after.length);
  body.set(before);
  body.set(encoded, before.length);
  body.set(after, before.length + encoded.length);
  return body;
}

function encodedOnce(assertion: Secret): Uint8Array {
  const known = encodings.get(assertion) ??
    encoder.encode(encodeURIComponent(assertion.reveal()));
  encodings.set(assertion, known);
  return known;
}
