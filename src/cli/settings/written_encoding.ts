/**
 * Letters outside ASCII in a line that is about to be written.
 *
 * @module
 */

import { type EncodingRisk, encodingRisk, isAscii } from "../../profiles/encoding.ts";
import { splitProcessLine } from "../../profiles/process_line.ts";
import type { Deps } from "../../deps.ts";
import type { UserError } from "../../errors.ts";
import { usageError } from "../arguments.ts";
import type { ProcessProperties } from "./process_profile.ts";

/** What is not ASCII in the properties, and what would become of it. */
export interface WrittenRisk extends EncodingRisk {
  /** As an error, for where it is not written. */
  readonly error: UserError;
}

/** The risk of writing these properties here; `undefined` where all is ASCII. */
export function writtenRisk(
  properties: ProcessProperties,
  deps: Pick<Deps, "self" | "os" | "env">,
): WrittenRisk | undefined {
  const keys = Object.entries(properties).filter(([, value]) => !isAscii(value))
    .map(([key]) => key);
  if (keys.length === 0) return undefined;
  const words = splitProcessLine(properties.credential_process, deps.os) ?? [];
  const word = words.find((word) => !isAscii(word));
  const what = word === undefined ? keys.join(" and ") : JSON.stringify(word);
  const { kind, reason } = encodingRisk(deps);
  const error = usageError(
    "line-not-ascii",
    `Cannot write ${what} to a shared file: it has letters outside ASCII, and ${reason}`,
    word !== undefined && deps.self.includes(word)
      ? "Move the executable to a path of plain letters, such as " +
        `${deps.os === "windows" ? "C:\\Tools" : "/usr/local/bin"}, and run it from there`
      : "Use a value, or a path of the file, of plain letters",
  );
  return { kind, reason: `${what} has letters outside ASCII: ${reason}`, error };
}
