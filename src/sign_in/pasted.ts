/**
 * A sign-in without the port: the person pastes the Response, or it comes from stdin. What the browser would
 * be asked is asked on the terminal.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { copiedResponse } from "../saml/copied_response.ts";
import { unreadable } from "../saml/encoding.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { Dialog, HiddenInput } from "../system/dialog.ts";
import { foreign, span } from "../text.ts";
import { Deadline } from "../wait.ts";
import type { ConversationWorld, Next, Question, RoleChoice, TerminalQuestion } from "./next.ts";
import { type ConversationRequest, opensBrowser } from "./request.ts";
import type { Begun, SentRequests } from "./idp_requests.ts";

/** The most characters that are read: STS takes 100,000 of base64, and percent-encoding makes them more. */
const MOST_CHARACTERS = 400_000;

/** What a terminal may put around a paste. */
// deno-lint-ignore no-control-regex
const BRACKETS = /\x1b\[20[01]~/g;

/**
 * Reads one Response and uses it.
 *
 * @throws UserError with the exit code of what ended it: a Response that cannot be used does so at once
 */
export async function usePasted(
  request: ConversationRequest,
  world: ConversationWorld,
  purpose: Begun,
): Promise<void> {
  const { watch, now, signal } = world;
  signal.throwIfAborted();
  // Beside the paste; who uses them says what is wrong.
  const reader = world.loadReader();
  Promise.all([reader, purpose.prepare?.()]).catch(() => {});
  const { field, solicited } = await pastedField(request, world, purpose.requests);
  // Where nobody could send our request, the answer to another one is as good: the person has it from the IdP.
  const requests = solicited ? purpose.requests?.ids : undefined;
  const read = readWith(await reader, field, { ...purpose.expected, requests }, now());
  for (const message of [read.clock ?? [], read.warnings ?? []].flat()) {
    watch({ kind: "warning", message });
  }
  signal.throwIfAborted();
  let next: Next = await purpose.use(read);
  while (next.kind === "ask") next = await answerOnTerminal(next.question, world);
  if (next.kind === "deliver") next = await next.work();
  switch (next.kind) {
    case "done":
      return;
    case "refused":
    case "failed":
      throw next.error;
    default:
      throw new Error(`a pasted sign-in has no tab for "${next.kind}"`);
  }
}

function readWith(
  reader: Awaited<ReturnType<ConversationWorld["loadReader"]>>,
  ...args: Parameters<typeof reader>
): ReadAssertion {
  try {
    return reader(...args);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "assertion-unreadable") throw error;
    throw error.with({}, `${COPY_ALL}\n${error.hint ?? ""}`.trimEnd());
  }
}

const COPY_ALL = "Copy the whole value of SAMLResponse, and paste it again.";

/** Has the browser opened, and waits for the Response. */
async function pastedField(
  request: ConversationRequest,
  world: ConversationWorld,
  requests: Begun["requests"],
): Promise<{ readonly field: string; readonly solicited: boolean }> {
  const { browser, timeoutMs } = request;
  const { watch, now, signal, pasting } = world;
  await using input = await pasting.openInput();
  // What is piped in is there already; and nobody sees what opens on a machine that they reached by SSH.
  const opens = input.isTerminal && opensBrowser(request) &&
    (browser !== undefined || pasting.seesBrowser());
  const solicited = input.isTerminal && requests !== undefined;
  const startUrl = solicited ? requestUrl(await requests.send()) : request.startUrl;
  watch({
    kind: "pasting",
    from: input.isTerminal ? "terminal" : "stdin",
    startUrl: startUrl?.href,
    opens: opens ? await world.browserName(browser) : undefined,
    until: timeoutMs === undefined ? undefined : now() + timeoutMs,
  });
  using _opening = opens && startUrl !== undefined
    ? openBeside(startUrl, browser, world)
    : undefined;
  using deadline = timeoutMs === undefined ? undefined : new Deadline(timeoutMs, signal);
  try {
    const text = await pastedText(input, deadline?.signal ?? signal);
    if (text.trim() === "") throw nothingThere(input);
    watch({ kind: "pasted", characters: text.length });
    return { field: copiedResponse(text).field, solicited };
  } catch (error) {
    signal.throwIfAborted();
    throw deadline?.passed ? notPasted(timeoutMs) : error;
  }
}

