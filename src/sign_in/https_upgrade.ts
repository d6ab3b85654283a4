/**
 * A browser that comes with https to a port without: what the person is told; pure.
 *
 * Some other program on `localhost` once said that everything there is https (HSTS), for all ports, and the browser
 * remembers it.
 *
 * @module
 */

import type { SignInEvent, Watch } from "./events.ts";

/** What to do about it, per browser. */
const REMEDIES: readonly string[] = [
  "If it opened https:// by itself, remove what it remembers for localhost (HSTS), then start again:",
  '  Chrome, Edge: open chrome://net-internals/#hsts, "Delete domain security policies", localhost',
  "  Firefox: History, Show All History, search for localhost, Forget About This Site",
  "  Safari: quit it, delete ~/Library/Cookies/HSTS.plist, and restart the computer",
  "Or use a private window, or another browser.",
];

/** For the hint of a wait in vain. */
export const HTTPS_CLAUSE =
  "A browser came with https where this program listens on http: remove HSTS for localhost in it, see above.";

/** Says once that a browser came with https. */
export class HttpsUpgrade {
  came = false;
  readonly #origin: URL;
  readonly #watch: Watch;

  constructor(origin: URL, watch: Watch) {
    this.#origin = origin;
    this.#watch = watch;
  }

  readonly warn = (): void => {
    if (this.came) return;
    this.came = true;
    for (const event of httpsEvents(this.#origin)) this.#watch(event);
  };
}

function httpsEvents(origin: URL): readonly SignInEvent[] {
  const { host } = origin;
  return [
    {
      kind: "warning",
      message: `A browser tried https://${host}, but this program listens on http://${host}`,
    },
    ...REMEDIES.map((message): SignInEvent => ({ kind: "notice", message })),
    {
      kind: "notice",
      message: `If your identity provider posts to https://${host}/saml, it must post to ` +
        `http://${host}/saml; or use --tls-cert and --tls-key`,
    },
  ];
}
