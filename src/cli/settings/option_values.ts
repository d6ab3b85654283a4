/**
 * What an option is made of: how it is declared, and how its text becomes a value. Each reader of a text
 * throws an `Error` that says what is wrong with it.
 *
 * @module
 */

/** The part of a command that an option is about; commands take a part as a whole. */
export type Part =
  /** Which role, by name. */
  | "role"
  /** What limits the choice of a role: of no use where role and provider are named. */
  | "choice"
  /** The identity provider, and how it is asked. */
  | "idp"
  /** The wait at the port. */
  | "wait"
  /** Where STS is asked. */
  | "region"
  /** What STS is asked for. */
  | "session"
  /** How messages are shown: each caller's own. */
  | "messages"
  | "console"
  /** The profile that is written. */
  | "target";

/** What there is on a machine, or at AWS, that completion in a shell offers as a value. */
export type Known = "browser" | "own-profile" | "profile" | "region" | "role" | "service";

/** What completion offers: a few words, or what there is. */
export type Offer = readonly string[] | Known;

/** What is true of an option beside its value. */
export interface OptionFacts {
  readonly part?: Part;
  /** What completion offers as its value, beside the names of files where it names one. */
  readonly offers?: Offer;
  /** Whether it names a file of the folder of work; whoever passes it on makes it absolute. */
  readonly isFile?: boolean;
  /**
   * What a profile may decide of it, since it may have come along with somebody's repository: nothing;
   * what stands in the driver's own line, which is what would be run anyway; in keys, too, but no URL;
   * everything. What names an endpoint, a file or a program is never taken from keys.
   */
  readonly profile: "nothing" | "line" | "words" | "everything";
  /** Other names that are taken for it, as flags, variables and keys of a profile. */
  readonly aliases?: readonly string[];
  /** The letter that stands for it behind one dash. */
  readonly letter?: string;
  /** Whether the help shows a switch with its negation, for one that is on by default. */
  readonly negation?: boolean;
  /** Whether an environment variable may give it; not for what is meant for this one call only. */
  readonly variable: boolean;
  /** Whether the machine's file may give it: what makes sense for every user of the machine, and all their calls. */
  readonly machine: boolean;
  /** A variable that says the same to other programs, too: it goes before a default of the machine. */
  readonly commonVariable?: string;
}

/** An option: what is true of it, and how its text becomes a value. */
export interface Option<T> extends OptionFacts {
  /** What stands for its value in the help; absent for a switch, which has none. */
  readonly placeholder?: string;
  /** One line of help. */
  readonly brief: string;
  /** May be given several times, and each counts; else the last one wins. */
  readonly repeatable: boolean;
  /** Reads one or more texts; throws an `Error` whose message says what is wrong with them. */
  readonly read: (texts: readonly string[]) => T;
}

const DEFAULTS = {
  variable: true,
  profile: "everything",
  machine: true,
  repeatable: false,
} as const;

/** Reads one text. */
export interface Parse<T> {
  (text: string): T;
  /** The only words that it takes. */
  readonly words?: readonly string[];
}

/** The facts of an option that is meant for one call. */
export const ONCE = { variable: false, profile: "nothing", machine: false } as const;

/** The facts of an option that no file decides: which file or profile is meant, and what is served. */
export const NO_FILE = { profile: "nothing", machine: false } as const;

/** An option with a value. */
export function value<T>(
  placeholder: string,
  brief: string,
  parse: Parse<T>,
  facts: Partial<OptionFacts> = {},
): Option<T> {
  const read = (texts: readonly string[]) => parse(notEmpty(texts.at(-1)));
  const offers = parse.words && { offers: parse.words };
  return { ...DEFAULTS, placeholder, brief, read, ...offers, ...facts };
}

/** An option that may be given several times. */
export function list<T>(
  placeholder: string,
  brief: string,
  parse: Parse<T>,
  facts: Partial<OptionFacts> = {},
): Option<readonly T[]> {
  const read = (texts: readonly string[]) => texts.map((text) => parse(notEmpty(text)));
  const offers = parse.words && { offers: parse.words };
  return { ...DEFAULTS, placeholder, brief, repeatable: true, read, ...offers, ...facts };
}

