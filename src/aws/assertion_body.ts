/**
 * Puts the assertion into requests behind the SDK's back: encoded once, for any number of roles.
 *
 * The SDK would make some eight copies of it for each request, and attach the request to its errors.
 *
 * @module
 */

import type { AssumeRoleWithSAMLCommand } from "@aws-sdk/client-sts";
import { HttpRequest } from "@smithy/core/protocols";
import type { Secret } from "../secret.ts";

/** The text that the SDK gets in place of the assertion. */
export const PLACEHOLDER = "attached";

/** The parameter in the form. It occurs once: an equals sign inside a value would be encoded. */
const PARAMETER = `SAMLAssertion=${PLACEHOLDER}`;

const encoder = new TextEncoder();
const encodings = new WeakMap<Secret, Uint8Array>();

/** Replaces the placeholder in a command's request with the assertion. */
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
    // Once for all attempts, and after the SDK has computed the content length.
    { name: "attachAssertion", step: "build", priority: "low" },
  );
}

function withAssertion(form: string, assertion: Secret): Uint8Array<ArrayBuffer> {
  const at = form.indexOf(PARAMETER);
  if (at < 0) throw new Error("Cannot attach the assertion: unexpected request from the SDK");
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
