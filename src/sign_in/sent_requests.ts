/**
 * The AuthnRequests of one wait, and which of them the IdP has answered.
 *
 * @module
 */

import { type AuthnRequest, newRequestId, postField, redirectUrl } from "../saml/authn_request.ts";
import { refusal } from "../saml/attribute_verdict.ts";
import type { UserError } from "../errors.ts";
import type { Watch } from "./events.ts";
import type { Start } from "./listener/start.ts";
import type { Page } from "./pages/page.ts";
import { type IdpEndpoint, knownIdp } from "./idp_endpoint.ts";
import type { ConversationWorld, Purpose } from "./next.ts";
import type { ConversationRequest } from "./request.ts";

/** The warning when another browser than the first comes for the way to the IdP. */
const SECOND =
  "Another browser or program opened the address of this sign-in and was refused. If that was not you, " +
  "press Ctrl-C and do not finish the sign-in in the browser";

/** The requests that one wait has sent, each under an ID of its own. */
export class SentRequests {
  readonly #endpoint: IdpEndpoint;
  readonly #now: () => number;
  readonly #ids = new Set<string>();
  readonly #answered = new Set<string>();

  /**
   * @param endpoint where they are sent, and what they say
   * @param now milliseconds since 1970
   */
  constructor(endpoint: IdpEndpoint, now: () => number) {
    this.#endpoint = endpoint;
    this.#now = now;
  }

  /** The page of the IdP that they are taken to. */
  get url(): URL {
    return this.#endpoint.url;
  }

  /** The IDs that an answer may name. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** Makes a request, and the way on which the browser takes it to the IdP. */
  async send(): Promise<URL | Page> {
    const { url, binding, issuer, acs, forceAuthn } = this.#endpoint;
    const id = newRequestId();
    this.#ids.add(id);
    const request: AuthnRequest = {
      ...{ id, issued: this.#now(), destination: url, issuer, acs, forceAuthn },
    };
    if (binding === "redirect") return await redirectUrl(request);
    const { sentPage } = await import("./pages/sent.ts");
    return sentPage(url, postField(request));
  }

  /** Takes the answer to a request; returns the error when there was one already. */
  answer(id: string | undefined): UserError | undefined {
    if (id === undefined) return undefined;
    if (!this.#answered.has(id)) return void this.#answered.add(id);
    return refusal(
      "assertion-replayed",
      "The SAML Response answers a request that was answered before",
      "Sign in again, without the browser's Back or Reload button.",
    );
  }
}

/** A purpose, and the requests to the IdP where the sign-in starts with one. */
export type Begun = Purpose & { readonly requests: SentRequests | undefined };

/** Completes a purpose by what is known of the IdP. */
export async function begin(
  request: ConversationRequest,
  world: ConversationWorld,
  purpose: Purpose,
): Promise<Begun> {
  const { endpoint, idp } = await knownIdp(request, purpose.expected.idp, world);
  const requests = endpoint && new SentRequests(endpoint, world.now);
  return { ...purpose, expected: { ...purpose.expected, idp, requests: requests?.ids }, requests };
}

/**
 * Makes the start address; `undefined` where the person starts at the IdP.
 *
 * @param startUrl the page that it leads to where no requests are sent
 */
export function startAt(
  startUrl: URL | undefined,
  requests: SentRequests | undefined,
  { watch, onOpened }: { readonly watch: Watch; readonly onOpened: () => void },
): Start | undefined {
  const url = requests?.url ?? startUrl;
  return url && {
    nonce: crypto.randomUUID(),
    cookie: crypto.randomUUID(),
    url,
    onOpened,
    request: requests && {
      make: () => requests.send(),
      onSecond: () => watch({ kind: "warning", message: SECOND }),
    },
  };
}
