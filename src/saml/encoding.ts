/**
 * The form field SAMLResponse → the base64 that STS takes and the XML that is in it.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf section 3.5 (HTTP POST)
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { Secret } from "../secret.ts";

/** What STS takes at most, in characters of base64. */
export const STS_ASSERTION_LIMIT = 100_000;

/** A posted Response: a bearer token until it is redeemed or five minutes old. */
export interface PostedResponse {
  /** Base64 without line breaks, padded: what STS is given. */
  readonly base64: Secret;
  /** The XML, without byte order mark. */
  readonly xml: Secret;
}

/**
 * Decodes the form field as browsers and IdPs really send it: with line breaks (an IdP that wraps at 76
 * columns), with blanks where a `+` was (a page that does not escape it), without padding.
 *
 * @param field the value of SAMLResponse after form decoding
 * @throws UserError (exit code 5) when it is empty, not base64, too long for STS or not UTF-8
 */
export function decodePostedResponse(field: string): PostedResponse {
  // Blanks beside a line break are indentation. Any other blank was a `+` that nobody escaped, but for
  // those at the very ends: base64 of XML begins with P (for `<`) or 7 (for a byte order mark), and
  // trailing ones are dropped only when what is left is whole.
  // Line by line, since a pattern such as /[ \t]*[\r\n]+/ takes a minute over 200,000 blanks, and any
  // page on the web may post them.
  const lines = field.split(/[\r\n]+/);
  const last = lines.pop() ?? "";
  let text = lines.map((line) => line.trim()).join("") + last.trimStart();
  const trimmed = text.trimEnd();
  if (trimmed.length % 4 === 0 || trimmed.endsWith("=")) text = trimmed;
  text = text.replaceAll(" ", "+");
  if (text === "") {
    throw unreadable("The SAMLResponse that was posted is empty", "Sign in again.");
  }
  const unpadded = text.replace(/={1,2}$/, "");
  const binary = binaryOf(unpadded);
  if (binary === undefined) {
    throw unreadable(
      "Cannot read the SAMLResponse that was posted: it is not base64",
      "The IdP must use the HTTP-POST binding, which sends base64 of plain XML.",
    );
  }
  const base64 = unpadded + "=".repeat((4 - unpadded.length % 4) % 4);
  if (base64.length > STS_ASSERTION_LIMIT) {
    throw unreadable(
      `The assertion has ${base64.length} characters; STS takes at most ${STS_ASSERTION_LIMIT}`,
      "Ask the IdP's administrator to send fewer roles or groups to AWS.",
    );
  }
  const xml = textOf(binary);
  if (xml === undefined) {
    throw unreadable(
      "Cannot read the SAMLResponse that was posted: what its base64 holds is not UTF-8 text",
      "A deflated message belongs to the HTTP-Redirect binding; set the IdP to HTTP-POST.",
    );
  }
  return { base64: new Secret(base64, "assertion"), xml: new Secret(xml, "assertion") };
}

/** What base64 without its padding holds, a character for each byte; `undefined` when it is not base64. */
function binaryOf(unpadded: string): string | undefined {
  // What atob passes over, and STS would be given.
  if (/[\s=]/.test(unpadded)) return undefined;
  try {
    return atob(unpadded);
  } catch {
    // Its own error is dropped on purpose: it knows nothing that helps.
    return undefined;
  }
}

/** The text whose UTF-8 these bytes are; `undefined` when they are none. */
function textOf(binary: string): string | undefined {
  // Nearly every Response is ASCII, and then its bytes are its text.
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(binary)) return binary;
  // Not Uint8Array.from, which takes longer than parsing the XML.
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** An error about a Response that cannot be used, exit code 5. */
export function unreadable(message: string, hint: string, cause?: unknown): UserError {
  return new UserError("assertion-unreadable", message, {
    exitCode: ExitCode.BAD_ASSERTION,
    hint,
    cause,
  });
}
