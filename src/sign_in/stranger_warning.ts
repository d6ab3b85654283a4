/**
 * The warning of another user of this machine who tries to take part in a sign-in.
 *
 * @module
 */

import type { Watch } from "./events.ts";

/** Makes what warns once of each user. */
export function strangerWarning(watch: Watch): (uid: number | undefined) => void {
  const warned = new Set<number>();
  return (uid) => {
    // Without a user it was over before it was looked at: a browser's spare connection.
    if (uid === undefined || warned.has(uid)) return;
    warned.add(uid);
    const message = `Refused a connection from another user of this computer (uid ${uid})`;
    watch({ kind: "warning", message });
  };
}
