/**
 * The events of a sign-in, for whoever watches: the terminal draws it, a log writes it. No event
 * carries a secret.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import type { SignedIn } from "./outcome.ts";

/** One thing that happened. */
export type SignInEvent =
  /** Another driver of ours owns the port. */
  | { readonly kind: "queued"; readonly port: number; readonly holder: string | undefined }
  /** The port is ours; the IdP may post. */
  | {
    readonly kind: "listening";
    readonly acs: string;
    /** The URL to open; `undefined` when the person starts at the IdP. */
    readonly start: string | undefined;
    /** The program that opens it; `undefined` where none does. */
    readonly opens: string | undefined;
    /** The page of the IdP, where that leads. */
    readonly startUrl: string | undefined;
    /** Set when the AWS console is where this sign-in is to end. */
    readonly console?: boolean;
    /** What to do when the browser ends in the AWS console instead; the watcher has its own words for none. */
    readonly ifConsole?: string;
    /** Where the assertion goes, and the setting that says so, unless that is AWS. */
    readonly endpoint?: string;
    /** What brings the browser to the port where this is a container. */
    readonly container?: string | undefined;
    /** The end of the wait, milliseconds since 1970; `undefined` for never. */
    readonly until: number | undefined;
  }
  /** A Response can be pasted, or comes from stdin. */
  | {
    readonly kind: "pasting";
    readonly from: "terminal" | "stdin";
    /** The page of the IdP, where one is known. */
    readonly startUrl: string | undefined;
    /** The program that opens it; `undefined` where none does. */
    readonly opens: string | undefined;
    /** Where the assertion goes, and the setting that says so, unless that is AWS. */
    readonly endpoint?: string;
    /** The end of the wait, milliseconds since 1970; `undefined` for never. */
    readonly until: number | undefined;
  }
  /** The Response was pasted: so many characters. */
  | { readonly kind: "pasted"; readonly characters: number }
  | { readonly kind: "browser-opened"; readonly by: string }
  | { readonly kind: "browser-failed"; readonly reason: string }
  /** The person is at another machine: what to run there. */
  | { readonly kind: "tunnel"; readonly hint: string }
  /** Something was posted that cannot be used; the wait goes on until the given instant. */
  | { readonly kind: "refused"; readonly error: UserError; readonly until: number | undefined }
  /** The person is asked something in the browser; until when they can answer. */
  | { readonly kind: "asking"; readonly message: string; readonly until: number }
  | { readonly kind: "exchanging"; readonly role: string; readonly region: string }
  | { readonly kind: "signed-in"; readonly signedIn: SignedIn; readonly delivered: string }
  /** So many of so many are done; drawn on a terminal only. */
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "success"; readonly message: string }
  | { readonly kind: "notice"; readonly message: string }
  | { readonly kind: "warning"; readonly message: string }
  /** For `--verbose` only. */
  | { readonly kind: "detail"; readonly message: string };

/** Watches a sign-in. */
export type Watch = (event: SignInEvent) => void;
