/**
 * Letting the person pick a role, on the page that has just received the assertion.
 *
 * @module
 */

import type { Choice } from "../credentials/choices.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import type { Place, Reply } from "./acs.ts";
import type { Talk } from "./talk.ts";
import type { Page } from "./pages/page.ts";
import { overPage } from "./pages/pages.ts";
import { gonePage, pickerPage } from "./pages/picker.ts";

/** What can be picked, and what comes of it. */
export interface PickingOptions {
  readonly read: ReadAssertion;
  readonly roles: readonly OfferedRole[];
  /** What was taken last by the same settings. */
  readonly last: Choice | undefined;
  /** Account number → name. */
  readonly accountNames: ReadonlyMap<string, string>;
  /** What narrowed the list, as it was typed; empty for nothing. */
  readonly narrowed: string;
  readonly now: () => number;
  readonly take: (pair: OfferedRole) => Promise<Reply>;
}

/** How long a browser may take from the assertion to the page, milliseconds. */
const OPENING_MS = 10_000;

/** How long the wait goes on when the time to choose is over, so that the person can sign in again. */
const AGAIN_MS = 60_000;

/** Pickings of one conversation: a newer assertion's takes the place of an older one's. */
export class Pickings {
  readonly #talk: Talk;
  #current: Picking | undefined;

  constructor(talk: Talk) {
    this.#talk = talk;
  }

  /** Asks the person; the reply leads the tab to the page where they pick. */
  ask(options: PickingOptions): Reply {
    this.#current?.replace();
    const picking = new Picking(options, this.#talk);
    this.#current = picking;
    this.#talk.serve(picking.path, picking.place);
    this.#talk.notBefore(options.now() + OPENING_MS);
    return { redirect: picking.path };
  }
}

/** One page to pick from. Its token belongs to one assertion and works once. */
class Picking {
  readonly path: string;
  readonly place: Place;
  readonly #token = crypto.randomUUID();
  readonly #talk: Talk;
  /** Dropped with its assertion when there is nothing to pick any more. */
  #options: PickingOptions | undefined;
  #gone: "replaced" | "taken" | undefined;
  #taken: { readonly key: string; readonly reply: Promise<Reply> } | undefined;

  constructor(options: PickingOptions, talk: Talk) {
    this.#options = options;
    this.#talk = talk;
    this.path = `/choose/${this.#token}`;
    this.place = { get: () => this.#page(), post: (form) => this.#picked(form) };
  }

  /** A newer sign-in has its own page now. */
  replace(): void {
    this.#gone ??= "replaced";
    this.#options = undefined;
  }

  #page(): Page {
    const options = this.#open();
    if (!("roles" in options)) return options;
    // Whoever reads the list must not be cut off by the time to wait for an assertion. Not before the page
    // is opened, which takes a tab that the person sees: any other page could post all the time.
    this.#talk.notBefore(options.read.redeemableUntil + AGAIN_MS);
    const { read, roles, last, accountNames, narrowed, now } = options;
    const assertion = typeof read.response.assertion === "string"
      ? undefined
      : read.response.assertion;
    const lastIndex = roles.findIndex(({ role, provider }) =>
      role.text === last?.roleArn && provider.text === last.providerArn
    );
    return pickerPage({
      token: this.#token,
      action: this.path,
      roles: roles.map(({ role, provider }, index) => ({
        key: String(index),
        account: role.account,
        accountName: accountNames.get(role.account),
        name: role.name,
        // Only where one role is offered through two of them does the provider tell anything.
        provider: roles.filter((each) => each.role.text === role.text).length > 1
          ? provider.name
          : undefined,
      })),
      last: lastIndex < 0 ? undefined : String(lastIndex),
      person: read.person,
      idp: assertion?.issuer,
      remainingMs: read.redeemableUntil - now(),
      narrowed: narrowed === "" ? undefined : `narrowed by ${narrowed}`,
      startPath: this.#talk.startPath,
    });
  }

  async #picked(form: URLSearchParams): Promise<Reply> {
    // The address is the token already; a form without it is not of this page.
    if (form.get("token") !== this.#token) return gonePage("replaced");
    const key = form.get("role") ?? "";
    // The second half of a double click takes the first one's place in the tab, and gets its answer.
    if (this.#taken?.key === key) return await this.#taken.reply;
    const options = this.#open();
    if (!("roles" in options)) return options;
    if (form.has("cancel")) {
      this.#gone = "taken";
      this.#talk.fail(
        new UserError("cancelled", "Cancelled in the browser", { exitCode: ExitCode.INTERRUPTED }),
      );
      return gonePage("cancelled");
    }
    const pair = options.roles.find((_, index) => String(index) === key);
    if (pair === undefined) return this.#page();
    this.#gone = "taken";
    this.#options = undefined;
    this.#taken = { key, reply: options.take(pair) };
    return await this.#taken.reply;
  }

  /** What can be picked, or the page that says why nothing can. */
  #open(): PickingOptions | Page {
    const options = this.#options;
    if (this.#gone !== undefined || options === undefined) {
      return gonePage(this.#gone ?? "replaced", this.#talk.startPath);
    }
    if (this.#talk.over) return overPage();
    return options.now() < options.read.redeemableUntil
      ? options
      : gonePage("expired", this.#talk.startPath);
  }
}
