/**
 * A browser that comes with https to a port of http, or the other way round: what the person is told.
 *
 * Some other program on `localhost` once said that everything there is https (HSTS), for all ports, and the browser
 * remembers it; or the IdP is set up with the wrong address.
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

/** Says once that a browser came with the other scheme. */
export class OtherScheme {
  readonly #origin: URL;
  readonly #watch: Watch;
  #came = false;

  /** @param origin where this program listens */
  constructor(origin: URL, watch: Watch) {
    this.#origin = origin;
    this.#watch = watch;
  }

  /** What the hint of a wait in vain says of it; `undefined` when none came. */
  get clause(): string | undefined {
    if (!this.#came) return undefined;
    const [ours, other] = schemes(this.#origin);
    return `A browser came with ${other} where this program listens on ${ours}: ${
      ours === "http" ? "remove HSTS for localhost in it, as said above" : "use https everywhere"
    }.`;
  }

  readonly warn = (): void => {
    if (this.#came) return;
    this.#came = true;
    const { host } = this.#origin;
    const [ours, other] = schemes(this.#origin);
    const message =
      `A browser tried ${other}://${host}, but this program listens on ${ours}://${host}`;
    this.#watch({ kind: "warning", message });
    const remedies = [
      ...ours === "http" ? REMEDIES : [],
      `If your identity provider posts to ${other}://${host}/saml, it must post to ${ours}://${host}/saml` +
      (ours === "http" ? "; or use --tls-cert and --tls-key" : ""),
    ];
    for (const remedy of remedies) this.#watch({ kind: "notice", message: remedy });
  };
}

function schemes({ protocol }: URL): readonly [ours: string, other: string] {
  return protocol === "https:" ? ["https", "http"] : ["http", "https"];
}
