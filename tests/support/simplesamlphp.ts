/**
 * SimpleSAMLphp, a real identity provider, from Debian's package and the configuration in
 * `tests/peers/simplesamlphp`, served by PHP's own little server.
 *
 * @see https://simplesamlphp.org/docs/1.19/simplesamlphp-idp.html
 * @module
 */

import { fileURLToPath } from "node:url";
import { freePort } from "./driver.ts";
import { decryptionKey, keyNamed } from "./keys.ts";
import type { RoleOffer } from "./saml_response.ts";
import { startServerProcess } from "./server_process.ts";

const CONFIGURATION = fileURLToPath(new URL("../peers/simplesamlphp/", import.meta.url));

/** How an SP is answered: SimpleSAMLphp's usual way, which signs both, or another one. */
export type Variant = "both" | "assertion-only" | "response-only" | "encrypted";

/** The people of `authsources.php`. */
export type SspUser = "one" | "several" | "noduration" | "norole";

/** The password of everybody there. */
export const SSP_PASSWORD = "pw";

/** Every role that is offered to anybody there. */
export const SSP_OFFERS = [
  {
    role: "arn:aws:iam::111122223333:role/Dev",
    provider: "arn:aws:iam::111122223333:saml-provider/Ssp",
  },
  {
    role: "arn:aws:iam::444455556666:role/path/Admin",
    provider: "arn:aws:iam::444455556666:saml-provider/Ssp",
  },
  {
    role: "arn:aws:iam::444455556666:role/ReadOnly",
    provider: "arn:aws:iam::444455556666:saml-provider/Ssp",
  },
] as const satisfies readonly RoleOffer[];

/** A SimpleSAMLphp that runs. */
export interface SimpleSamlPhp extends AsyncDisposable {
  readonly url: string;
  /** Its entity ID. */
  readonly issuer: string;
  /** What it signs with. */
  readonly certificatePem: string;
  /** Where an IdP-initiated sign-in begins. */
  startUrl(variant: Variant): string;
  /** Where a request is sent. */
  readonly ssoUrl: string;
  readonly metadataUrl: string;
  /** Ends the session of the browser that goes there. */
  readonly signOutUrl: string;
}

/** Starts SimpleSAMLphp on a free port of 127.0.0.1; it posts to `acsUrl`. */
export async function startSimpleSamlPhp(
  folder: string,
  { acsUrl }: { readonly acsUrl: string },
): Promise<SimpleSamlPhp> {
  const home = await Deno.makeTempDir({ prefix: "stssamldriver-ssp-" });
  for (const name of ["cert", "data", "log", "tmp"]) await Deno.mkdir(`${home}/${name}`);
  const key = keyNamed("simplesamlphp.test");
  await Deno.writeTextFile(`${home}/cert/idp.key`, key.privateKeyPem);
  await Deno.writeTextFile(`${home}/cert/idp.crt`, key.certificatePem);
  await Deno.writeTextFile(`${home}/cert/sp.crt`, decryptionKey().certificatePem);
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = [`session.save_path=${home}/tmp`, "display_errors=0", "error_reporting=0"];
  const server = await startServerProcess({
    command: "php",
    args: [...settings.flatMap((each) => ["-d", each]), "-S", `127.0.0.1:${port}`, "-t", "."],
    cwd: `${folder}/www`,
    env: {
      SSP_HOME: home,
      SSP_URL: url,
      SSP_ACS: acsUrl,
      SIMPLESAMLPHP_CONFIG_DIR: `${CONFIGURATION}config`,
    },
    probe: `${url}/saml2/idp/metadata.php`,
  });
  const entry = `${url}/saml2/idp`;
  return {
    url,
    issuer: `${url}/idp`,
    certificatePem: key.certificatePem,
    startUrl: (variant) => {
      const suffix = variant === "both" ? "" : `:${variant}`;
      return `${entry}/SSOService.php?spentityid=urn:amazon:webservices${suffix}`;
    },
    ssoUrl: `${entry}/SSOService.php`,
    metadataUrl: `${entry}/metadata.php`,
    signOutUrl: `${entry}/SingleLogoutService.php?ReturnTo=${encodeURIComponent(`${url}/`)}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}
