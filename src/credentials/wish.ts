/**
 * What callers and the process that signs in leave for each other, as text; pure.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";

/** What a caller waits for, as another process can take it up. */
export interface Wish {
  readonly id: string;
  /** When its caller came, milliseconds since 1970. */
  readonly since: number;
  /** In words, for others who wait. */
  readonly title: string;
  /** Names its settings: what became of them is left under it, for all who asked in the same way. */
  readonly settings: string;
  /** The flags of the sign-in by name, from wherever they came. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  /** The session policy, as it was read: a pipe, as of a shell's `<(…)`, cannot be read twice. */
  readonly policy?: string | undefined;
  /** What it is for, for the pages. */
  readonly asker?: string | undefined;
}

/** A failure, and when it was told, milliseconds since 1970. */
export interface ToldFailure {
  readonly error: UserError;
  readonly time: number;
}

/** The name of a wish's file; it sorts by age, so that the oldest is found without reading all. */
export function wishFile({ id, since }: Pick<Wish, "id" | "since">): string {
  return `wish-${since}-${id}.json`;
}

/** When the caller came whose wish has this name; `undefined` for another file's name. */
export function sinceOf(name: string): number | undefined {
  const since = /^wish-(\d+)-.*\.json$/.exec(name)?.[1];
  return since === undefined ? undefined : Number(since);
}

/** The wish in a file of this name, or `undefined` when it is none. */
export function wishIn(text: string, name: string): Wish | undefined {
  const wish = parsed(text);
  return isWish(wish) && name === wishFile(wish) ? wish : undefined;
}

/** A failure as it is written. */
export function failureText(error: UserError, time: number): string {
  const { code, message, hint, exitCode } = error;
  return JSON.stringify({ code, message, hint, exitCode, time });
}

/** The failure that was written, or `undefined` for what is none. */
export function failureIn(text: string): ToldFailure | undefined {
  const value = parsed(text);
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [code, message, hint] = ["code", "message", "hint"].map((name) => fields.get(name));
  const time = fields.get("time");
  const exitCode = Object.values(ExitCode).find((each) => each === fields.get("exitCode"));
  if (typeof code !== "string" || typeof message !== "string" || typeof time !== "number") {
    return undefined;
  }
  const error = new UserError(code, message, {
    exitCode: exitCode ?? ExitCode.FAULT,
    hint: typeof hint === "string" ? hint : undefined,
  });
  return { error, time };
}

/** What JSON says, or `undefined` for what is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A number of an object. */
export function numberIn(value: unknown, name: string): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const number = new Map<string, unknown>(Object.entries(value)).get(name);
  return typeof number === "number" ? number : undefined;
}

function isWish(value: unknown): value is Wish {
  return typeof value === "object" && value !== null &&
    "id" in value && typeof value.id === "string" &&
    "since" in value && typeof value.since === "number" &&
    "title" in value && typeof value.title === "string" &&
    // It becomes part of a path.
    "settings" in value && /^[0-9a-f]{32}\.json$/.test(String(value.settings)) &&
    "flags" in value && typeof value.flags === "object" && value.flags !== null &&
    Object.values(value.flags).every((texts: unknown) =>
      Array.isArray(texts) && texts.every((text) => typeof text === "string")
    ) &&
    (!("policy" in value) || typeof value.policy === "string") &&
    (!("asker" in value) || typeof value.asker === "string");
}
