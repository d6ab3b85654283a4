/**
 * A SAML Response as people copy it → the form field SAMLResponse. Pure.
 *
 * @module
 */

/** A Response that was copied from somewhere. */
export interface CopiedResponse {
  /** What its form field would hold, as far as it is there. */
  readonly field: string;
  /** Whether it is all there: the XML inside ends with the end tag of its root. */
  readonly isWhole: boolean;
}

/** The name of the field, and what stands between it and its value in a form's body, a list, a page or JSON. */
const NAME = /(?<![\w.-])SAMLResponse["'`]?(?:\s+value\s*=|\s*[=:])?\s*/;

/**
 * Finds the field in what was copied: bare base64, wrapped or not; the body of the form, or a part of it,
 * percent-encoded or as a browser's developer tools show it; any of it within quotes.
 */
export function copiedResponse(text: string): CopiedResponse {
  const name = NAME.exec(text);
  const rest = name === null ? text : text.slice(name.index + name[0].length);
  const [, value = ""] = /[\s\ufeff"'`]*([^&"'`,;<>]*)/.exec(rest) ?? [];
  // Developer tools list the next field on the next line.
  const [own = ""] = value.split("RelayState", 1);
  const decoded = own.replace(
    /%([0-9A-F]{2})/gi,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 16)),
  );
  const lines = decoded.split(/[\r\n]/);
  const last = lines.pop() ?? "";
  const oneLine = lines.map((line) => line.trim()).join("") + last.trimStart();
  // A field that takes one line turns line breaks into spaces; a page that does not escape turns + into them.
  for (const fill of ["", "+"]) {
    const field = oneLine.replace(/[ \t]/g, fill);
    if (isWhole(field)) return { field, isWhole: true };
  }
  return { field: decoded, isWhole: false };
}

/** Whether base64 is that of a whole XML document. */
function isWhole(base64: string): boolean {
  // Until its padding is there, more is to come.
  if (base64.length % 4 !== 0) return false;
  let xml: string;
  try {
    xml = atob(base64);
  } catch {
    return false;
  }
  // A sign too many or too few makes letters that no document has.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(xml)) return false;
  const root = /^(?:\xef\xbb\xbf)?\s*(?:<\?[^>]{0,200}\?>\s*)?<([\w.:-]{1,200})[\s>]/.exec(xml)
    ?.[1];
  return root !== undefined && xml.trimEnd().endsWith(`</${root}>`);
}
