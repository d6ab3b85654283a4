/**
 * What a person reads of the events of a sign-in, and what a log has of them; pure.
 *
 * @module
 */

import { messageOf, type UserError } from "../errors.ts";
import type { SignInEvent } from "../sign_in/events.ts";
import { signedInSentence } from "../sign_in/outcome.ts";
import { plural, span, UNPRINTABLE } from "../text.ts";

/** A line and how it looks. */
export interface Line {
  readonly text: string;
  readonly mood: "normal" | "soft" | "good" | "bad" | "warn";
}

function said(...texts: readonly string[]): readonly Line[] {
  return texts.map((text) => ({ text, mood: "normal" }));
}

function soft(...texts: readonly string[]): readonly Line[] {
  return texts.map((text) => ({ text, mood: "soft" }));
}

/** What is around the words of an event. */
interface Shown {
  /** Whether the time left is drawn below them. */
  readonly counted?: boolean;
  /** Whether the terminal is another program's by now, so that Ctrl-C is none of ours. */
  readonly aside?: boolean;
}

/** The words of an event. */
export function linesOf(
  event: SignInEvent,
  now: number,
  { counted = false, aside = false }: Shown = {},
): readonly Line[] {
  switch (event.kind) {
    case "queued":
      return said(
        `Another sign-in has port ${event.port}${event.holder ? ` (${event.holder})` : ""}; ` +
          "waiting for it to end",
      );
    case "listening": {
      const { acs, until } = event;
      const wait = until === undefined ? "" : ` for ${span(until - now)}`;
      const { ifConsole = stillAws(acs) } = event;
      const elsewhere = soft(...`If the AWS console opens instead, ${ifConsole}`.split("\n"));
      const { endpoint, container } = event;
      return [
        ...said(...startLines(event)),
        // Where the console is what was asked for, it says nothing of the IdP.
        ...event.console || aside ? [] : elsewhere,
        ...said(...endpoint === undefined ? [] : [`The assertion goes to ${endpoint}, not to AWS`]),
        ...said(...aside ? [] : container?.split("\n") ?? []),
        ...said(...counted || aside ? [] : [`Waiting on ${acs}${wait} (Ctrl-C to cancel)`]),
      ];
    }
    case "pasting":
      return pasteLines(event);
    case "pasted":
      return soft(`Read ${plural(event.characters, "character")}`);
    case "browser-opened":
      return soft(`Opened your browser (${programName(event.by)})`);
    case "browser-failed":
      return [{ text: `No browser was opened: ${event.reason}`, mood: "warn" }];
    case "tunnel":
      return said(...event.hint.split("\n"));
    case "refused":
      return errorLines(event.error, "Sign-in rejected: ");
    case "asking":
      return said(counted ? event.message : `${event.message}, ${span(event.until - now)} left`);
    case "exchanging":
      return soft(`Requesting credentials from STS (${event.region})`);
    case "signed-in":
      return [
        { text: signedInSentence(event.signedIn, now), mood: "good" },
        ...said(event.delivered),
      ];
    case "progress":
      return [];
    case "success":
      return [{ text: event.message, mood: "good" }];
    case "notice":
      return said(event.message);
    case "warning":
      return [{ text: `Warning: ${event.message}`, mood: "warn" }];
    case "detail":
      return soft(event.message);
  }
}

/** What an IdP does that is set up for the console alone, and what to ask for. */
function stillAws(acs: string): string {
  return `your identity provider still posts to AWS, not to ${acs}\n` +
    "  (ask its administrator to add that address as another ACS (reply) URL of the AWS application)";
}

/** How the sign-in begins. */
function startLines(
  { start, opens }: Extract<SignInEvent, { readonly kind: "listening" }>,
): readonly string[] {
  if (start === undefined) {
    return [
      "Start the sign-in to AWS at your identity provider, " +
      "for example by clicking the AWS tile in your company's portal",
    ];
  }
  return opens === undefined ? [`Sign in at ${start}`] : openingLines(opens, start);
}

/** The address is on a line of its own, where it fits 80 columns. */
function openingLines(opens: string, address: string): readonly string[] {
  return [
    `Opening your browser to sign in (${programName(opens)}). If it does not open, go to`,
    `  ${address}`,
  ];
}

/** How a Response gets here that no port takes. */
function pasteLines(
  { from, startUrl, opens, endpoint }: Extract<SignInEvent, { readonly kind: "pasting" }>,
): readonly Line[] {
  const elsewhere = endpoint === undefined
    ? []
    : said(`The assertion goes to ${endpoint}, not to AWS`);
  if (from === "stdin") return [...said("Reading the SAML Response from stdin"), ...elsewhere];
  const start = startUrl === undefined
    ? ["Sign in to AWS at your identity provider, in a browser on any machine"]
    : opens === undefined
    ? ["Sign in with a browser on any machine, at", `  ${startUrl}`]
    : openingLines(opens, startUrl);
  return [
    ...said(...start, "Then paste the SAML Response here. It is not shown (Ctrl-C to cancel)"),
    ...soft(
      "  To find it, press F12 in the browser before you sign in, and turn on Preserve log (Persist",
      "  Logs) in the Network tab; then copy SAMLResponse from the payload of the POST to .../saml",
    ),
    ...elsewhere,
  ];
}

/** A program without its folder. */
export function programName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}

/** The fields of a JSON log line; errors and credentials are taken apart by hand, never as they are. */
export function fieldsOf(
  event: SignInEvent | { readonly kind: "error"; readonly error: UserError },
): Record<string, unknown> {
  switch (event.kind) {
    case "error":
    case "refused": {
      const { code, message, hint, exitCode } = event.error;
      return { code, message, hint, exitCode };
    }
    case "signed-in": {
      const { role, person, credentials, shortenedTo } = event.signedIn;
      const expiration = new Date(credentials.expiration).toISOString();
      return { role: role.text, person, expiration, shortenedTo, delivered: event.delivered };
    }
    default: {
      const { kind: _, ...fields } = event;
      return fields;
    }
  }
}

/** A message and its hint as text for a terminal, the hint indented. */
export function errorText(error: Pick<UserError, "message" | "hint">, prefix: string): string {
  return errorLines(error, prefix).map(({ text }) => `${oneLine(text)}\n`).join("");
}

/** A message and its hint as lines, the hint indented. */
export function errorLines(
  error: Pick<UserError, "message" | "hint">,
  prefix: string,
): readonly Line[] {
  const hints = error.hint === undefined ? [] : error.hint.split("\n");
  return [
    { text: `${prefix}${error.message}`, mood: "bad" },
    ...hints.map((line): Line => ({ text: `  ${line}`, mood: "normal" })),
  ];
}

/** The messages of what led to an error, without those that another one contains. */
export function causesOf(error: UserError): readonly string[] {
  const messages = new Set<string>([error.message]);
  let each: unknown = error.cause;
  // A chain that leads back to itself has an end, too.
  for (let depth = 0; each !== undefined && depth < 10; depth++) {
    messages.add(messageOf(each));
    each = each instanceof Error ? each.cause : undefined;
  }
  const all = [...messages];
  return all.slice(1).filter((one) => !all.some((other) => other !== one && other.includes(one)));
}

/**
 * Text from the network in a form that can neither drive the terminal nor pass for a line of our own:
 * line breaks become blanks, other control characters and those that turn the direction of writing are
 * replaced.
 */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replace(UNPRINTABLE, "\ufffd");
}
