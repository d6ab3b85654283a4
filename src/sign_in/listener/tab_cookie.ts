/**
 * The cookie by which the browser is known that a question is for: no other program on this machine has it, whoever
 * runs that.
 *
 * @module
 */

/**
 * Makes the Set-Cookie header that gives a browser its value. It comes along with the way from an IdP's form to a
 * page of ours, which Strict would keep it from, and with that page's form. Cookies are by host, not by port, so
 * the port is in its name.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
export function setCookie(origin: URL, value: string): string {
  return `${nameAt(origin)}=${value}; ${attributesAt(origin)}`;
}

/** Makes the Set-Cookie header that takes it away. */
export function clearCookie(origin: URL): string {
  return `${nameAt(origin)}=; Max-Age=0; ${attributesAt(origin)}`;
}

/** Tells if a request has the cookie with this value. */
export function hasCookie({ headers }: Request, origin: URL, value: string): boolean {
  const name = nameAt(origin);
  const cookies = (headers.get("cookie") ?? "").split(/[;,]/).map((each) => each.trim());
  return cookies.map((each) => isSame(each, `${name}=${value}`)).includes(true);
}

function nameAt({ port, protocol }: URL): string {
  return `stssamldriver-${port || (protocol === "https:" ? "443" : "80")}`;
}

function attributesAt({ protocol }: URL): string {
  return `Path=/; HttpOnly; SameSite=Lax${protocol === "https:" ? "; Secure" : ""}`;
}

/** Compares in a time that tells nothing of where two texts differ. */
function isSame(one: string, other: string): boolean {
  let different = one.length ^ other.length;
  for (let at = 0; at < other.length; at++) different |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return different === 0;
}
