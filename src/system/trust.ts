/**
 * The CAs to trust on the way to AWS, besides those of the operating system.
 *
 * @module
 */

import { ExitCode, systemReason, UserError } from "../errors.ts";
import { expandHome } from "./paths.ts";

/** The variables that name a bundle; the first one set counts: AWS's own, then OpenSSL's. */
const VARIABLES = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/**
 * Makes a client that also trusts the certificates in AWS_CA_BUNDLE or SSL_CERT_FILE, which fetch does not
 * read; `undefined` when neither is set.
 *
 * @throws UserError exit code 2 when the file cannot be read or contains no certificate
 */
export async function trustedClient(
  env: (name: string) => string | undefined,
): Promise<Deno.HttpClient | undefined> {
  for (const variable of VARIABLES) {
    const named = env(variable);
    if (!named) continue;
    const path = expandHome(named, env);
    const fail = (reason: string, cause?: unknown) =>
      new UserError("trust-unreadable", `Cannot use ${variable}=${named}: ${reason}`, {
        exitCode: ExitCode.USAGE,
        hint: `Set ${variable} to a PEM file with the CA certificates to trust, or unset it.`,
        cause,
      });
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      throw fail(readingReason(error), error);
    }
    const caCerts = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    if (caCerts === null) throw fail("it contains no PEM certificate");
    try {
      return Deno.createHttpClient({ caCerts });
    } catch (error) {
      throw fail("a certificate in it cannot be read", error);
    }
  }
  return undefined;
}

function readingReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "the file does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission to read it";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return systemReason(error);
}
