/**
 * The CAs to trust on the way to AWS, besides those of the operating system.
 *
 * @module
 */

import { ExitCode, messageOf, systemReason, UserError, type UserErrorOptions } from "../errors.ts";
import { expandHome } from "./paths.ts";

/** A setting that names a file of CA certificates. */
export interface CaSetting {
  /** Its name, for a hint: `AWS_CA_BUNDLE`. */
  readonly name: string;
  /** Its name and value, for a message: `AWS_CA_BUNDLE=/etc/corp.pem`. */
  readonly shown: string;
  readonly path: string;
  /** Whether it is a variable, and no property of a profile. */
  readonly isVariable?: boolean;
}

type Env = (name: string) => string | undefined;

/** The stores that Deno knows, for DENO_TLS_CA_STORE. */
const STORES = ["system", "mozilla"];

/**
 * Makes a client that also trusts the certificates in AWS_CA_BUNDLE, the profile's `ca_bundle`, REQUESTS_CA_BUNDLE
 * or SSL_CERT_FILE, which fetch does not read; the first one that is set counts. `undefined` when none is.
 *
 * @throws UserError exit code 2 when the file cannot be read or contains no certificate
 */
export async function trustedClient(
  env: Env,
  ofProfile?: CaSetting,
): Promise<Deno.HttpClient | undefined> {
  const setting = extraCas(env, ofProfile);
  return setting && clientFor(setting, await certificatesOf(setting), env);
}

/**
 * Looks at everything that names CAs, also what only the runtime reads: with one of these it cannot use, it
 * has no CAs at all, and says so no sooner than AWS is called.
 *
 * @throws UserError exit code 2 that names the setting that cannot be used
 */
export async function checkTrust(env: Env, ofProfile?: CaSetting): Promise<void> {
  const store = env("DENO_TLS_CA_STORE");
  const unknown = store?.split(",").find((each) => !STORES.includes(each.trim()));
  if (store && unknown !== undefined) {
    throw unreadable(`Cannot use DENO_TLS_CA_STORE=${store}: it must be ${STORES.join(" or ")}`, {
      hint: "Correct DENO_TLS_CA_STORE, or unset it.",
      variable: "DENO_TLS_CA_STORE",
    });
  }
  const settings = [
    ofAws(env, ofProfile),
    variable("SSL_CERT_FILE", env),
    variable("DENO_CERT", env),
  ].filter((setting) => setting !== undefined);
  // All of them first: the runtime needs each to make any client.
  const read = [];
  for (const setting of settings) read.push({ setting, certs: await certificatesOf(setting) });
  for (const { setting, certs } of read) clientFor(setting, certs, env).close();
}

/** The setting whose CAs are trusted besides those of the system. */
export function extraCas(env: Env, ofProfile?: CaSetting): CaSetting | undefined {
  return ofAws(env, ofProfile) ?? variable("SSL_CERT_FILE", env);
}

/** What Python's SDK reads, in its order. */
function ofAws(env: Env, ofProfile: CaSetting | undefined): CaSetting | undefined {
  return variable("AWS_CA_BUNDLE", env) ?? ofProfile ?? variable("REQUESTS_CA_BUNDLE", env);
}

function variable(name: string, env: Env): CaSetting | undefined {
  const value = env(name);
  return value
    ? { name, shown: `${name}=${value}`, path: expandHome(value, env), isVariable: true }
    : undefined;
}

/** The certificates of a file, PEM. */
async function certificatesOf(setting: CaSetting): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(setting.path);
  } catch (error) {
    throw unusable(setting, readingReason(error, setting.path), error);
  }
  const certs = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (certs === null) throw unusable(setting, "it contains no PEM certificate");
  return certs;
}

function clientFor(setting: CaSetting, caCerts: string[], env: Env): Deno.HttpClient {
  try {
    return Deno.createHttpClient({ caCerts });
  } catch (error) {
    throw runtimeTrouble(env) ?? unusable(setting, "a certificate in it cannot be read", error);
  }
}

/** The error for CAs that the runtime itself cannot load, whatever is added to them. */
function runtimeTrouble(env: Env): UserError | undefined {
  try {
    Deno.createHttpClient({}).close();
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    const name = /platform certificates/i.test(message) ? "SSL_CERT_FILE" : "DENO_CERT";
    const setting = variable(name, env);
    const reason = `the certificates in it cannot be read: ${systemReason(error)}`;
    return setting !== undefined ? unusable(setting, reason, error) : unreadable(
      `Cannot load the CA certificates of this machine: ${systemReason(error)}`,
      {
        hint: "Check SSL_CERT_FILE, SSL_CERT_DIR, DENO_CERT and DENO_TLS_CA_STORE.",
        cause: error,
      },
    );
  }
}

function unusable(
  { name, shown, isVariable }: CaSetting,
  reason: string,
  cause?: unknown,
): UserError {
  return unreadable(`Cannot use ${shown}: ${reason}`, {
    variable: isVariable ? name : undefined,
    hint: `Set ${name} to a PEM file with the CA certificates to trust, or unset it.`,
    cause,
  });
}

function unreadable(message: string, options: Omit<UserErrorOptions, "exitCode">): UserError {
  return new UserError("trust-unreadable", message, { exitCode: ExitCode.USAGE, ...options });
}

function readingReason(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotFound) {
    // Who runs the driver for an SDK does not choose its folder.
    const relative = !/^([\\/]|[a-z]:)/i.test(path);
    return `the file does not exist${relative ? " in the current folder" : ""}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) return "no permission to read it";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return systemReason(error);
}
