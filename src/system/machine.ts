/**
 * Facts about the machine, looked up at once: later nobody may be allowed to ask.
 *
 * @module
 */

/** The number of the user that this process runs as; `null` on Windows. */
export const UID: number | null = Deno.uid();

/** The release of the kernel. */
export const OS_RELEASE: string = Deno.osRelease();
