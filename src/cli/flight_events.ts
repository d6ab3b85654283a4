/**
 * Events of a sign-in that another process told → events to watch here; pure.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { SignInEvent } from "../sign_in/events.ts";

/** An event as it is written: without what only this process can use. */
export function plainEvent(event: SignInEvent): unknown {
  switch (event.kind) {
    case "refused": {
      const { code, message, hint } = event.error;
      return { kind: "refused", code, message, hint, until: event.until };
    }
    // Each caller tells of its own session.
    case "signed-in":
      return undefined;
    default:
      return event;
  }
}

/** The event that was written, or `undefined` for what is none. */
export function reviveEvent(value: unknown): SignInEvent | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string) => {
    const field = fields.get(name);
    return typeof field === "string" ? field : undefined;
  };
  const number = (name: string) => {
    const field = fields.get(name);
    return typeof field === "number" ? field : undefined;
  };
  const kind = text("kind");
  switch (kind) {
    case "listening":
      return {
        kind,
        acs: text("acs") ?? "",
        start: text("start"),
        opens: text("opens"),
        startUrl: text("startUrl"),
        until: number("until"),
      };
    case "queued":
      return { kind, port: number("port") ?? 0, holder: text("holder") };
    case "browser-opened":
      return { kind, by: text("by") ?? "" };
    case "browser-failed":
      return { kind, reason: text("reason") ?? "" };
    case "tunnel":
      return { kind, hint: text("hint") ?? "" };
    case "asking":
      return { kind, message: text("message") ?? "", until: number("until") ?? 0 };
    case "exchanging":
      return { kind, role: text("role") ?? "", region: text("region") ?? "" };
    case "success":
    case "notice":
    case "warning":
    case "detail":
      return { kind, message: text("message") ?? "" };
    case "refused": {
      const error = new UserError(text("code") ?? "", text("message") ?? "", {
        exitCode: ExitCode.BAD_ASSERTION,
        hint: text("hint"),
      });
      return { kind, error, until: number("until") };
    }
    default:
      return undefined;
  }
}
