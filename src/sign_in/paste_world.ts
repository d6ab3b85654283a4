/**
 * What takes a pasted Response, wired to the real terminal.
 *
 * @module
 */

import { isOverSsh } from "./browser/elsewhere.ts";
import type { PasteWorld } from "./next.ts";

/** Wires it; opens and loads nothing until it is used. */
export function realPasteWorld(
  env: () => Readonly<Record<string, string | undefined>>,
): PasteWorld {
  return {
    openInput: async () => (await import("../system/dialog.ts")).openHiddenInput(),
    openDialog: async (signal) => (await import("../system/dialog.ts")).openDialog(signal),
    // An editor that works on this machine from another one names a program that opens the browser there.
    seesBrowser: () => !isOverSsh(env()) || Boolean(env()["BROWSER"]),
  };
}
