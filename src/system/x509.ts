/**
 * What a certificate says of its time and its names; no more of X.509 than that. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 * @module
 */

/** A certificate, as far as a listener needs it. Instants are milliseconds since 1970. */
export interface CertificateFacts {
  readonly notBefore: number;
  readonly notAfter: number;
  /** Its host names, in small letters, and its IP addresses, each byte by its number: `127.0.0.1`. */
  readonly names: readonly string[];
}

/** Tags of ASN.1, and of the choices that are read here. */
const SEQUENCE = 0x30, OCTETS = 0x04, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18;
const VERSION = 0xa0, EXTENSIONS = 0xa3, DNS_NAME = 0x82, IP_ADDRESS = 0x87;

/** The object identifier of subjectAltName, 2.5.29.17. */
const ALTERNATIVE_NAMES = "85,29,17";

/**
 * Reads a certificate.
 *
 * @param der its bytes
 * @throws Error when they are none
 */
export function readCertificate(der: Uint8Array): CertificateFacts {
  const [tbs] = itemsOf(only(der, SEQUENCE));
  const items = itemsOf(expected(tbs, SEQUENCE));
  const rest = items[0]?.tag === VERSION ? items.slice(1) : items;
  // serialNumber, signature, issuer, validity
  const [notBefore, notAfter] = itemsOf(expected(rest[3], SEQUENCE));
  const extensions = items.find(({ tag }) => tag === EXTENSIONS);
  return {
    notBefore: instantOf(notBefore),
    notAfter: instantOf(notAfter),
    names: extensions === undefined ? [] : namesIn(only(extensions.content, SEQUENCE)),
  };
}

function namesIn(extensions: Uint8Array): readonly string[] {
  for (const extension of itemsOf(extensions)) {
    const [id, ...others] = itemsOf(expected(extension, SEQUENCE));
    if (id?.content.join() !== ALTERNATIVE_NAMES) continue;
    // Whether it is critical may stand before it.
    const names = itemsOf(only(expected(others.at(-1), OCTETS), SEQUENCE));
    return names.flatMap(({ tag, content }) =>
      tag === DNS_NAME
        ? [new TextDecoder().decode(content).toLowerCase()]
        : tag === IP_ADDRESS
        ? [content.join(".")]
        : []
    );
  }
  return [];
}

function instantOf(item: Item | undefined): number {
  const text = new TextDecoder().decode(item?.content);
  const isShort = item?.tag === UTC_TIME;
  if (!isShort && item?.tag !== GENERALIZED_TIME) throw new Error("no time");
  // Two digits of a year are of 1950 to 2049.
  const whole = isShort ? `${text < "5" ? "20" : "19"}${text}` : text;
  const instant = Date.parse(
    whole.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(instant)) throw new Error("no time");
  return instant;
}

interface Item {
  readonly tag: number;
  readonly content: Uint8Array;
}

function only(bytes: Uint8Array, tag: number): Uint8Array {
  return expected(itemsOf(bytes)[0], tag);
}

function expected(item: Item | undefined, tag: number): Uint8Array {
  if (item?.tag !== tag) throw new Error(`no item with tag ${tag}`);
  return item.content;
}

/** The items that stand one after the other. */
function itemsOf(bytes: Uint8Array): readonly Item[] {
  const items: Item[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++] ?? 0;
    let length = bytes[at++] ?? 0;
    if (length >= 0x80) {
      const digits = length & 0x7f;
      length = 0;
      for (const end = at + digits; at < end; at++) length = length * 256 + (bytes[at] ?? 0);
    }
    if (length > bytes.length - at) throw new Error("cut short");
    items.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return items;
}
