/**
 * The proof, both ways, that the other end of a connection has read the same meeting file. A port number is
 * reused: another program may answer there, and what it says would be shown to a person.
 *
 * Each end sends a nonce and answers the other's by HMAC-SHA-256, so the key itself never travels. The
 * version of the program is part of what is signed: two versions need not understand each other.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import { fieldsOf, type Lines } from "./lines.ts";

/** The longest line before both are proven, in characters. */
const LONGEST = 1000;

/** A new key: text of 244 random bits. */
export function newKey(): string {
  return crypto.randomUUID() + crypto.randomUUID();
}

/** Proves this end as a caller; resolves to whether the other end is the server that has the key. */
export async function proveAsCaller(lines: Lines, key: string): Promise<boolean> {
  const mine = crypto.randomUUID();
  lines.write({ nonce: mine });
  const answer = fieldsOf(await lines.read(LONGEST));
  const theirs = answer.get("nonce");
  if (!await isSigned(key, ["server", mine, theirs], answer.get("proof"))) return false;
  await lines.write({ proof: await signed(key, ["caller", mine, theirs]) });
  return true;
}

/** Proves this end as the server; resolves to whether the other end is a caller that has the key. */
export async function proveAsServer(lines: Lines, key: string): Promise<boolean> {
  const theirs = fieldsOf(await lines.read(LONGEST)).get("nonce");
  if (typeof theirs !== "string") return false;
  const mine = crypto.randomUUID();
  lines.write({ nonce: mine, proof: await signed(key, ["server", theirs, mine]) });
  const proof = fieldsOf(await lines.read(LONGEST)).get("proof");
  return await isSigned(key, ["caller", theirs, mine], proof);
}

/** The end that signs, the caller's nonce and the server's. */
type Signed = readonly [end: "caller" | "server", callers: unknown, servers: unknown];

async function signed(key: string, what: Signed): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await imported(key), bytesOf(what));
  return btoa(String.fromCharCode(...new Uint8Array(signature)));
}

async function isSigned(key: string, what: Signed, proof: unknown): Promise<boolean> {
  if (typeof proof !== "string" || !/^[\w+/]{43}=$/.test(proof)) return false;
  const signature = Uint8Array.from(atob(proof), (letter) => letter.charCodeAt(0));
  // In a time that does not depend on how much of it is right.
  return await crypto.subtle.verify("HMAC", await imported(key), signature, bytesOf(what));
}

function imported(key: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(key);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}

function bytesOf(what: Signed): BufferSource {
  return new TextEncoder().encode(JSON.stringify([VERSION, ...what]));
}
