/** The version of this program; a test compares it with deno.json, which scripts read. */
export const VERSION = "1.0.0";
