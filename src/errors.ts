/**
 * The one error family of the program, typed by what the edge must do with it: print a message and a
 * hint, and end with an exit code.
 *
 * @module
 */

/** Every exit code that the program itself chooses (`exec` adds its child's own). */
export const ExitCode = {
  /** Delivered. */
  OK: 0,
  /** A fault of this program. */
  FAULT: 1,
  /** Flags: unknown, missing, malformed, in conflict. */
  USAGE: 2,
  /** The port is not ours on both loopback addresses. */
  PORT: 3,
  /** No assertion came in time. */
  NO_ASSERTION: 4,
  /** The last assertion that came could not be used. */
  BAD_ASSERTION: 5,
  /** STS, or the console's sign-in, refused. */
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

/** What a {@linkcode UserError} carries beside its message. */
export interface UserErrorOptions {
  /** What the process ends with. */
  readonly exitCode: ExitCode;
  /** What the person should do now: one or more lines, printed below the message. */
  readonly hint?: string | undefined;
  /** The error that led here; kept for `--verbose`, never printed otherwise. */
  readonly cause?: unknown;
}

/**
 * Something a person can mend. `message` says what failed, what is and what was wanted, in one sentence
 * without a full stop; `hint` says what to do. Neither ever carries a secret.
 *
 * Anything else that is thrown is a fault of this program and reaches the edge untouched.
 */
export class UserError extends Error {
  // A literal, never `constructor.name`: minifying changes that.
  override readonly name = "UserError";
  /** What the process ends with. */
  readonly exitCode: ExitCode;
  /** What the person should do now. */
  readonly hint: string | undefined;

  /**
   * @param code a stable name for scripts and `--log-format json`, in kebab case: `port-taken`
   * @param message what failed, in one sentence without a full stop
   * @param options the exit code, and a hint and a cause where there are any
   */
  constructor(readonly code: string, message: string, options: UserErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode;
    this.hint = options.hint;
  }
}

/** The message of anything that can be thrown; for an unknown cause inside another sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
