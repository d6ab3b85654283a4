/**
 * A certificate and its key, looked at before anybody listens with them: the runtime only says that it found
 * none, and a browser only that the connection is not safe.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { utcTime } from "../text.ts";

/** What makes a pair that works. */
const MAKE_ONE =
  "mkcert localhost makes a pair that the browsers of this machine trust, after mkcert -install.";

/**
 * Refuses a pair that no browser could use.
 *
 * @param now milliseconds since 1970
 * @throws UserError exit code 2; it never quotes the key
 */
export async function checkTlsPair(
  { cert, key }: { readonly cert: string; readonly key: string },
  now: number,
): Promise<void> {
  const { notBefore, notAfter, names } = await certificateIn(cert);
  checkKey(key);
  if (notAfter <= now) throw unusable(`the certificate expired at ${utcTime(notAfter)}`);
  if (notBefore > now) {
    throw unusable(
      `the certificate is not valid before ${utcTime(notBefore)}`,
      "Check this machine's clock.",
    );
  }
  if (!names.some((name) => LOCAL.includes(name))) {
    throw unusable("the certificate is not for localhost");
  }
}

/** The names of this machine, as certificates have them, in small letters. */
const LOCAL: readonly string[] = ["dns:localhost", "ip address:127.0.0.1", "ip address:::1"];

/** Says what is wrong with a pair that the runtime refused. */
export function refusedPair(error: unknown): UserError {
  return /KeyMismatch/.test(messageOf(error))
    ? unusable("the key of --tls-key does not belong to the certificate of --tls-cert")
    : unusable(messageOf(error), undefined, error);
}

/** Reads the times of a certificate, milliseconds since 1970, and its names. */
async function certificateIn(text: string) {
  const block = blockOf(text, "CERTIFICATE");
  if (block === undefined) {
    throw unusable(
      "--tls-cert has no PEM certificate" + insteadOf(text, "CERTIFICATE"),
      remedyFor(text),
    );
  }
  try {
    // Loaded late: hardly any sign-in listens on https.
    const { X509Certificate } = await import("node:crypto");
    const { validFrom, validTo, subjectAltName = "" } = new X509Certificate(block);
    const [notBefore, notAfter] = [validFrom, validTo].map((time) => Date.parse(time));
    if (!notBefore || !notAfter) throw new Error("no time");
    return { notBefore, notAfter, names: subjectAltName.toLowerCase().split(", ") };
  } catch (error) {
    throw unusable("the certificate of --tls-cert cannot be read", undefined, error);
  }
}

function checkKey(text: string): void {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw unusable(
      "the key of --tls-key is encrypted, and nobody can be asked for its passphrase",
      "Write it without one, in a file that only you can read:\n" +
        "  (umask 077; openssl pkey -in KEY.pem -out PLAIN.pem)",
    );
  }
  if (blockOf(text, "(?:RSA |EC )?PRIVATE KEY") !== undefined) return;
  throw unusable(
    "--tls-key has no PEM private key" + insteadOf(text, "PRIVATE KEY"),
    remedyFor(text),
  );
}

/** The first PEM block with this label. */
function blockOf(text: string, label: string): string | undefined {
  return new RegExp(`-----BEGIN (${label})-----[^-]*-----END \\1-----`).exec(text)?.[0];
}

/** Says what a file has in place of what was looked for. */
function insteadOf(text: string, wanted: string): string {
  if (text.trim() === "") return ": it is empty";
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1];
  if (label === undefined) return ": it is no PEM file";
  return label === wanted ? ": it is cut short" : `, but a ${label.toLowerCase()}`;
}

function remedyFor(text: string): string | undefined {
  // Certificates and keys in binary begin with an ASN.1 sequence.
  if (!text.startsWith("0")) return undefined;
  return "It may be DER or PKCS #12: openssl x509 -inform DER or openssl pkcs12 -nodes makes it PEM.";
}

function unusable(reason: string, hint: string = MAKE_ONE, cause?: unknown): UserError {
  return new UserError(
    "tls-unusable",
    `Cannot use --tls-cert and --tls-key for https: ${reason}`,
    { exitCode: ExitCode.USAGE, hint, cause },
  );
}
