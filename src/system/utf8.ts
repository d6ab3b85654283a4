/**
 * Text as bytes and back, nothing mended.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";

/**
 * The text of a file, a byte order mark included.
 *
 * @param path for the message
 * @throws {UserError} `file-not-utf8`, exit code FILE
 */
export function decodeUtf8(bytes: Uint8Array, path: string): string {
  // `ignoreBOM` means, despite its name, that a byte order mark stays in the text.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // What is not UTF-8 becomes a replacement character, which would go back into the file in place of
  // what was there. Deno decodes several times more slowly with `fatal`, so only a text with such a
  // character is decoded so: perhaps the file has it.
  if (!text.includes("\uFFFD")) return text;
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError("file-not-utf8", `Cannot use "${path}": it is not UTF-8 text`, {
      exitCode: ExitCode.FILE,
      hint: "Save it as UTF-8 in an editor, or name another file",
      cause,
    });
  }
}

/**
 * Encodes a text.
 *
 * @param path for the message
 * @throws {UserError} `file-not-utf8`, exit code FILE, for half a surrogate pair
 */
export function encodeUtf8(text: string, path: string): Uint8Array {
  if (text.isWellFormed()) return new TextEncoder().encode(text);
  // The encoder would silently write a replacement character.
  throw new UserError(
    "file-not-utf8",
    `Cannot write "${path}": the new text is not valid Unicode`,
    {
      exitCode: ExitCode.FILE,
      hint: "Look for broken characters in the names and values given",
    },
  );
}