/** The address that takes a request to the IdP; a form that posts it would need a page of ours. */
function requestUrl(way: Awaited<ReturnType<SentRequests["send"]>>): URL {
  if (way instanceof URL) return way;
  throw new UserError(
    "paste-binding",
    "Cannot use --paste with a request that is posted: nothing listens that could show its page",
    {
      exitCode: ExitCode.USAGE,
      hint: "Use --sso-binding redirect, or --start-url instead of --sso-url and --idp-metadata.",
    },
  );
}

/** Opens the browser beside the wait: one that hangs or fails ends nothing, and is not mentioned once it is over. */
function openBeside(
  url: URL,
  browser: string | undefined,
  { openBrowser, watch }: ConversationWorld,
): Disposable {
  let over = false;
  const failed = (error: unknown) => ({ opened: false as const, reason: messageOf(error) });
  openBrowser(url.href, browser).catch(failed).then((outcome) => {
    if (over) return;
    if (outcome.opened) watch({ kind: "browser-opened", by: outcome.by });
    else watch({ kind: "browser-failed", reason: outcome.reason });
  });
  return { [Symbol.dispose]: () => void (over = true) };
}

/**
 * Reads until the Response is whole or the person ends it: by an empty line, or by Ctrl-D.
 *
 * @throws UserError exit code 130 at Ctrl-C, where that is a character
 */
export async function pastedText(
  input: Pick<HiddenInput, "read" | "isTerminal">,
  signal: AbortSignal,
): Promise<string> {
  let text = "";
  while (true) {
    const more = await input.read(signal);
    if (more === undefined) return text;
    text = (text + more).replace(BRACKETS, "");
    // deno-lint-ignore no-control-regex
    const end = input.isTerminal ? text.search(/[\x03\x04]/) : -1;
    if (end >= 0) {
      if (text[end] === "\x04") return text.slice(0, end);
      throw new UserError("interrupted", "Interrupted", { exitCode: ExitCode.INTERRUPTED });
    }
    if (input.isTerminal && endsAtEmptyLine(text)) return text;
    if (text.length > MOST_CHARACTERS || copiedResponse(text).isWhole) return text;
  }
}

/** Whether a line is empty; one before the text ends it only where nothing else has come. */
function endsAtEmptyLine(text: string): boolean {
  const lines = text.trimStart().split(/\r\n|\r|\n/);
  if (lines.length === 1) return lines[0] === "" && /[\r\n]/.test(text);
  return lines.slice(0, -1).some((line) => line.trim() === "");
}

function nothingThere({ isTerminal }: HiddenInput): UserError {
  return unreadable(
    isTerminal ? "Nothing was pasted" : "Cannot read a SAML Response from stdin: it is empty",
    isTerminal
      ? "Run the command again, and paste the value of SAMLResponse."
      : "Pipe the value of SAMLResponse in, or run the command on a terminal and paste it there.",
  );
}

function notPasted(timeoutMs = 0): UserError {
  return new UserError("nothing-pasted", `No SAML Response was pasted within ${span(timeoutMs)}`, {
    exitCode: ExitCode.NO_ASSERTION,
    hint: "Run the command again, with a longer --timeout if necessary.",
  });
}

/**
 * Answers a question, by asking the person where that is needed: whoever pasted the Response has said that it is theirs, and
 * one role needs no choice.
 *
 * @throws UserError exit code 2 without anybody to ask, 4 without an answer in time, 130 when the person leaves
 */
async function answerOnTerminal(
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
  if (world.now() >= question.read.redeemableUntil) throw notAnswered();
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
    throw deadline.passed ? notAnswered() : error;
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

function notAnswered(): UserError {
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
