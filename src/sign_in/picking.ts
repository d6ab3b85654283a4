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
import type { Talk } from "./conversation.ts";
import type { Page } from "./pages/page.ts";
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
    // Whoever reads the list must not be cut off by the time to wait for an assertion.
    this.#talk.notBefore(options.read.redeemableUntil);
    return { redirect: picking.path };
  }
}

/** One page to pick from. Its token belongs to one assertion and works once. */
class Picking {
  readonly path: string;
  readonly place: Place;
  readonly #token = crypto.randomUUID();
  readonly #options: PickingOptions;
  readonly #talk: Talk;
  #gone: "replaced" | "taken" | undefined;

  constructor(options: PickingOptions, talk: Talk) {
    this.#options = options;
    this.#talk = talk;
    this.path = `/choose/${this.#token}`;
    this.place = { get: () => this.#page(), post: (form) => this.#picked(form) };
  }

  /** A newer sign-in has its own page now. */
  replace(): void {
    this.#gone ??= "replaced";
  }

  #page(): Page {
    const gone = this.#whyGone();
    if (gone !== undefined) return gonePage(gone, this.#talk.startPath);
    const { read, roles, last, accountNames, narrowed, now } = this.#options;
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
    const gone = this.#whyGone();
    if (gone !== undefined) return gonePage(gone, this.#talk.startPath);
    // The address is the token already; a form without it is not of this page.
    if (form.get("token") !== this.#token) return gonePage("replaced");
    if (form.has("cancel")) {
      this.#gone = "taken";
      this.#talk.fail(
        new UserError("cancelled", "Cancelled in the browser", { exitCode: ExitCode.INTERRUPTED }),
      );
      return gonePage("cancelled");
    }
    const pair = this.#options.roles[Number(form.get("role") ?? NaN)];
    if (pair === undefined) return this.#page();
    this.#gone = "taken";
    return await this.#options.take(pair);
  }

  #whyGone(): "replaced" | "taken" | "expired" | undefined {
    if (this.#gone !== undefined) return this.#gone;
    return this.#options.now() >= this.#options.read.redeemableUntil ? "expired" : undefined;
  }
}
