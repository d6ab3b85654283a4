/** The sign-in pages of AWS. */

/** Their hosts, as the manifest names them; the only addresses beside the driver's that the extension may see. */
const PATTERNS = chrome.runtime.getManifest().host_permissions
  .filter((pattern) => !/\/\/(localhost|127\.0\.0\.1)\//.test(pattern));

/** The addresses whose requests are watched. */
export const SIGN_IN_URLS = PATTERNS;

/** AWS's own path, that of a provider, and that of an encrypted assertion. */
const PATH = "/(static/)?saml([/?#]|$)";

/** The condition of a rule: a form that a tab posts to the sign-in of AWS. */
export function signInFrom(tabIds) {
  return {
    requestDomains: PATTERNS.map((pattern) => pattern.replace(/^https:\/\/(\*\.)?|\/\*$/g, "")),
    regexFilter: `^https://[^/]+${PATH}`,
    requestMethods: ["post"],
    resourceTypes: ["main_frame"],
    tabIds,
  };
}

/** Tells if a request to one of these hosts is a sign-in. */
export function isSignIn({ method, url }) {
  const { pathname } = new URL(url);
  return method === "POST" && new RegExp(`^${PATH}`).test(pathname);
}
