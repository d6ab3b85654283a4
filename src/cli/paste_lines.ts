/**
 * What a person reads who is to paste the Response; pure.
 *
 * @module
 */

import type { SignInEvent } from "../sign_in/events.ts";

/** How a Response gets here that no port takes: lines, and how they look. */
export function pasteLines(
  { from, startUrl, opens, endpoint }: Extract<SignInEvent, { readonly kind: "pasting" }>,
): readonly { readonly text: string; readonly mood: "normal" | "soft" }[] {
  const said = (...texts: string[]) => texts.map((text) => ({ text, mood: "normal" } as const));
  const hint = (...texts: string[]) => texts.map((text) => ({ text, mood: "soft" } as const));
  const elsewhere = endpoint === undefined
    ? []
    : said(`The assertion goes to ${endpoint}, not to AWS`);
  if (from === "stdin") return [...said("Reading the SAML Response from stdin"), ...elsewhere];
  return [
    ...said(...startLines(startUrl, opens)),
    ...said("Then paste the SAML Response here. It is not shown (Ctrl-C to cancel)"),
    ...hint(
      "  To find it, press F12 in the browser before you sign in, and turn on Preserve log (Persist",
      "  Logs) in the Network tab; then copy SAMLResponse from the payload of the POST to .../saml",
    ),
    ...elsewhere,
  ];
}

function startLines(startUrl: string | undefined, opens: string | undefined): readonly string[] {
  if (startUrl === undefined) {
    return ["Sign in to AWS at your identity provider, in a browser on any machine"];
  }
  const begin = opens === undefined
    ? "Sign in with a browser on any machine, at"
    : `Opening your browser to sign in (${programName(opens)}). If it does not open, go to`;
  return [begin, `  ${startUrl}`];
}

/** A program without its folder. */
export function programName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}
