/**
 * The longest session that a role allowed when it was less than requested, so that later requests do not fail
 * every time. Not secret; stored next to the sessions.
 *
 * @module
 */

import { readTextFile } from "../system/text_file.ts";
import { transformFile } from "../system/transform_file.ts";
import { entryName } from "./cache.ts";

/** An administrator may have raised a role's limit since: after a day it is tried again. */
const REMEMBERED_MS = 24 * 3_600_000;

/** The granted durations in one folder. */
export class GrantedDurations {
  readonly #folder: string;
  readonly #now: () => number;

  /**
   * @param folder the program's cache folder
   * @param now milliseconds since 1970
   */
  constructor(folder: string, now: () => number) {
    this.#folder = `${folder}/granted`;
    this.#now = now;
  }

  /** The duration that a role granted recently, seconds. Never throws: an unreadable entry counts as none. */
  last(roleArn: string): number | undefined {
    try {
      const text = readTextFile(this.#path(roleArn))?.text;
      const entry: unknown = text === undefined ? undefined : JSON.parse(text);
      if (typeof entry !== "object" || entry === null) return undefined;
      const { role, seconds, time } = Object.fromEntries(Object.entries(entry));
      const valid = role === roleArn && typeof seconds === "number" && typeof time === "number" &&
        time <= this.#now() && this.#now() - time < REMEMBERED_MS;
      return valid ? seconds : undefined;
    } catch {
      return undefined;
    }
  }

  /** Remembers the duration that a role granted, seconds. Never throws: at worst it is requested again. */
  async remember(roleArn: string, seconds: number): Promise<void> {
    try {
      const text = JSON.stringify({ role: roleArn, seconds, time: this.#now() }) + "\n";
      await transformFile(this.#path(roleArn), () => text);
    } catch {
      // Only an optimization; the session is there.
    }
  }

  #path(roleArn: string): string {
    return `${this.#folder}/${entryName({ role: roleArn })}`;
  }
}
