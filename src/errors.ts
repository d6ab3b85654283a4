/**
 * The one error class of the program, typed by what the edge must do with it: print a message and a hint,
 * and exit with a code.
 *
 * @module
 */

/** Every exit code of the program itself (`exec` adds its child's). */
export const ExitCode = {
  /** Delivered. */
  OK: 0,
  /** A bug in this program. */
  FAULT: 1,
  /** Flags: unknown, missing, malformed or in conflict. */
  USAGE: 2,
  /** The port could not be bound on both loopback addresses. */
  PORT: 3,
  /** Timed out waiting for an assertion. */
  NO_ASSERTION: 4,
  /** The last assertion that arrived could not be used. */
  BAD_ASSERTION: 5,
  /** Refused by STS, or by the console's sign-in. */
  REFUSED: 6,
  /** STS, or the console's sign-in, could not be reached. */
  UNREACHABLE: 7,
  /** A profile or cache file could not be read or written. */
  FILE: 8,
  /** A sign-in is needed and `--no-interactive` forbids it. */
  SIGN_IN_NEEDED: 9,
  /** `exec`: the command could not be run. */
  NOT_EXECUTABLE: 126,
  /** `exec`: the command was not found. */
  NOT_FOUND: 127,
  /** Interrupted: Ctrl-C, or Cancel in the browser. */
  INTERRUPTED: 130,
  /** Terminated. */
  TERMINATED: 143,
} as const;

/** One of the values of {@linkcode ExitCode}. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The parts of a {@linkcode UserError} besides its message. */
export interface UserErrorOptions {
  /** The exit code of the process. */
  readonly exitCode: ExitCode;
  /** What to do now: one or more lines, printed below the message. */
  readonly hint?: string | undefined;
  /** The error that led here; only printed with `--verbose`. */
  readonly cause?: unknown;
  /** What its page shows in a form of its own. */
  readonly parts?: ErrorParts | undefined;
  /** The environment variable that is to blame, where one is. */
  readonly variable?: string | undefined;
}

/** What a page shows as a list, a block or a sentence of its own. The hint has it as lines of text. */
export interface ErrorParts {
  /** Instead of the headline that pages have for the code. */
  readonly headline?: string | undefined;
  /** The hint without what the other parts say. */
  readonly hint?: string | undefined;
  /** Who signed in, by the assertion. */
  readonly person?: string | undefined;
  /** The roles that there are, the likeliest first. */
  readonly roles?: readonly RoleName[] | undefined;
  /** The one of them that was most likely meant. */
  readonly meant?: RoleName | undefined;
  /** The trust policy that would allow it, JSON. */
  readonly policy?: string | undefined;
}

/** A role as people read it. */
export interface RoleName {
  readonly account: string;
  /** With its path. */
  readonly name: string;
  /** Its ARN. */
  readonly text: string;
}

/**
 * Something that a person can fix. `message` says what failed, what is and what was wanted, in one sentence
 * without a final period; `hint` says what to do. Neither ever contains a secret.
 *
 * Anything else that is thrown is a bug in this program and reaches the edge unchanged.
 */
export class UserError extends Error implements Omit<UserErrorOptions, "cause"> {
  // A literal, never `constructor.name`: minifying changes that.
  override readonly name = "UserError";
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly parts: ErrorParts;
  readonly variable: string | undefined;

  /**
   * @param code a stable name for scripts and `--log-format json`, in kebab case: `port-taken`
   * @param message what failed, in one sentence without a final period
   * @param options the exit code, with a hint and a cause if there are any
   */
  constructor(readonly code: string, message: string, options: UserErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode;
    this.hint = options.hint;
    this.parts = options.parts ?? {};
    this.variable = options.variable;
  }

  /** The same error with more for its page, and with another hint where one is given. */
  with(parts: ErrorParts, hint: string | undefined = this.hint): UserError {
    const { code, message, exitCode, variable } = this;
    return new UserError(code, message, {
      exitCode,
      variable,
      hint,
      cause: this,
      parts: { ...this.parts, ...parts },
    });
  }
}

/** Does what may fail; `undefined` when it does, where nobody needs to know why. */
export function ifPossible<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The reason that the operating system gave, for a message of ours: `No such file or directory`. Deno
 * appends a number and a path to it, and Windows a period.
 */
export function systemReason(error: unknown): string {
  return messageOf(error).replace(/\.? \(os error \d+\).*$/s, "");
}

/** What an action gives, or what is made of the UserError that it throws; anything else is a bug, and goes on. */
export function recovered<T, U>(action: () => T, recover: (error: UserError) => U): T | U {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) return recover(error);
    throw error;
  }
}
