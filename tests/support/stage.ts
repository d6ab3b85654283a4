/**
 * Everything around one sign-in: an IdP that posts to the driver, an STS that trusts it, a home.
 *
 * @module
 */

import { freePort, temporaryHome } from "./driver.ts";
import { type Idp, type IdpOptions, startIdp } from "./idp.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "./saml_response.ts";
import { accountsFor, startSts, type Sts, type StsOptions } from "./sts.ts";

/** What a test may set differently. */
export interface StageOptions {
  readonly idp?: IdpOptions;
  readonly sts?: StsOptions;
  /** Of the roles, seconds. */
  readonly maxSessionDuration?: number;
  /** What STS opens encrypted assertions with, PEM. */
  readonly decryptionKeyPem?: string;
  /** Listen on https. */
  readonly secure?: boolean;
  /** The roles' trust policies accept both schemes. */
  readonly eitherScheme?: boolean;
  /** Of the driver. Default: a free one. */
  readonly port?: number;
}

/** The stage of a test. */
export interface Stage extends AsyncDisposable {
  readonly idp: Idp;
  readonly sts: Sts;
  readonly port: number;
  readonly acsUrl: string;
  readonly home: string;
  /** Both ARNs and the port: what every driver on this stage is started with. */
  readonly args: readonly string[];
  /** The variables that lead the driver to this STS. */
  readonly env: Readonly<Record<string, string>>;
}

/** Sets the stage; dispose of it at the end of the test. */
export function setStage(options: StageOptions = {}): Stage {
  const home = temporaryHome();
  const port = options.port ?? freePort();
  const acsUrl = `${options.secure ? "https" : "http"}://localhost:${port}/saml`;
  const idp = startIdp({ acsUrl, ...options.idp });
  const accounts = accountsFor(
    [{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }, ...idp.offers],
    {
      issuer: idp.issuer,
      keys: [idp.certificatePem],
      recipients: options.eitherScheme ? [acsUrl, acsUrl.replace("http:", "https:")] : [acsUrl],
      ...(options.maxSessionDuration !== undefined &&
        { maxSessionDuration: options.maxSessionDuration }),
      decryptionKeyPem: options.decryptionKeyPem,
    },
  );
  const sts = startSts({ ...accounts, ...options.sts });
  return {
    idp,
    sts,
    port,
    acsUrl,
    home: home.path,
    args: [
      "--role-arn",
      DEFAULT_ROLE,
      "--saml-provider-arn",
      DEFAULT_PROVIDER,
      "--port",
      String(port),
    ],
    env: { AWS_ENDPOINT_URL_STS: sts.url },
    async [Symbol.asyncDispose]() {
      await Promise.all([idp.close(), sts.close()]);
      home[Symbol.dispose]();
    },
  };
}
