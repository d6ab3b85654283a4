/**
 * The messages of a caller and its server, a line each: an order and perhaps a leave one way; how the sign-in
 * stands, and its end, the other way. None of them carries a secret, but for a session that cannot be cached.
 *
 * Both ends have proven that they are the same version of this program, so a message is known by its kind.
 *
 * @module
 */

import { ExitCode, ifPossible, UserError } from "../errors.ts";
import { fieldsOf } from "../text.ts";
import type { SignInRequest } from "../sign_in/request.ts";
import type { SignInEvent } from "../sign_in/events.ts";

/** The order of one caller to a shared sign-in. */
export interface Order {
  readonly kind: "order";
  /** The flags of the sign-in by name, from wherever they came. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  /** The session policy, as it was read: a pipe, as of a shell's `<(…)`, cannot be read twice. */
  readonly policy?: string | undefined;
  /** The region that somebody named, and where. */
  readonly region?: SignInRequest["region"];
  /** The purpose of the session, for the pages. */
  readonly asker?: string | undefined;
}

/** A person has interrupted the caller, or its time is up; one that was killed cannot say so. */
export interface Leave {
  readonly kind: "leave";
}

/** A message of a server to a caller. */
export type Answer =
  /** The events that tell how the sign-in stands now. */
  | { readonly kind: "state"; readonly state: readonly SignInEvent[] }
  /** This caller draws the sign-in from now on: how it stands, and each event that comes. */
  | { readonly kind: "draw" }
  /** Another caller draws it, whose role is named. */
  | { readonly kind: "wait"; readonly title: string }
  | { readonly kind: "event"; readonly event: SignInEvent }
  /** The session is in the cache. */
  | { readonly kind: "kept" }
  /** The session cannot be cached, so it comes along; the error says why. */
  | {
    readonly kind: "handed";
    /** As the cache writes it. */
    readonly session: string;
    readonly roleArn: string;
    readonly providerArn: string;
    readonly error: UserError;
  }
  | { readonly kind: "failed"; readonly error: UserError };

/** Tells if a line is a message of one of these kinds. */
export function isMessage<K extends (Order | Leave | Answer)["kind"]>(
  line: unknown,
  ...kinds: readonly K[]
): line is Extract<Order | Leave | Answer, { readonly kind: K }> {
  return kinds.some((kind) => kind === fieldsOf(line).get("kind"));
}

/** Returns how a sign-in stands once another event has come. */
export function stateAfter(
  state: readonly SignInEvent[],
  event: SignInEvent,
): readonly SignInEvent[] {
  switch (event.kind) {
    case "queued":
    case "listening":
      return [event];
    case "browser-opened":
    case "browser-failed":
    case "tunnel":
      return [...state, event];
    case "refused":
    case "asking":
    case "exchanging":
      return [...state.filter(({ kind }) => !STEPS.includes(kind)), event];
    default:
      return state;
  }
}

/** Returns what a caller draws that has not seen how the sign-in came to stand so. */
export function drawn(state: readonly SignInEvent[]): readonly SignInEvent[] {
  // Nobody needs to sign in any more.
  const last = state.at(-1);
  return last?.kind === "exchanging" ? [last] : state;
}

/** The events of which each takes the place of the others. */
const STEPS: readonly SignInEvent["kind"][] = ["refused", "asking", "exchanging"];

/** The longest line, in characters: an order has the flags of a command line and a session policy. */
const LONGEST = 1 << 20;

/** One end of a connection on which lines of JSON are exchanged; their `error` fields are UserErrors. */
export class Lines {
  readonly #connection: Pick<Deno.Conn, "read" | "write" | "close">;
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(16_384);
  #text = "";
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(connection: Pick<Deno.Conn, "read" | "write" | "close">) {
    this.#connection = connection;
  }

  /**
   * Reads the next line. Never rejects.
   *
   * @param longest in characters; a longer line ends the connection
   * @returns its value; `undefined` at the end of the connection, and for what is not a line of JSON
   */
  async read(longest = LONGEST): Promise<unknown> {
    while (true) {
      const end = this.#text.indexOf("\n");
      if (end > longest || (end < 0 && this.#text.length > longest)) this.close();
      else if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return parsed(line);
      }
      try {
        const count = await this.#connection.read(this.#buffer);
        if (count === null) return undefined;
        this.#text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
      } catch {
        // Reset, or closed at this end.
        return undefined;
      }
    }
  }

  /** Writes a value as a line, after the earlier ones. Never rejects: the reader may be gone. */
  write(value: unknown): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(value, serializable)}\n`);
    // Not behind a promise where nothing is being written: a second Ctrl-C may exit this process as soon as
    // this function returns, and by then the system has the bytes.
    const writing = this.#writing?.then(() => this.#put(bytes)) ?? this.#put(bytes);
    this.#writing = writing;
    return writing.finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
    });
  }

  /** Closes the connection; a pending read ends with `undefined`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  async #put(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        done += await this.#connection.write(bytes.subarray(done));
      }
    } catch {
      // The reader is gone, which the next read says as well.
    }
  }
}

/** The value of a JSON text; `undefined` for anything else. */
export function parsed(text: string): unknown {
  return ifPossible(() => JSON.parse(text, revived));
}

function serializable(_name: string, value: unknown): unknown {
  if (!(value instanceof UserError)) return value;
  const { code, message, hint, exitCode } = value;
  return { code, message, hint, exitCode };
}

function revived(name: string, value: unknown): unknown {
  if (name !== "error") return value;
  const fields = fieldsOf(value);
  const hint = fields.get("hint");
  const exitCode = Object.values(ExitCode).find((each) => each === fields.get("exitCode"));
  return new UserError(String(fields.get("code")), String(fields.get("message")), {
    exitCode: exitCode ?? ExitCode.FAULT,
    hint: typeof hint === "string" ? hint : undefined,
  });
}
