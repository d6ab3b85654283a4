/**
 * The form field SAMLResponse → the base64 that STS accepts and the XML inside it.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf section 3.5 (HTTP POST)
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../text.ts";
import { Secret } from "../secret.ts";

/** The longest assertion that STS accepts, in characters of base64. */
export const STS_ASSERTION_LIMIT = 100_000;

/** A posted Response: a bearer token until it is redeemed or five minutes have passed. */
export interface PostedResponse {
  /** Base64 without line breaks, padded: what STS gets. */
  readonly base64: Secret;
  /** The XML, without its byte order mark. */
  readonly xml: Secret;
  /** The encoding that it declares, where that is not known and did not matter. */
  readonly unknownEncoding?: string | undefined;
}

/**
 * Decodes the form field as browsers and IdPs really send it: with line breaks (some IdPs wrap at 76
 * columns), with spaces in place of `+` (some pages do not escape it), without padding.
 *
 * @param field the value of SAMLResponse after form decoding
 * @throws UserError (exit code 5) when it is empty, not base64, too long for STS, or in no encoding that
 * can be read
 */
export function decodePostedResponse(field: string): PostedResponse {
  // Spaces next to a line break are indentation. Any other space was an unescaped `+`, except at the
  // very ends: base64 of XML begins with P (for `<`) or 7 (for a byte order mark), and trailing spaces
  // are dropped only when the rest is complete.
  // Line by line, because a pattern such as /[ \t]*[\r\n]+/ takes a minute for 200,000 spaces, and any
  // web page can post them.
  const lines = field.split(/[\r\n]/);
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
    if (text.includes("%") && /^(?:[A-Za-z0-9+/=]|%[0-9A-Fa-f]{2})+$/.test(text)) {
      throw unreadable(
        "Cannot read the posted SAMLResponse: it is not base64, since it is percent-encoded twice",
        "The page of the IdP must put it into its form as it is: the browser encodes it.",
      );
    }
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
  const { xml, unknownEncoding } = textOf(binary);
  refuseTwiceEncoded(xml);
  return {
    base64: new Secret(base64, "assertion"),
    xml: new Secret(xml, "assertion"),
    unknownEncoding,
  };
}

/** The decoded bytes of unpadded base64, one character per byte; `undefined` when it is not base64. */
function binaryOf(unpadded: string): string | undefined {
  // atob ignores these, but STS would get them.
  if (/[\s=]/.test(unpadded)) return undefined;
  try {
    return atob(unpadded);
  } catch {
    // Its own error is dropped on purpose: it says nothing that helps.
  }
  return undefined;
}

/** Names what was done to the XML once too often: a parser only says that it is not well-formed. */
function refuseTwiceEncoded(xml: string): void {
  const start = xml.trimStart();
  const isEscaped = /^&(?:lt|#60|#x3c);/i.test(start);
  // `<`, with or without a byte order mark, in base64.
  if (!isEscaped && !/^(?:P[A-P]|77u\/P)[A-Za-z0-9+/\s]*(?:=[=\s]*)?$/.test(start)) return;
  throw unreadable(
    `Cannot read the posted SAMLResponse: its XML is ${
      isEscaped ? "escaped, and begins with &lt;" : "encoded as base64 twice"
    }`,
    "The IdP must encode the SAML Response as base64 once, as it is.",
  );
}

/**
 * The text of an XML document, by its byte order mark or else the encoding that its declaration names; UTF-8
 * without either. STS gets the bytes as they came.
 *
 * @param binary one character per byte
 * @see https://www.w3.org/TR/xml/#sec-guessing
 */
function textOf(
  binary: string,
): { readonly xml: string; readonly unknownEncoding?: string | undefined } {
  const mark = /^(?:\xff\xfe|<\0)/.test(binary)
    ? "utf-16le"
    : /^(?:\xfe\xff|\0<)/.test(binary)
    ? "utf-16be"
    : undefined;
  // Behind the mark of UTF-8 there is no declaration at the very beginning.
  const declared = /^<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([^"'>]*)/.exec(binary)?.[1];
  // A declaration that could be read byte by byte is not in UTF-16, whatever it says: .NET's writers say so.
  const named = /^\s*(?:utf-?16|iso-10646-ucs-2)/i.test(declared ?? "") ? undefined : declared;
  const encoding = mark ?? named ?? "utf-8";
  const decoder = decoderOf(encoding);
  // Nearly every Response is ASCII, and then its bytes are its text.
  // deno-lint-ignore no-control-regex
  if (mark === undefined && /^[\x00-\x7f]*$/.test(binary)) {
    return { xml: binary, unknownEncoding: decoder === undefined ? encoding : undefined };
  }
  if (decoder === undefined) {
    throw unreadable(
      `Cannot read the posted SAMLResponse: its encoding "${foreign(encoding, 40)}" is not known`,
      "Ask your IdP administrator to send UTF-8.",
    );
  }
  // Not Uint8Array.from, which takes longer than parsing the XML.
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  try {
    return { xml: decoder.decode(bytes) };
  } catch {
    // Its own error is dropped on purpose: it says nothing that helps.
    const isXml = mark !== undefined || /^(?:\xef\xbb\xbf)?\s*</.test(binary);
    throw unreadable(
      "Cannot read the posted SAMLResponse: its decoded content is not " +
        `${decoder.encoding.toUpperCase()} text`,
      isXml
        ? "Ask your IdP administrator to send UTF-8, or to name the encoding in the XML declaration."
        : "If the IdP compresses it, it uses the HTTP-Redirect binding: set it to HTTP-POST.",
    );
  }
}

/** The decoder of an encoding by its name; `undefined` for one that is not known. */
function decoderOf(encoding: string): TextDecoder | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    // It knows all names that there are.
  }
  return undefined;
}

/** The error for a Response that cannot be used, exit code 5. */
export function unreadable(message: string, hint: string, cause?: unknown): UserError {
  return new UserError("assertion-unreadable", message, {
    exitCode: ExitCode.BAD_ASSERTION,
    hint,
    cause,
  });
}
