/**
 * A folder in which processes of one user leave small files for each other: whole or not at all, and
 * believed only when nobody else could have written them.
 *
 * @module
 */

import { attempt } from "../system/file_trouble.ts";
import { readTextFile } from "../system/text_file.ts";

/** A folder that is made, 0700, when something is left in it. */
export class SharedFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Everything in it; `undefined` when it is not there. */
  names(): readonly string[] | undefined {
    try {
      return [...Deno.readDirSync(this.path)].map(({ name }) => name);
    } catch {
      return undefined;
    }
  }

  /** When a file was touched, milliseconds since 1970; `undefined` when it is not there. */
  touched(name: string): number | undefined {
    try {
      return Deno.lstatSync(`${this.path}/${name}`).mtime?.getTime() ?? 0;
    } catch {
      return undefined;
    }
  }

  /** Touches a file that is there, at a time in milliseconds since 1970. */
  touch(name: string, time: number): void {
    try {
      Deno.utimeSync(`${this.path}/${name}`, new Date(time), new Date(time));
    } catch {
      // Gone already.
    }
  }

  /** The text of a file. What others may have written is not read: a wish names a program to start. */
  read(name: string): string | undefined {
    try {
      const file = readTextFile(`${this.path}/${name}`);
      return file === undefined || file.foreign || file.wide ? undefined : file.text;
    } catch {
      return undefined;
    }
  }

  /**
   * Makes the folder.
   *
   * @throws UserError exit code 8
   */
  make(): void {
    attempt(
      `${this.path}/sign-in.lock`,
      () => Deno.mkdirSync(this.path, { recursive: true, mode: 0o700 }),
    );
  }

  /**
   * Writes a file, so that no reader sees half of it. Nothing here must survive a power cut.
   *
   * @throws UserError exit code 8
   */
  write(name: string, text: string): void {
    const path = `${this.path}/${name}`;
    const beside = `${path}.${crypto.randomUUID()}.new`;
    this.make();
    attempt(path, () => {
      Deno.writeTextFileSync(beside, text, { mode: 0o600, createNew: true });
      Deno.renameSync(beside, path);
    });
  }

  /** Adds to a file. Best effort: the folder may have been removed, or the disk be full. */
  append(name: string, text: string): void {
    try {
      Deno.writeTextFileSync(`${this.path}/${name}`, text, { append: true, mode: 0o600 });
    } catch {
      // What nobody can be told ends nothing.
    }
  }

  /** The lines of a file that others add to; one that is still being written is left out. */
  lines(name: string): readonly string[] {
    try {
      // Not as strict as reading whole files: the end may be half a character.
      const text = Deno.readTextFileSync(`${this.path}/${name}`);
      return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter(Boolean);
    } catch {
      return [];
    }
  }

  /** Removes a file; one that is gone is no error. */
  remove(name: string): void {
    try {
      Deno.removeSync(`${this.path}/${name}`);
    } catch {
      // Gone already.
    }
  }
}
