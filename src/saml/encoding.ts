/**
 * The form field SAMLResponse → the base64 that STS accepts and the XML inside it.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf section 3.5 (HTTP POST)
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { Secret } from "../secret.ts";

/** The longest assertion that STS accepts, in characters of base64. */
export const STS_ASSERTION_LIMIT = 100_000;

/** A posted Response: a bearer token until it is redeemed or five minutes have passed. */
export interface PostedResponse {
  /** Base64 without line breaks, padded: what STS gets. */
  readonly base64: Secret;
  /** The XML, without its byte order mark. */
  readonly xml: Secret;
}

/**
 * Decodes the form field as browsers and IdPs really send it: with line breaks (some IdPs wrap at 76
 * columns), with spaces in place of `+` (some pages do not escape it), without padding.
 *
 * @param field the value of SAMLResponse after form decoding
 * @throws UserError (exit code 5) when it is empty, not base64, too long for STS or not UTF-8
 */
export function decodePostedResponse(field: string): PostedResponse {
  // Spaces next to a line break are indentation. Any other space was an unescaped `+`, except at the
  // very ends: base64 of XML begins with P (for `<`) or 7 (for a byte order mark), and trailing spaces
  // are dropped only when the rest is complete.
  // Line by line, because a pattern such as /[ \t]*[\r\n]+/ takes a minute for 200,000 spaces, and any
  // web page can post them.
  const lines = field.split(/[\r\n]+/);
  const last = lines.pop() ?? "";
  let text = lines.map((line) => line.trim()).join("") + last.trimStart();
  const trimmed = text.trimEnd();
  if (trimmed.length % 4 === 0 || trimmed.endsWith("=")) text = trimmed;
  text = text.replaceAll(" ", "+");
  if (text === "") {
    throw unreadable("The posted SAMLResponse is empty", "Sign in again.");
  }
  const unpadded = text.replace(/={1,2}$/, "");
  const binary = binaryOf(unpadded);
  if (binary === undefined) {
    throw unreadable(
      "Cannot read the posted SAMLResponse: it is not base64",
      "The IdP must use the HTTP-POST binding, which sends base64-encoded XML.",
    );
  }
  const base64 = unpadded + "=".repeat((4 - unpadded.length % 4) % 4);
  if (base64.length > STS_ASSERTION_LIMIT) {
    throw unreadable(
      `The assertion has ${base64.length} characters, but STS accepts at most ${STS_ASSERTION_LIMIT}`,
      "Ask your IdP administrator to send fewer roles or groups to AWS.",
    );
  }
  const xml = textOf(binary);
  if (xml === undefined) {
    throw unreadable(
      "Cannot read the posted SAMLResponse: its decoded content is not UTF-8 text",
      "If the IdP compresses it, it uses the HTTP-Redirect binding: set it to HTTP-POST.",
    );
  }
  return { base64: new Secret(base64, "assertion"), xml: new Secret(xml, "assertion") };
}

/** The decoded bytes of unpadded base64, one character per byte; `undefined` when it is not base64. */
function binaryOf(unpadded: string): string | undefined {
  // atob ignores these, but STS would get them.
  if (/[\s=]/.test(unpadded)) return undefined;
  try {
    return atob(unpadded);
  } catch {
    // Its own error is dropped on purpose: it says nothing that helps.
    return undefined;
  }
}

/** The text that these bytes encode in UTF-8; `undefined` when they are not UTF-8. */
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

/** The error for a Response that cannot be used, exit code 5. */
export function unreadable(message: string, hint: string, cause?: unknown): UserError {
  return new UserError("assertion-unreadable", message, {
    exitCode: ExitCode.BAD_ASSERTION,
    hint,
    cause,
  });
}
