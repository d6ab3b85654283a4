/**
 * The messages of a caller and its server: an order and perhaps a leave one way; how the sign-in stands, and
 * its end, the other way. None of them carries a secret. Pure.
 *
 * Both ends have proven that they are the same version of this program, so a message is known by its kind.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import type { SignInEvent } from "../sign_in/events.ts";
import { fieldsOf } from "./lines.ts";

/** The order of one caller to a shared sign-in. */
export interface Order {
  readonly kind: "order";
  /** The flags of the sign-in by name, from wherever they came. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  /** The session policy, as it was read: a pipe, as of a shell's `<(…)`, cannot be read twice. */
  readonly policy?: string | undefined;
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
