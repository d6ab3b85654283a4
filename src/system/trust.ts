/**
 * Whom to trust on the way to AWS, beyond the operating system's own store.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { expandHome } from "./folders.ts";

/** The variables that name a bundle, strongest first: AWS' own, then OpenSSL's. */
const VARIABLES = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/**
 * A client that also trusts the certificates of AWS_CA_BUNDLE or SSL_CERT_FILE, which fetch does not
 * read; `undefined` when neither is set.
 *
 * @throws UserError exit code 2 when the file cannot be read or holds no certificate
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
        hint:
          `${variable} names a PEM file with the certificates of the CAs to trust; correct or unset it.`,
        cause,
      });
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      throw fail(messageOf(error), error);
    }
    const caCerts = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    if (caCerts === null) throw fail("it holds no certificate in PEM");
    try {
      return Deno.createHttpClient({ caCerts });
    } catch (error) {
      throw fail(messageOf(error), error);
    }
  }
  return undefined;
}
