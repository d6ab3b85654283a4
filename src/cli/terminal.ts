/**
 * What the person reads while the product goes to stdout: progress, refusals, the outcome.
 *
 * It writes to the terminal itself where there is one, because SDKs swallow the stderr of a
 * credential_process, and to stderr otherwise.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import { printableJson } from "../text.ts";
import type { SignInEvent } from "../sign_in/events.ts";
import type { TextStream } from "../system/process.ts";
import { causesOf, errorLines, fieldsOf, type Line, linesOf, oneLine } from "./event_lines.ts";

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
  /** Whether it shows more than ASCII. */
  readonly unicode?: boolean;
  /** Whether a line can be drawn over: not on TERM=dumb. */
  readonly redraws: boolean;
}

/** Shows the person what happens. */
export class Terminal {
  readonly #options: TerminalOptions;
  #device: TextStream | undefined;
  /** Redraws the time left; only on a terminal. */
  #drawing: ReturnType<typeof setInterval> | undefined;
  #drawn = false;
  #closed = false;
  /** What was said to open the browser. */
  #opens: string | undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /** Shows one event of a sign-in. */
  readonly watch = (event: SignInEvent): void => {
    if (event.kind === "detail" && !this.#options.verbose) return;
    if (this.#options.format === "json") return this.#log(event.kind, event);
    if (event.kind === "progress") return this.#drawBar(event.done, event.total);
    if (event.kind === "listening" || event.kind === "pasting") this.#opens = event.opens;
    // It was said before that this one opens.
    if (event.kind === "browser-opened" && event.by === this.#opens) return;
    this.#erase();
    const counted = "until" in event && this.#draws(event.until);
    const shown = { counted, aside: this.#closed };
    for (const line of linesOf(event, this.#options.now(), shown)) this.#line(this.#out, line);
    if (event.kind === "listening" || event.kind === "refused") this.#draw(event.until);
    else if (event.kind === "pasting") this.#draw(event.until, "Waiting for the paste");
    else if (event.kind === "asking") {
      this.#draw(event.until, "Waiting for your answer in the browser");
    } else if (ENDS_WAIT.includes(event.kind)) this.#stopDrawing();
  };

  /** Shows a sentence. */
  readonly say = (kind: "notice" | "warning" | "detail" | "success", message: string): void =>
    this.watch({ kind, message });

  /** The last word of a run that failed: always on stderr, and on the terminal if that is elsewhere. */
  fail(error: UserError): void {
    this.close();
    const { stderr, format, verbose } = this.#options;
    const causes = verbose ? causesOf(error) : [];
    if (format === "json") {
      this.#log("error", { kind: "error", error });
      for (const message of causes) this.#log("detail", { kind: "detail", message });
      return;
    }
    // Only where the terminal was already in use: an SDK shows stderr itself for everything before.
    const device = this.#device !== stderr && !stderr.isTerminal ? this.#device : undefined;
    for (const stream of device === undefined ? [stderr] : [stderr, device]) {
      for (const line of errorLines(error, "stssamldriver: ")) this.#line(stream, line);
      for (const message of causes) {
        this.#line(stream, { text: `  Caused by: ${message}`, mood: "soft" });
      }
    }
  }

  /** Ends the drawing for good; what was said stays. */
  close(): void {
    this.#closed = true;
    this.#stopDrawing();
  }

  get #out(): TextStream {
    return this.#device ??= this.#options.openTerminal() ?? this.#options.stderr;
  }

  #line(stream: TextStream, { mood, text }: Line): void {
    const { colour, unicode } = this.#options;
    const mark = stream.isTerminal ? MARKS[mood]?.[unicode ? 0 : 1] : undefined;
    const line = oneLine(mark === undefined ? text : `${mark} ${text}`);
    const code = colour && stream.isTerminal ? COLOURS[mood] : undefined;
    stream.write(code === undefined ? `${line}\n` : `\x1b[${code}m${line}\x1b[0m\n`);
  }

  /** Whether a time can be counted down here. */
  #draws(until: number | undefined): until is number {
    return until !== undefined && !this.#closed && this.#options.redraws && this.#out.isTerminal;
  }

  /** One line that counts down, drawn over itself. */
  #draw(until: number | undefined, what = "Waiting for the sign-in"): void {
    if (!this.#draws(until)) return;
    this.#stopDrawing();
    const draw = () => {
      const left = Math.max(0, until - this.#options.now());
      // An answer that is too late does not end the wait.
      const text = left === 0 ? "Waiting for the sign-in" : `${what}, ${clock(left)} left`;
      this.#out.write(`\r\x1b[2K${text} (Ctrl-C to cancel)`);
      this.#drawn = true;
    };
    draw();
    this.#drawing = setInterval(draw, 1000);
  }

  #drawBar(done: number, total: number): void {
    this.#stopDrawing();
    if (this.#closed || !this.#out.isTerminal || done >= total) return;
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
    const json = printableJson({ time, event: kind, ...fieldsOf(event) });
    this.#options.stderr.write(`${json}\n`);
  }
}

const COLOURS: Readonly<Record<Line["mood"], string | undefined>> = {
  normal: undefined,
  soft: "2",
  good: "32",
  bad: "31",
  warn: "33",
};

/** What says success and failure without color, and in ASCII. */
const MARKS: Readonly<Partial<Record<Line["mood"], readonly [string, string]>>> = {
  good: ["✓", "[ok]"],
  bad: ["✗", "[x]"],
};

/** After these nothing is waited for that is counted down. */
const ENDS_WAIT: readonly SignInEvent["kind"][] = ["pasted", "exchanging", "signed-in"];

/** Characters of a progress bar. */
const BAR_WIDTH = 30;

/** `4:09`, for the line that counts down. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
