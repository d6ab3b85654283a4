/**
 * Looking into a macOS executable where it cannot be run: its structure, and its signature by Apple's rules.
 *
 * @see https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h
 * @see https://github.com/apple-oss-distributions/xnu/blob/main/osfmk/kern/cs_blobs.h
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

const MAGIC_64 = 0xfeedfacf;
const MH_EXECUTE = 2;
const CPU: Readonly<Record<number, string>> = { 0x01000007: "x86_64", 0x0100000c: "aarch64" };
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const LC_MAIN = 0x80000028;
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const CS_ADHOC = 2;
const SHA256 = 2;

/** A Mach-O executable. */
export interface MachO {
  readonly cpu: string | undefined;
  /** From the beginning of the file to what ends last. */
  readonly segments: readonly { readonly name: string; readonly end: number }[];
  readonly hasEntry: boolean;
  /** Where its signature is; `undefined` for an unsigned one. */
  readonly signature: { readonly offset: number; readonly size: number } | undefined;
}

/** Reads the header and the load commands; throws where they are not those of a program. */
export function readMachO(bytes: Uint8Array): MachO {
  const view = viewOf(bytes);
  const number = (offset: number) => view.getUint32(offset, true);
  assert.equal(number(0), MAGIC_64, "it is a 64-bit Mach-O file");
  assert.equal(number(12), MH_EXECUTE, "it is a program");
  const segments = [];
  let hasEntry = false;
  let signature: MachO["signature"];
  let at = 32;
  for (let left = number(16); left > 0; left--) {
    const [command, size] = [number(at), number(at + 4)];
    if (command === LC_SEGMENT_64) {
      const [name = ""] = latin1(bytes.subarray(at + 8, at + 24)).split("\0");
      const [offset, length] = [at + 40, at + 48].map((each) =>
        Number(view.getBigUint64(each, true))
      );
      segments.push({ name, end: (offset ?? 0) + (length ?? 0) });
    }
    if (command === LC_MAIN) hasEntry = true;
    if (command === LC_CODE_SIGNATURE) {
      signature = { offset: number(at + 8), size: number(at + 12) };
    }
    at += size;
  }
  assert.equal(at, 32 + number(20), "the load commands are as long as the header says");
  return { cpu: CPU[number(4)], segments, hasEntry, signature };
}

/**
 * Asserts what the kernel looks at before it runs a program with an ad-hoc signature: the hash of each page.
 */
export function assertSigned(bytes: Uint8Array, { offset, size }: NonNullable<MachO["signature"]>) {
  const blob = bytes.subarray(offset, offset + size);
  const view = viewOf(blob);
  assert.equal(view.getUint32(0), EMBEDDED_SIGNATURE);
  const starts = Array.from(
    { length: view.getUint32(8) },
    (_, index) => view.getUint32(16 + 8 * index),
  );
  const start = starts.find((each) => view.getUint32(each) === CODE_DIRECTORY);
  assert.ok(start !== undefined, "it has a code directory");
  const field = (index: number) => view.getUint32(start + 4 * index);
  assert.equal(field(3) & CS_ADHOC, CS_ADHOC, "it is an ad-hoc signature");
  const [hashes, slots, limit] = [field(4), field(7), field(8)];
  assert.equal(limit, offset, "all that is before the signature is signed");
  const [hashSize, hashType, , log2] = blob.subarray(start + 36, start + 40);
  assert.equal(hashType, SHA256);
  const page = 2 ** (log2 ?? 0);
  assert.equal(slots, Math.ceil(limit / page));
  for (let slot = 0; slot < slots; slot++) {
    const text = bytes.subarray(slot * page, Math.min((slot + 1) * page, limit));
    const at = start + hashes + slot * (hashSize ?? 0);
    const wanted = blob.subarray(at, at + (hashSize ?? 0));
    const seen = createHash("sha256").update(text).digest();
    assert.ok(seen.equals(wanted), `the hash of page ${slot} is right`);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