/** An option that is on or off. */
export function toggle(brief: string, facts: Partial<OptionFacts> = {}): Option<boolean> {
  const read = (texts: readonly string[]) => parseBoolean(texts.at(-1) ?? "");
  return { ...DEFAULTS, brief, read, ...facts };
}

function notEmpty(text: string | undefined): string {
  if (text === undefined || text === "") throw new Error("must not be empty");
  return text;
}

/** The text as it is. */
export function asIs(text: string): string {
  if (text.includes("\0")) throw new Error("must not contain a NUL byte");
  return text;
}

/** An AWS account number. */
export function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new Error("must be a 12-digit account number");
  return text;
}

function parseBoolean(text: string): boolean {
  switch (text.toLowerCase()) {
    case "1":
    case "true":
      return true;
    case "0":
    case "false":
      return false;
    default:
      throw new Error("must be 1, true, 0 or false");
  }
}

/** Seconds of a session that STS could grant. */
export function parseDuration(text: string): number {
  const ms = parseTime(text);
  if (ms === undefined) {
    throw new Error(
      "must be a whole number of seconds from 900 to 43200, or a time like 1h or 90m",
    );
  }
  const seconds = ms / 1000;
  if (seconds < 900 || seconds > 43_200) {
    throw new Error("STS takes 900 to 43200 seconds (15m to 12h)");
  }
  return seconds;
}

/** A port that browsers open. */
export function parsePort(text: string): number {
  const port = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65_535)) throw new Error("must be a whole number from 1 to 65535");
  if (BLOCKED_PORTS.has(port)) {
    throw new Error("browsers refuse to open this port: it belongs to another protocol");
  }
  return port;
}

/** The index of an ACS URL: SAML's unsignedShort. */
export function parseAcsIndex(text: string): number {
  const index = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(index <= 65_535)) throw new Error("must be a whole number from 0 to 65535");
  return index;
}

/** Milliseconds, or `undefined` for forever. */
export function parseTimeout(text: string): { readonly ms: number | undefined } {
  const ms = parseTime(text);
  if (ms === undefined) throw new Error("must be a time like 90s, 5m or 1h, or 0 to wait forever");
  // Timers hold 31 bits of milliseconds; beyond, they would fire at once.
  if (ms > 2 ** 31 - 1) throw new Error("must be at most 24 days, or 0 to wait forever");
  return { ms: ms === 0 ? undefined : ms };
}

/** An address that a browser may be sent to. */
export function parseWebUrl(text: string): URL {
  if (!URL.canParse(text)) throw new Error("not a URL (must start with https://)");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new Error(`must start with https:// or http://, not ${url.protocol}`);
  }
  return url;
}

/** A reader of one of a few words. */
export function oneOf<T extends string>(...words: readonly T[]): Parse<T> {
  const parse = (text: string) => {
    const word = words.find((each) => each === text);
    if (word === undefined) throw new Error(`must be ${listed(words)}`);
    return word;
  };
  return Object.assign(parse, { words });
}

/** A whole number of seconds, minutes or hours, in milliseconds; `undefined` for anything else. */
function parseTime(text: string): number | undefined {
  const form = /^(\d{1,6})(s|m|h)?$/.exec(text);
  if (form === null) return undefined;
  const unit = { s: 1000, m: 60_000, h: 3_600_000 }[form[2] ?? "s"] ?? 1000;
  return Number(form[1]) * unit;
}

/** `a, b or c`. */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].join(" or ");
}

/**
 * The ports that browsers refuse to connect to, whoever listens there, because they are another protocol's.
 *
 * @see https://fetch.spec.whatwg.org/#port-blocking
 */
// deno-fmt-ignore -- a table to compare with the specification's
export const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
  103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512,
  513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719,
  1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
  6697, 10080,
]);
