/**
 * The proxy variables as the runtime reads them; pure. One that it cannot use it passes over without a word,
 * and connects directly.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";

type Env = (name: string) => string | undefined;

/** The variables that name a proxy for https, the most specific first. */
const PAIRS = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]] as const;

/**
 * Looks at the variables that name the proxy for an https host.
 *
 * @throws UserError exit code 2, without the value, which may hold a password, when it cannot be used
 */
export function checkProxy(host: string, env: Env): void {
  if (isDirect(host, env)) return;
  for (const names of PAIRS) {
    const set = names.flatMap((name) => {
      const value = env(name);
      return value ? [{ name, trouble: proxyTrouble(value) }] : [];
    });
    // Desktops set all_proxy=socks:// beside a good https_proxy.
    if (set.some(({ trouble }) => trouble === undefined)) return;
    const [first] = set;
    if (first?.trouble !== undefined) throw unusable(first.name, first.trouble);
  }
}

/** The proxy that the runtime takes to an https host, without its user and password, and the variable that names it. */
export function proxyFor(
  host: string,
  env: Env,
): { readonly name: string; readonly address: string } | undefined {
  const taken = takenFor(host, env);
  if (taken === undefined) return undefined;
  const { name, value } = taken;
  const address = value.replace(/^(?:[a-z\d+.-]+:\/\/)?(?:[^/?#]*@)?([^/?#]*).*$/is, "$1");
  return { name, address };
}

/**
 * The URL of the proxy that the runtime takes to an https host, which may hold a password; `undefined` for none,
 * `null` for one that cannot be read as a URL.
 */
export function proxyUrlFor(host: string, env: Env): URL | null | undefined {
  const value = takenFor(host, env)?.value;
  return value === undefined
    ? undefined
    : URL.parse(/^[^/@]*:\/\//.test(value) ? value : `http://${value}`);
}

function takenFor(
  host: string,
  env: Env,
): { readonly name: string; readonly value: string } | undefined {
  if (isDirect(host, env)) return undefined;
  // In the runtime's own order.
  for (const name of PAIRS.toReversed().flat()) {
    const value = env(name);
    if (value && proxyTrouble(value) === undefined) return { name, value };
  }
  return undefined;
}

/** Says what keeps the runtime from using a proxy; `undefined` when it can. Never repeats a part of the value. */
export function proxyTrouble(value: string): string | undefined {
  if (value.trim() !== value) return "it begins or ends with white space";
  if (/^["']|["']$/.test(value)) return "it has quotes around it";
  const [, scheme = "http", authority = "", rest = ""] =
    /^(?:([a-z][a-z\d+.-]*):\/\/)?([^/?#]*)(.*)$/is.exec(value) ?? [];
  if (!/^(https?|socks5h?)$/i.test(scheme)) {
    return "its scheme must be http, https, socks5 or socks5h";
  }
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(at, 0));
  if (
    rest.includes("@") || user.includes("@") || (at >= 0 && !/^[!$&'()*+,;=\w.~%:-]*$/.test(user))
  ) {
    return "a special character in its user name or password must be percent-encoded";
  }
  if (at >= 0 && !user.includes(":")) return "it has a user name without a colon and a password";
  const [, host, port] =
    /^(\[[\da-f:.]+\]|[\w.~%!$&'()*+,;=-]+)(?::(.*))?$/is.exec(authority.slice(at + 1)) ?? [];
  if (host === undefined) return "it does not have the form http://HOST:PORT";
  const isPort = port === undefined ||
    (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535);
  return isPort ? undefined : "its port must be a number from 1 to 65535";
}

/** Whether NO_PROXY says that a host is reached directly, as the runtime reads it. */
function isDirect(host: string, env: Env): boolean {
  // Networks in NO_PROXY are not worked out: AWS is reached by its name.
  if (/^(\[.*\]|[\d.]+|localhost)$/.test(host)) return true;
  const entries = (env("NO_PROXY") ?? env("no_proxy") ?? "").split(",").map((each) => each.trim());
  return entries.some((entry) => {
    const domain = entry.replace(/^\./, "");
    return entry === "*" || (domain !== "" && (host === domain || host.endsWith(`.${domain}`)));
  });
}

function unusable(name: string, trouble: string): UserError {
  return new UserError("proxy-unusable", `Cannot use the proxy in ${name}: ${trouble}`, {
    exitCode: ExitCode.USAGE,
    variable: name,
    hint:
      `Set ${name} to http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, in which user name and password\n` +
      "have %40 for @, %23 for #, %2F for / and so on; or unset it.",
  });
}
