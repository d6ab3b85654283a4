/**
 * Hostile connections, and what is left of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";

/** How long the other end may take to hang up, milliseconds: many times what it takes on a busy machine. */
const PATIENCE_MS = 60_000;

/** An input as bytes: one for each character, where none is beyond a byte. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  // deno-lint-ignore no-control-regex -- all bytes
  if (!/^[\x00-\xff]*$/.test(text)) return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** How somebody ends who has sent all. */
export type End =
  /** Says so, and reads on. */
  | "half"
  /** Hangs up when the first of an answer has come, or none has for a while. */
  | "answered"
  /** Waits for the other end to hang up. */
  | "whole";

/** How long an answer may take until it is given up by those who want any, milliseconds. */
const SILENT_MS = 100;

/** Sends bytes and returns what comes back. */
export async function exchange(
  address: Deno.ConnectOptions,
  bytes: Uint8Array,
  end: End,
): Promise<string> {
  const connection = await Deno.connect(address);
  let late = false;
  let closed = false;
  const close = () => {
    if (!closed) connection.close();
    closed = true;
  };
  const timer = setTimeout(() => {
    late = end !== "answered";
    close();
  }, end === "answered" ? SILENT_MS : PATIENCE_MS);
  const sending = (async () => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    if (end === "half") await connection.closeWrite();
  })().catch(() => {});
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  try {
    for (let size; (size = await connection.read(buffer)) !== null;) {
      text += decoder.decode(buffer.subarray(0, size), { stream: true });
      if (end === "answered" && text.includes("\n")) break;
    }
  } catch {
    // Reset, or closed here.
  }
  clearTimeout(timer);
  if (end !== "half") close();
  await sending;
  close();
  assert.ok(!late, "the other end does not hang up");
  return text;
}

/** Sends bytes and hangs up before anything comes. */
export async function leave(address: Deno.ConnectOptions, bytes: Uint8Array): Promise<void> {
  using connection = await Deno.connect(address);
  await connection.write(bytes).catch(() => {});
}

/** Open descriptors of this process; Linux says. */
export function descriptors(): number {
  return Deno.build.os === "linux" ? [...Deno.readDirSync("/proc/self/fd")].length : 0;
}

/** Fails unless every connection has been let go of. */
export async function assertClosed(before: number): Promise<void> {
  await eventually("descriptors to be closed", () => descriptors() <= before + 2 || undefined);
}
