/**
 * The role that was chosen last for the same settings, so that it comes first the next time, and so that a
 * profile without a role only asks once. Not secret: a role's ARN and its provider's.
 *
 * @module
 */

import { readTextFile } from "../system/text_file.ts";
import { canonical, entryName, type SessionKey } from "./cache.ts";

/** The ARNs of a chosen role and of its provider. */
export interface Choice {
  readonly roleArn: string;
  readonly providerArn: string;
}

/** The choices in one folder. */
export class Choices {
  readonly #folder: string;

  /** @param folder the program's cache folder */
  constructor(folder: string) {
    this.#folder = `${folder}/choices`;
  }

  /** The last choice for these settings. Never throws: an unreadable entry counts as none. */
  last(settings: SessionKey): Choice | undefined {
    try {
      const file = readTextFile(this.#path(settings));
      // A file that others could have written must not choose a role.
      if (file === undefined || file.foreign || file.wide) return undefined;
      const choice: unknown = JSON.parse(file.text);
      if (typeof choice !== "object" || choice === null) return undefined;
      const { settings: key, roleArn, providerArn } = Object.fromEntries(Object.entries(choice));
      if (key !== canonical(settings)) return undefined;
      return typeof roleArn === "string" && typeof providerArn === "string"
        ? { roleArn, providerArn }
        : undefined;
    } catch {
      return undefined;
    }
  }

  /** Remembers a choice; throws a UserError, exit code 8, when it cannot be written. */
  async remember(settings: SessionKey, choice: Choice): Promise<void> {
    const { roleArn, providerArn } = choice;
    const entry = { settings: canonical(settings), roleArn, providerArn };
    // Loaded late: an answer from the cache writes nothing.
    const { writePrivate } = await import("./private_file.ts");
    await writePrivate(this.#path(settings), `${JSON.stringify(entry)}\n`);
  }

  #path(settings: SessionKey): string {
    return `${this.#folder}/${entryName(settings)}`;
  }
}
