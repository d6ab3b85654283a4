/**
 * Variables by which the environment would lead Deno's own runtime elsewhere than this program says. They
 * are settled once, before the first listener and the first request; programs that are started get the
 * environment as it was.
 *
 * @module
 */

import { expandHome } from "./paths.ts";

/** What goes to this machine goes through no proxy: the endpoint of a stand-in needs no TLS. */
const LOOPBACK = "localhost,127.0.0.0/8,::1";

/** The variables that name a proxy for https. */
export const HTTPS_PROXIES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] as const;

const PROXIES = ["HTTP_PROXY", "http_proxy", ...HTTPS_PROXIES];

/** Would have the listener listen elsewhere, or believe who forwards to it. */
const OF_SERVERS = ["DENO_SERVE_ADDRESS", "DENO_TRUST_PROXY_HEADERS"];

/** Would name the CAs to trust. */
const OF_CAS = ["SSL_CERT_FILE", "DENO_CERT"];

/** The values before they were changed here. */
const originals = new Map<string, string | undefined>();

/** Settles them; to be called before anything listens or fetches. */
export function settleEnvironment(): void {
  for (const name of OF_SERVERS) change(name, undefined);
  for (const name of OF_CAS) {
    const value = Deno.env.get(name);
    // To the runtime nothing is the name of a file that is not there, and so is one that begins with `~/`.
    if (value !== undefined) {
      change(
        name,
        value && expandHome(value, (each) => Deno.env.get(each)) || undefined,
      );
    }
  }
  if (!PROXIES.some((name) => Deno.env.get(name))) return;
  // Both: whichever of the two the runtime reads, the other one is passed over.
  const others = Deno.env.get("NO_PROXY") || Deno.env.get("no_proxy");
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const own = asRead(Deno.env.get(name) || others || "");
    change(name, own ? `${own},${LOOPBACK}` : LOOPBACK);
  }
}

/**
 * The hosts of NO_PROXY as the runtime knows them: in small letters, with commas between, and without the
 * wildcard or the port of https that others take.
 */
function asRead(hosts: string): string {
  return hosts.toLowerCase().split(/[,\s]+/).filter(Boolean)
    .map((host) => host.replace(/^\*(?=\.)/, "").replace(/^([^:]+):443$/, "$1")).join(",");
}

/** The environment as whoever started this program gave it. */
export function originalEnvironment(): Record<string, string> {
  const environment = Deno.env.toObject();
  for (const [name, value] of originals) {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}

/** Gives this process's own environment back its values, for a child that inherits it. */
export function restoreEnvironment(): void {
  for (const [name, value] of originals) {
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  }
  originals.clear();
}

function change(name: string, value: string | undefined): void {
  const before = Deno.env.get(name);
  if (before === value) return;
  originals.set(name, originals.has(name) ? originals.get(name) : before);
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}
