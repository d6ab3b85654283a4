/**
 * The way to AWS on this machine: its proxies and CAs, by the environment and the shared files.
 *
 * @module
 */

import { recovered } from "./errors.ts";
import { sharedFiles } from "./profiles/files.ts";
import { expandHome } from "./system/paths.ts";
import { HTTPS_PROXIES } from "./system/process.ts";
import { readTextFile } from "./system/text_file.ts";
import type { CaSetting } from "./system/trust.ts";

type Env = (name: string) => string | undefined;

/** A property of the profile in use, with that profile and the file that has it. */
export interface ConfiguredProperty {
  readonly profile: string;
  readonly value: string;
  readonly path: string;
}

/** The variables of the way to AWS; nearly nobody has one, and then what looks at them is not loaded. */
const ROUTE = [
  ...HTTPS_PROXIES,
  "AWS_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "SSL_CERT_FILE",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
];

/**
 * Looks at the proxies and CAs of the way to an https host.
 *
 * @throws UserError exit code 2 for a setting that cannot be used
 */
export async function checkRoute(host: string, env: Env): Promise<void> {
  // The executable has DENO_TLS_CA_STORE=system built in.
  const isSet = ROUTE.some((name) => !["", "system"].includes(env(name) ?? ""));
  const bundle = await configuredBundle(env);
  if (!isSet && bundle === undefined) return;
  const [{ checkProxy }, { checkTrust }] = await Promise.all([
    import("./system/proxy.ts"),
    import("./system/trust.ts"),
  ]);
  checkProxy(host, env);
  await checkTrust(env, bundle);
}

/** A client that trusts the CAs of the settings; `undefined` where nothing but the system's store is set. */
export async function trustedClient(env: Env): Promise<Deno.HttpClient | undefined> {
  const { trustedClient } = await import("./system/trust.ts");
  return await trustedClient(env, await configuredBundle(env));
}

/** Finds out about the way to AWS, for a message about what failed there. */
export function routeToAws(env: Env) {
  return {
    proxyFor: async (host: string) => (await import("./system/proxy.ts")).proxyFor(host, env),
    issuerOf: async (endpoint: string) =>
      await (await import("./system/issuer.ts")).issuerOf(endpoint, env),
    extraCas: async () => {
      const { extraCas } = await import("./system/trust.ts");
      return extraCas(env, await configuredBundle(env))?.shown;
    },
  };
}

async function configuredBundle(env: Env): Promise<CaSetting | undefined> {
  const found = await configured("ca_bundle", env);
  if (found === undefined) return undefined;
  const { profile, path, value } = found;
  const name = `ca_bundle of profile "${profile}" in ${path}`;
  return { name, shown: `${name}, "${value}"`, path: expandHome(value, env) };
}

/** A property of the profile in use (AWS_PROFILE, else `default`); the credentials file wins, as for Python. */
export async function configured(key: string, env: Env): Promise<ConfiguredProperty | undefined> {
  const files = sharedFiles(env, (path) => expandHome(path, env));
  const read = (["credentials", "config"] as const).flatMap((kind) => {
    const path = files[kind];
    // A file that cannot be read names nothing; who needs it says what is wrong with it.
    const text = recovered(() => readTextFile(path), () => undefined)?.text;
    return text?.toLowerCase().includes(key) ? [{ path, kind, text }] : [];
  });
  if (read.length === 0) return undefined;
  const { propertyOf } = await import("./profiles/configured.ts");
  const profile = env("AWS_PROFILE") || "default";
  const found = propertyOf(key, profile, read);
  return found && { profile, ...found };
}
