/**
 * EncryptedAssertion as IdPs make it (XML Encryption 1.1: AES-256-GCM, the key wrapped with RSA-OAEP), and
 * the opening of it, which only AWS can do: https://www.w3.org/TR/xmlenc-core1/
 *
 * SimpleSAMLphp 1.19 encrypts with AES-128-CBC, which is therefore opened as well.
 *
 * @module
 */

import {
  constants,
  createCipheriv,
  createDecipheriv,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { DS, SAML } from "./saml_names.ts";
import { findAll, type XmlElement } from "./xml_tree.ts";
import type { SigningKey } from "./keys.ts";

const XENC = "http://www.w3.org/2001/04/xmlenc#";
const AES128_CBC = `${XENC}aes128-cbc`;

/** The EncryptedAssertion element that holds `assertionXml`, which must declare its own namespaces. */
export function encryptAssertion(assertionXml: string, to: SigningKey): string {
  const key = randomBytes(32);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const head = cipher.update(assertionXml, "utf8");
  const tail = cipher.final();
  const data = joined(iv, head, tail, cipher.getAuthTag());
  const wrapped = publicEncrypt(
    { key: to.publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" },
    key,
  );
  return `<saml:EncryptedAssertion xmlns:saml="${SAML}">` +
    `<xenc:EncryptedData xmlns:xenc="${XENC}" Type="${XENC}Element">` +
    `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>` +
    `<ds:KeyInfo xmlns:ds="${DS}"><xenc:EncryptedKey>` +
    `<xenc:EncryptionMethod Algorithm="${XENC}rsa-oaep-mgf1p"><ds:DigestMethod` +
    ` Algorithm="${DS}sha1"/></xenc:EncryptionMethod>` +
    cipherData(new Uint8Array(wrapped)) +
    `</xenc:EncryptedKey></ds:KeyInfo>` +
    cipherData(data) +
    `</xenc:EncryptedData></saml:EncryptedAssertion>`;
}

/**
 * The text inside an EncryptedAssertion.
 *
 * @throws Error when the key is another one, or the text was changed
 */
export function decryptAssertion(element: XmlElement, privateKeyPem: string): string {
  const [wrapped, data] = findAll(element, (it) => it.uri === XENC && it.local === "CipherValue")
    .map((it) => Uint8Array.fromBase64(it.text));
  if (wrapped === undefined || data === undefined) throw new Error("No CipherValue");
  const key = privateDecrypt(
    { key: privateKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" },
    wrapped,
  );
  // The first method is that of the data, the second that of the key inside it.
  const [method] = findAll(element, (it) => it.uri === XENC && it.local === "EncryptionMethod");
  if (method?.attributes.get("Algorithm") === AES128_CBC) return decryptCbc(key, data);
  const cipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, 12));
  cipher.setAuthTag(data.subarray(-16));
  const head = cipher.update(data.subarray(12, -16));
  return new TextDecoder().decode(joined(head, cipher.final()));
}

/** The last byte says how many bytes of padding there are; those before it are arbitrary. */
function decryptCbc(key: Uint8Array, data: Uint8Array): string {
  const cipher = createDecipheriv("aes-128-cbc", key, data.subarray(0, 16)).setAutoPadding(false);
  const padded = joined(cipher.update(data.subarray(16)), cipher.final());
  return new TextDecoder().decode(padded.subarray(0, -(padded.at(-1) ?? 0)));
}

function cipherData(bytes: Uint8Array): string {
  return `<xenc:CipherData><xenc:CipherValue>${bytes.toBase64()}</xenc:CipherValue></xenc:CipherData>`;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
