/**
 * What a listener tells of connections that it does not serve, as warnings for the person: another user of this
 * machine connects, a browser does not trust the certificate, or it comes with the other scheme.
 *
 * For the last, some other program on `localhost` once said that everything there is https (HSTS), for all ports,
 * and the browser remembers it; or the IdP is set up with the wrong address.
 *
 * @module
 */

import type { Watch } from "./events.ts";

/** What to do in each browser that has HSTS for localhost. */
const REMEDIES: readonly string[] = [
  "If it opened https:// by itself, remove what it remembers for localhost (HSTS), then start again:",
  '  Chrome, Edge: open chrome://net-internals/#hsts, "Delete domain security policies", localhost',
  "  Firefox: History, Show All History, search for localhost, Forget About This Site",
  "  Safari: quit it, delete ~/Library/Cookies/HSTS.plist, and restart the computer",
  "Or use a private window, or another browser.",
];

/** Says each of these once. */
export class ListenerWarnings {
  readonly #watch: Watch;
  readonly #said = new Set<string>();
  readonly #host: string;
  readonly #ours: string;
  readonly #other: string;

  /** @param origin where this program listens */
  constructor({ host, protocol }: URL, watch: Watch) {
    this.#watch = watch;
    this.#host = host;
    [this.#ours, this.#other] = protocol === "https:" ? ["https", "http"] : ["http", "https"];
  }

  readonly onRefused = (uid: number | undefined): void => {
    // Without a user it was over before it was looked at: a browser's spare connection.
    if (uid === undefined) return;
    this.#warn(`Refused a connection from another user of this computer (uid ${uid})`);
  };

  readonly onUntrusted = (): void => {
    this.#warn(
      "A browser does not trust the certificate of --tls-cert",
      "Have it trust the CA that issued the certificate (for one of mkcert's: mkcert -install), restart the",
      "browser and sign in again",
    );
  };

  readonly onOtherScheme = (): void => {
    const [host, ours, other] = [this.#host, this.#ours, this.#other];
    this.#warn(
      this.#otherScheme,
      ...ours === "http" ? REMEDIES : [],
      `If your identity provider posts to ${other}://${host}/saml, it must post to ${ours}://${host}/saml` +
        (ours === "http" ? "; or use --tls-cert and --tls-key" : ""),
    );
  };

  /** What the hint of a wait in vain says of the other scheme; `undefined` when no browser came with it. */
  get clause(): string | undefined {
    if (!this.#said.has(this.#otherScheme)) return undefined;
    return `A browser came with ${this.#other} where this program listens on ${this.#ours}: ${
      this.#ours === "http"
        ? "remove HSTS for localhost in it, as said above"
        : "use https everywhere"
    }.`;
  }

  get #otherScheme(): string {
    const [ours, other] = [this.#ours, this.#other].map((scheme) => `${scheme}://${this.#host}`);
    return `A browser tried ${other}, but this program listens on ${ours}`;
  }

  #warn(message: string, ...remedies: readonly string[]): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#watch({ kind: "warning", message });
    for (const remedy of remedies) this.#watch({ kind: "notice", message: remedy });
  }
}
