/**
 * The questions of a sign-in on the terminal, where there is no tab to ask in.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../text.ts";
import type { Dialog } from "../system/dialog.ts";
import { Deadline } from "../wait.ts";
import type { ConversationWorld, Next, Question, RoleChoice, TerminalQuestion } from "./next.ts";

/**
 * Answers a question, by asking the person where that is needed: whoever pasted the Response has said that it is theirs, and
 * one role needs no choice.
 *
 * @throws UserError exit code 2 without anybody to ask, 4 without an answer in time, 130 when the person leaves
 */
export async function answerOnTerminal(
  question: Question,
  world: Pick<ConversationWorld, "pasting" | "now" | "signal">,
): Promise<Next> {
  const { onTerminal } = question;
  const form = onTerminal === undefined
    ? { confirm: "" }
    : onTerminal.kind === "roles" && onTerminal.roles.length === 1
    ? { role: onTerminal.roles[0]?.key ?? "" }
    : await asked(onTerminal, question, world);
  // STS would only say that it is too old.
  if (world.now() >= question.read.redeemableUntil) throw tooLate();
  const answer = question.answer(new URLSearchParams(form));
  if (answer === undefined) throw new Error("the answer on the terminal is none");
  return await answer.use();
}

async function asked(
  onTerminal: TerminalQuestion,
  { read }: Question,
  { pasting, now, signal }: Pick<ConversationWorld, "pasting" | "now" | "signal">,
): Promise<Record<string, string>> {
  using deadline = new Deadline(Math.max(0, read.redeemableUntil - now()), signal);
  using dialog = await pasting.openDialog(deadline.signal);
  if (dialog === undefined) throw nobodyThere(onTerminal);
  try {
    if (onTerminal.kind === "roles") return { role: await chosenRole(onTerminal, dialog) };
    const line = await answerTo(`${onTerminal.question} [y/N] `, dialog);
    if (/^y(?:es)?$/i.test(line)) return { confirm: "" };
    throw cancelled();
  } catch (error) {
    signal.throwIfAborted();
    throw deadline.passed ? tooLate() : error;
  }
}

/** Shows the roles with numbers, and asks for one until it is one of them. */
async function chosenRole(
  { roles, last }: Extract<TerminalQuestion, { readonly kind: "roles" }>,
  dialog: Dialog,
): Promise<string> {
  const sorted = inOrder(roles);
  const width = String(sorted.length).length;
  const lines = sorted.map((role, index) =>
    `  ${String(index + 1).padStart(width)}  ${labelOf(role)}\n`
  );
  dialog.write(`\n${lines.join("")}\n`);
  const before = sorted.findIndex(({ key }) => key === last);
  const fallback = before < 0 ? "" : String(before + 1);
  const prompt = `Role, 1 to ${sorted.length}${fallback && ` [${fallback}]`}: `;
  while (true) {
    const line = await answerTo(prompt, dialog) || fallback;
    const chosen = /^\d{1,6}$/.test(line)
      ? sorted[Number(line) - 1]
      : sorted.find(({ arns }) => arns.role.text === line);
    if (chosen !== undefined) return chosen.key;
    dialog.write(`  Enter a number from 1 to ${sorted.length}\n`);
  }
}

async function answerTo(prompt: string, dialog: Dialog): Promise<string> {
  dialog.write(prompt);
  let line: string | undefined;
  try {
    line = await dialog.readLine();
  } finally {
    // The cursor still stands behind the prompt.
    if (line === undefined) dialog.write("\n");
  }
  if (line === undefined) throw cancelled();
  return line.trim();
}

/** For people: by account and name, `dev2` before `dev10`. */
function inOrder(roles: readonly RoleChoice[]): readonly RoleChoice[] {
  const { compare } = new Intl.Collator("en", { numeric: true });
  return roles.toSorted((a, b) =>
    compare(a.accountName ?? a.account, b.accountName ?? b.account) || compare(a.name, b.name)
  );
}

function labelOf({ account, accountName, name, provider }: RoleChoice): string {
  const where = accountName === undefined ? account : `${foreign(accountName)} (${account})`;
  return `${where}  ${name}${provider === undefined ? "" : ` through ${provider}`}`;
}

function cancelled(): UserError {
  return new UserError("cancelled", "Canceled", { exitCode: ExitCode.INTERRUPTED });
}

function tooLate(): UserError {
  return new UserError("no-answer", "The question was not answered before the sign-in expired", {
    exitCode: ExitCode.NO_ASSERTION,
    hint: "Run the command again.",
  });
}

/** The most roles that a message lists. */
const MOST_LISTED = 50;

function nobodyThere(onTerminal: TerminalQuestion): UserError {
  if (onTerminal.kind === "confirm") {
    return new UserError(
      "confirm-unasked",
      "Cannot remove profiles without a terminal to confirm it on",
      {
        exitCode: ExitCode.USAGE,
        hint: "Run the command on a terminal, or leave out --prune.",
      },
    );
  }
  const roles = inOrder(onTerminal.roles);
  const flags = roles.slice(0, MOST_LISTED).map(({ arns, provider }) =>
    `  --role-arn ${arns.role.text}` +
    (provider === undefined ? "" : ` --saml-provider-arn ${arns.provider.text}`)
  );
  const more = roles.length > MOST_LISTED ? [`  and ${roles.length - MOST_LISTED} more`] : [];
  return new UserError(
    "role-unasked",
    `Cannot choose one of ${roles.length} roles without a terminal to ask on`,
    {
      exitCode: ExitCode.USAGE,
      hint: ["Sign in again with one of:", ...flags, ...more].join("\n"),
      parts: { roles: roles.map(({ arns: { role } }) => role) },
    },
  );
}
