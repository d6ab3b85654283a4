/**
 * Asking a person for a value at the terminal, until it is one that can be used.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Dialog } from "../system/dialog.ts";
import { errorText } from "./event_lines.ts";

/** What is asked for. */
export interface Question<T> {
  /** What stands before the cursor. */
  readonly prompt: string;
  /** What Enter alone stands for. Default: nothing. */
  readonly fallback?: string | undefined;
  /** Makes a value of the answer; a UserError is shown, and the question is asked again. */
  readonly read: (answer: string) => T;
}

/**
 * Asks, and asks again with the reason when an answer is refused.
 *
 * @throws UserError exit code 130 when the person leaves by Ctrl-C or Ctrl-D
 */
export async function ask<T>(
  dialog: Pick<Dialog, "write" | "readLine">,
  { prompt, fallback = "", read }: Question<T>,
): Promise<T> {
  while (true) {
    dialog.write(prompt);
    const line = await answerTo(dialog);
    try {
      return read(checked(line.trim()) || fallback);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      dialog.write(errorText(error, "  "));
    }
  }
}

async function answerTo(dialog: Pick<Dialog, "write" | "readLine">): Promise<string> {
  let line: string | undefined;
  try {
    line = await dialog.readLine();
  } finally {
    // The cursor still stands behind the prompt.
    if (line === undefined) dialog.write("\n");
  }
  if (line === undefined) {
    throw new UserError("cancelled", "Canceled", { exitCode: ExitCode.INTERRUPTED });
  }
  return line;
}

/** Arrow keys, what a web page hides in copied text, and half of a letter are no part of an answer. */
function checked(answer: string): string {
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u.test(answer)) {
    throw new UserError(
      "answer-unprintable",
      "Cannot use that: it contains invisible or unreadable characters",
      {
        exitCode: ExitCode.USAGE,
      },
    );
  }
  return answer;
}
