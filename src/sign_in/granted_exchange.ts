/**
 * The exchange that knows what a role granted the last time.
 *
 * @module
 */

import type { Exchange } from "../aws/sts.ts";
import type { GrantedDurations } from "../credentials/remembered.ts";

/** Makes an exchange that asks for what the role granted lately when more is wanted, and remembers when it
 * grants less. */
export function grantedExchange(
  exchange: Exchange,
  granted: Pick<GrantedDurations, "last" | "remember">,
): Exchange {
  return async (request, signal) => {
    const asked = request.durationSeconds;
    const last = request.strictDuration || asked <= 3600
      ? undefined
      : await granted.last(request.role.text);
    const known = last !== undefined && last < asked ? last : undefined;
    const exchanged = await exchange({ ...request, durationSeconds: known ?? asked }, signal);
    if (exchanged.shortenedTo !== undefined) {
      await granted.remember(request.role.text, exchanged.shortenedTo);
    }
    return { ...exchanged, shortenedTo: exchanged.shortenedTo ?? known };
  };
}
