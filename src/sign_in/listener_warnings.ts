/**
 * The warnings of a listener: another user of this machine connects, or a browser does not trust the
 * certificate.
 *
 * @module
 */

import type { Watch } from "./events.ts";

/** What a listener tells, as warnings for the person. */
export function listenerWarnings(watch: Watch): {
  readonly onRefused: (uid: number | undefined) => void;
  readonly onUntrusted: () => void;
} {
  return { onRefused: strangerWarning(watch), onUntrusted: untrustedWarning(watch) };
}

/** Makes what warns once of each user. */
function strangerWarning(watch: Watch): (uid: number | undefined) => void {
  const warned = new Set<number>();
  return (uid) => {
    // Without a user it was over before it was looked at: a browser's spare connection.
    if (uid === undefined || warned.has(uid)) return;
    warned.add(uid);
    const message = `Refused a connection from another user of this computer (uid ${uid})`;
    watch({ kind: "warning", message });
  };
}

/** Says once that a browser refused the certificate. */
function untrustedWarning(watch: Watch): () => void {
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
