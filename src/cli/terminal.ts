/**
 * What the person reads while the product goes to stdout: progress, refusals, the outcome.
 *
 * It writes to the terminal itself where there is one, because SDKs swallow the stderr of a
 * credential_process, and to stderr otherwise.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import type { SignInEvent } from "../sign_in/events.ts";
import { signedInSentence, span } from "../sign_in/outcome.ts";
import type { TextStream } from "../system/deps.ts";

/** What a terminal is made of. */
export interface TerminalOptions {
  readonly stderr: TextStream;
  /** Opens the controlling terminal; `undefined` when there is none. Called once, late. */
  readonly openTerminal: () => TextStream | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly format: "text" | "json";
  readonly verbose: boolean;
  readonly colour: boolean;
  /** Whether a line can be drawn over: not on TERM=dumb. */
  readonly redraws: boolean;
}

/** Talks to the person. */
export class Terminal {
  readonly #options: TerminalOptions;
  #device: TextStream | undefined;
  /** Redraws the time left; only on a terminal. */
  #drawing: ReturnType<typeof setInterval> | undefined;
  #drawn = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /** Tells one event of a sign-in. */
  readonly watch = (event: SignInEvent): void => {
    if (event.kind === "detail" && !this.#options.verbose) return;
    if (this.#options.format === "json") return this.#log(event.kind, event);
    if (event.kind === "progress") return this.#drawBar(event.done, event.total);
    this.#erase();
    for (const line of linesOf(event, this.#options.now())) this.#line(line);
    if (event.kind === "listening" || event.kind === "refused") this.#draw(event.until);
    else if (event.kind === "asking") {
      this.#draw(event.until, "Waiting for your answer in the browser");
    } else if (event.kind === "exchanging" || event.kind === "signed-in") this.#stopDrawing();
  };

  /** The last word of a run that failed: always on stderr, and on the terminal if that is elsewhere. */
  fail(error: UserError): void {
    this.close();
    const { stderr, format } = this.#options;
    if (format === "json") return this.#log("error", { kind: "error", error });
    const text = errorText(error, "stssamldriver: ");
    stderr.write(text);
    // Only where the terminal was already in use: an SDK shows stderr itself for everything before.
    if (this.#device !== undefined && this.#device !== stderr && !stderr.isTerminal) {
      this.#device.write(text);
    }
  }

  /** Ends the drawing; what was said stays. */
  close(): void {
    this.#stopDrawing();
  }

  get #out(): TextStream {
    return this.#device ??= this.#options.openTerminal() ?? this.#options.stderr;
  }

  #line(line: Line): void {
    const { colour } = this.#options;
    const code = colour && this.#out.isTerminal ? COLOURS[line.mood] : undefined;
    const text = oneLine(line.text);
    this.#out.write(code === undefined ? `${text}\n` : `\x1b[${code}m${text}\x1b[0m\n`);
  }

  /** One line that counts down, drawn over itself. */
  #draw(until: number | undefined, what = "Waiting for the sign-in"): void {
    if (!this.#options.redraws || !this.#out.isTerminal || until === undefined) return;
    this.#stopDrawing();
    const draw = () => {
      const left = Math.max(0, until - this.#options.now());
      // An answer that is too late does not end the wait.
      const text = left === 0 ? "Waiting for the sign-in" : `${what}, ${clock(left)} left`;
      this.#out.write(`\r\x1b[2K${text}`);
      this.#drawn = true;
    };
    draw();
    this.#drawing = setInterval(draw, 1000);
  }

  #drawBar(done: number, total: number): void {
    this.#stopDrawing();
    if (!this.#out.isTerminal || done >= total) return;
    const filled = Math.round((done / total) * BAR_WIDTH);
    const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
    this.#out.write(`\r\x1b[2K[${bar}] ${done} of ${total}`);
    this.#drawn = true;
  }

  #erase(): void {
    if (this.#drawn) this.#out.write("\r\x1b[2K");
    this.#drawn = false;
  }

  #stopDrawing(): void {
    clearInterval(this.#drawing);
    this.#drawing = undefined;
    this.#erase();
  }

  #log(
    kind: string,
    event: SignInEvent | { readonly kind: "error"; readonly error: UserError },
  ): void {
    const time = new Date(this.#options.now()).toISOString();
    const json = JSON.stringify({ time, event: kind, ...fieldsOf(event) });
    // JSON leaves some characters alone that drive a terminal; escaped they mean the same.
    const escaped = json.replace(
      UNPRINTABLE,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    this.#options.stderr.write(`${escaped}\n`);
  }
}

/** A line and how it looks. */
interface Line {
  readonly text: string;
  readonly mood: "plain" | "soft" | "good" | "bad" | "warn";
}

const COLOURS: Readonly<Record<Line["mood"], string | undefined>> = {
  plain: undefined,
  soft: "2",
  good: "32",
  bad: "31",
  warn: "33",
};

/** Characters of a progress bar. */
const BAR_WIDTH = 30;

/** The words of an event; pure. */
export function linesOf(event: SignInEvent, now: number): readonly Line[] {
  const plain = (...texts: string[]): Line[] => texts.map((text) => ({ text, mood: "plain" }));
  switch (event.kind) {
    case "queued":
      return plain(
        `Another sign-in has port ${event.port}${event.holder ? ` (${event.holder})` : ""}; ` +
          `waiting for it to end`,
      );
    case "listening":
      return plain(
        ...(event.start === undefined
          ? ["Start the sign-in to AWS at your identity provider"]
          : [`Sign in at ${event.start}`, `It goes on to ${event.issuer}`]),
        `Waiting on ${event.acs}${
          event.until === undefined ? "" : ` for ${span(event.until - now)}`
        }`,
      );
    case "browser-opened":
      return [{ text: `Opened in the browser by ${event.by}`, mood: "soft" }];
    case "browser-failed":
      return [{ text: `No browser was opened: ${event.reason}`, mood: "warn" }];
    case "tunnel":
      return plain(...event.hint.split("\n"));
    case "refused":
      return [
        { text: `Not used: ${event.error.message}`, mood: "bad" },
        ...indented(event.error.hint).map((text) => ({ text, mood: "plain" as const })),
      ];
    case "asking":
      return plain(`${event.message}, ${span(event.until - now)} left`);
    case "exchanging":
      return [{ text: `Asking STS in ${event.region} for ${event.role}`, mood: "soft" }];
    case "signed-in":
      return [
        { text: signedInSentence(event.signedIn, now), mood: "good" },
        ...plain(event.delivered),
      ];
    case "progress":
      return [];
    case "notice":
      return plain(event.message);
    case "warning":
      return [{ text: `Warning: ${event.message}`, mood: "warn" }];
    case "detail":
      return [{ text: event.message, mood: "soft" }];
  }
}

/** The fields of a JSON log line; errors and credentials are taken apart by hand, never as they are. */
function fieldsOf(
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

/** A message and its hint as lines, the hint indented. */
export function errorText(error: Pick<UserError, "message" | "hint">, prefix: string): string {
  return [`${prefix}${error.message}`, ...indented(error.hint)].map(oneLine).join("\n") + "\n";
}

function indented(hint: string | undefined): readonly string[] {
  return hint === undefined ? [] : hint.split("\n").map((line) => `  ${line}`);
}

/** `4:09`, for the line that counts down. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// Control characters, line and paragraph separators, and those that turn the direction of writing.
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Text from the network in a form that can neither drive the terminal nor pass for a line of our own:
 * line breaks become blanks, other control characters and those that turn the direction of writing are
 * replaced.
 */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replace(UNPRINTABLE, "\ufffd");
}
