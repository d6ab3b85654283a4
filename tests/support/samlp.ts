/**
 * An identity provider of Auth0's library samlp: its Responses, in its own page that posts them. Around it
 * is only what samlp leaves to its users: a server and who is signed in.
 *
 * @see https://github.com/auth0/node-samlp
 * @module
 */

import samlp from "samlp";
import { keyNamed } from "./keys.ts";
import { serveLoopback } from "./loopback_http.ts";
import { type RoleOffer } from "./saml_response.ts";

/** The roles that its person is offered. */
export const SAMLP_OFFERS = [
  {
    role: "arn:aws:iam::111122223333:role/Dev",
    provider: "arn:aws:iam::111122223333:saml-provider/Auth0",
  },
  {
    role: "arn:aws:iam::444455556666:role/team/platform/Admin",
    provider: "arn:aws:iam::444455556666:saml-provider/Auth0",
  },
  {
    role: "arn:aws:iam::444455556666:role/Support@eu",
    provider: "arn:aws:iam::444455556666:saml-provider/Auth0",
  },
] as const satisfies readonly RoleOffer[];

/** What samlp can be told differently. */
export interface SamlpVariant {
  /** Default: true. */
  readonly signAssertion?: boolean;
  /** Default: false. */
  readonly signResponse?: boolean;
  /** `xsi:type` at each value. Default: true. */
  readonly typedAttributes?: boolean;
  /** Default: true. */
  readonly includeAttributeNameFormat?: boolean;
  /** Of the signature's elements. Default: none. */
  readonly signatureNamespacePrefix?: string;
}

/** One that runs. */
export interface SamlpIdp extends AsyncDisposable {
  readonly startUrl: string;
  /** Its entity ID. */
  readonly issuer: string;
  readonly certificatePem: string;
}

/** As much of samlp as is used; it has no types of its own. */
interface Samlp {
  auth(options: Record<string, unknown>): (
    request: { readonly method: string; readonly query: object; readonly user: object },
    response: { set(name: string, value: string): void; send(body: string | number): void },
    next: (error: unknown) => void,
  ) => void;
}

const { auth }: Samlp = samlp;

/** Starts one whose page posts to `acsUrl`. */
export function startSamlp(
  { acsUrl, variant = {} }: { readonly acsUrl: string; readonly variant?: SamlpVariant },
): SamlpIdp {
  const key = keyNamed("samlp.test");
  const issuer = "urn:samlp.example";
  const attributes = "https://aws.amazon.com/SAML/Attributes/";
  const claims = {
    [`${attributes}Role`]: SAMLP_OFFERS.map(({ role, provider }) => `${role},${provider}`),
    [`${attributes}RoleSessionName`]: "sam@example.com",
    [`${attributes}SessionDuration`]: "3600",
  };
  const answer = auth({
    issuer,
    cert: key.certificatePem,
    key: key.privateKeyPem,
    audience: "urn:amazon:webservices",
    recipient: acsUrl,
    destination: acsUrl,
    lifetimeInSeconds: 300,
    getPostURL: (_audience: unknown, _dom: unknown, _request: unknown, done: Done) =>
      done(null, acsUrl),
    profileMapper: () => ({
      getClaims: () => claims,
      getNameIdentifier: () => ({ nameIdentifier: "sam" }),
    }),
    ...variant,
  });
  const page = () =>
    new Promise<string>((resolve, reject) => {
      const response = {
        set: () => {},
        send: (body: string | number) => {
          if (typeof body === "string") resolve(body);
          else reject(new Error(`samlp answered ${body}`));
        },
      };
      answer({ method: "GET", query: {}, user: { id: "sam" } }, response, reject);
    });
  const server = serveLoopback(async ({ target }) =>
    target === "/"
      ? { status: 200, headers: { "Content-Type": "text/html" }, body: await page() }
      : { status: 404 }
  );
  return {
    startUrl: `${server.url}/`,
    issuer,
    certificatePem: key.certificatePem,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

type Done = (error: null, url: string) => void;
