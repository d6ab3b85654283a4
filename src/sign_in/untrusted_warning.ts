/**
 * A browser that does not trust the certificate of the listener: what the person is told.
 *
 * @module
 */

import type { Watch } from "./events.ts";

/** Says once that a browser refused the certificate. */
export function untrustedWarning(watch: Watch): () => void {
  let said = false;
  return () => {
    if (said) return;
    said = true;
    watch({ kind: "warning", message: "A browser does not trust the certificate of --tls-cert" });
    const remedies = [
      "Have it trust the CA that issued the certificate (for one of mkcert's: mkcert -install), restart the",
      "browser and sign in again",
    ];
    for (const message of remedies) watch({ kind: "notice", message });
  };
}
