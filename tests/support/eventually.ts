/**
 * Waiting for something that cannot be listened to.
 *
 * @module
 */

/** How long anything here may take before it counts as failed, milliseconds; far more than it takes. */
export const PATIENCE_MS = 30_000;

/**
 * Asks again and again until `attempt` returns something, and returns that. What it throws counts as "not yet".
 *
 * @throws Error that says what was waited for, with the last error as cause
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const result = await attempt();
      if (result !== undefined) return result;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Waited ${PATIENCE_MS / 1000} s for ${what}`, { cause: last });
}

/** Whether something answers HTTP there, whatever its answer; throws when nobody listens. */
export async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { redirect: "manual" });
  await answer.body?.cancel();
  return true;
}
