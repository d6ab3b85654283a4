/**
 * What is remembered next to the sessions, none of it secret: the role that was chosen last, and the longest
 * session that a role allowed.
 *
 * @module
 */

import { ifPossible } from "../errors.ts";
import { inFolder } from "../system/paths.ts";
import { privateFields, readTextFile } from "../system/text_file.ts";
import { fieldsOf } from "../text.ts";
import { canonical, entryName, type SessionKey } from "./cache.ts";

/** The ARNs of a chosen role and of its provider, and who signed in for it. */
export interface Choice {
  readonly roleArn: string;
  readonly providerArn: string;
  /** The RoleSessionName; `undefined` where it is not known. */
  readonly person?: string | undefined;
}

/** The choices in one folder. */
export class Choices {
  readonly #folder: string;

  /** @param folder the program's cache folder */
  constructor(folder: string) {
    this.#folder = inFolder(folder, "choices");
  }

  /** The last choice for these settings. Never throws: an unreadable entry counts as none. */
  last(settings: SessionKey): Choice | undefined {
    // A file that others could have written must not choose a role.
    const fields = privateFields(this.#path(settings));
    if (fields.get("settings") !== canonical(settings)) return undefined;
    const [roleArn, providerArn, person] = ["roleArn", "providerArn", "person"]
      .map((name) => fields.get(name));
    return typeof roleArn === "string" && typeof providerArn === "string"
      ? { roleArn, providerArn, ...(typeof person === "string" && { person }) }
      : undefined;
  }

  /** Remembers a choice; throws a UserError, exit code 8, when it cannot be written. */
  async remember(settings: SessionKey, choice: Choice): Promise<void> {
    const { roleArn, providerArn, person } = choice;
    const entry = { settings: canonical(settings), roleArn, providerArn, person };
    // Most often it is the same one.
    const last = this.last(settings);
    if (canonical({ ...last }) === canonical({ roleArn, providerArn, person })) return;
    // Loaded late: an answer from the cache writes nothing.
    const { writePrivate } = await import("./private_file.ts");
    await writePrivate(this.#path(settings), `${JSON.stringify(entry)}\n`);
  }

  #path(settings: SessionKey): string {
    return inFolder(this.#folder, entryName(settings));
  }
}

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
    this.#folder = inFolder(folder, "granted");
    this.#now = now;
  }

  /** The duration that a role granted recently, seconds. Never throws: an unreadable entry counts as none. */
  last(roleArn: string): number | undefined {
    const path = this.#path(roleArn);
    const fields = fieldsOf(ifPossible(() => JSON.parse(readTextFile(path)?.text ?? "")));
    const [role, seconds, time] = ["role", "seconds", "time"].map((name) => fields.get(name));
    const valid = role === roleArn && typeof seconds === "number" && typeof time === "number" &&
      time <= this.#now() && this.#now() - time < REMEMBERED_MS;
    return valid ? seconds : undefined;
  }

  /** Remembers the duration that a role granted, seconds. Never throws: at worst it is requested again. */
  async remember(roleArn: string, seconds: number): Promise<void> {
    try {
      const text = JSON.stringify({ role: roleArn, seconds, time: this.#now() }) + "\n";
      const { transformFile } = await import("../system/transform_file.ts");
      await transformFile(this.#path(roleArn), () => text);
    } catch {
      // Only an optimization; the session is there.
    }
  }

  #path(roleArn: string): string {
    return inFolder(this.#folder, entryName({ role: roleArn }));
  }
}
