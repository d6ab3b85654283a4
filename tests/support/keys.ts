/**
 * The keys of the test identity providers, made when a test first asks for one: no key lies in the
 * repository, and no openssl is needed to run the tests.
 *
 * @module
 */

import { createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** An RSA key pair and the certificate that a SAML metadata document would publish. */
export interface SigningKey {
  /** PKCS #8, PEM. */
  readonly privateKeyPem: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKeyPem: string;
  /** The self-signed X.509 certificate, PEM. */
  readonly certificatePem: string;
  /** The same certificate as it stands in an `X509Certificate` element. */
  readonly certificateBase64: string;
}

const cache = new Map<string, SigningKey>();

/** The key of the honest test IdP; the same one within a process. */
export function idpKey(): SigningKey {
  return keyNamed("idp.test");
}

/** The key of somebody else: what it signs looks right, and is false. */
export function otherKey(): SigningKey {
  return keyNamed("other.test");
}

/** The key that an IAM SAML provider would hold to decrypt assertions. */
export function decryptionKey(): SigningKey {
  return keyNamed("decryption.test");
}

/** The key of this common name, made on first use. */
export function keyNamed(commonName: string): SigningKey {
  const known = cache.get(commonName);
  if (known !== undefined) return known;
  const made = makeKey(commonName);
  cache.set(commonName, made);
  return made;
}

function makeKey(commonName: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const spki = createPublicKey(publicKey).export({ type: "spki", format: "der" });
  const certificate = selfSigned(commonName, new Uint8Array(spki), privateKey);
  return {
    privateKeyPem: privateKey,
    publicKeyPem: publicKey,
    certificatePem: pem("CERTIFICATE", certificate),
    certificateBase64: certificate.toBase64(),
  };
}

function pem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

// A minimal writer of DER, ITU-T X.690: tag, length, content.

const SEQUENCE = 0x30;
const SET = 0x31;
const SHA256_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const COMMON_NAME = [0x55, 0x04, 0x03];

function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const size = contents.reduce((sum, content) => sum + content.length, 0);
  const head = size < 0x80
    ? [tag, size]
    : size < 0x100
    ? [tag, 0x81, size]
    : [tag, 0x82, size >> 8, size & 0xff];
  const out = new Uint8Array(head.length + size);
  out.set(head);
  let at = head.length;
  for (const content of contents) {
    out.set(content, at);
    at += content.length;
  }
  return out;
}

function text(tag: number, value: string): Uint8Array {
  return der(tag, new TextEncoder().encode(value));
}

/** An X.509 v3 certificate (RFC 5280) without extensions. */
function selfSigned(commonName: string, spki: Uint8Array, privateKeyPem: string): Uint8Array {
  const algorithm = der(SEQUENCE, der(0x06, Uint8Array.from(SHA256_WITH_RSA)), der(0x05));
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, der(0x06, Uint8Array.from(COMMON_NAME)), text(0x0c, commonName))),
  );
  const serial = new Uint8Array(randomBytes(12));
  // A DER integer is signed and has no needless leading zero: begin with a byte of 0x40 to 0x7f.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, serial),
    algorithm,
    name,
    // Wide enough for every clock that a test sets. UTCTime ends with 2049.
    der(SEQUENCE, text(0x17, "000101000000Z"), text(0x17, "491231235959Z")),
    name,
    spki,
  );
  const signature = new Uint8Array(sign("sha256", body, privateKeyPem));
  // The leading zero of a BIT STRING counts its unused bits.
  return der(SEQUENCE, body, algorithm, der(0x03, Uint8Array.of(0), signature));
}
