/**
 * A small identity provider on loopback, IdP-initiated: a sign-in page, and the form that posts a signed
 * Response to the ACS URL. Tests without a browser take the form from {@linkcode Idp.signIn} and send it
 * with {@linkcode postToAcs}.
 *
 * It stands on the same little server as the STS stand-in rather than on `Deno.serve`, whose `shutdown()`
 * waits for the silent connections that browsers keep open.
 *
 * @module
 */

import { type IdpForm, plainPage, postPage, signInPage } from "./idp_pages.ts";
import { type IdpUser, offersOf, USERS } from "./idp_users.ts";
import { idpKey, type SigningKey } from "./keys.ts";
import { type LoopbackAnswer, type LoopbackRequest, serveLoopback } from "./loopback_http.ts";
import {
  ACS_URL,
  buildResponse,
  type BuiltResponse,
  ISSUER,
  type ResponseOptions,
  type RoleOffer,
  wrapped76,
} from "./saml_response.ts";
import { followed, type Send } from "./tab.ts";

export type { IdpForm } from "./idp_pages.ts";
export { type IdpUser, offersOf, USERS } from "./idp_users.ts";

/** How the IdP is set up. */
export interface IdpOptions {
  /** Milliseconds since 1970. Default: the real time. */
  readonly clock?: (() => number) | undefined;
  readonly port?: number | undefined;
  /** Where Responses go. Default: the driver's usual URL. */
  readonly acsUrl?: string | undefined;
  /** Its entity ID. Default: {@linkcode ISSUER}. */
  readonly issuer?: string | undefined;
  readonly key?: SigningKey | undefined;
  readonly users?: readonly IdpUser[] | undefined;
  /** Changes every Response, and wins over what the user has. */
  readonly response?: ResponseOptions | undefined;
  /** The field RelayState, also an empty one. What `/start?RelayState=…` says wins. */
  readonly relayState?: string | undefined;
  /** RelayState before SAMLResponse. */
  readonly relayStateFirst?: boolean | undefined;
  /** Break the base64 in lines of 76. */
  readonly wrapBase64?: boolean | undefined;
  /** Sources for `Content-Security-Policy: form-action`, beside `'self'`. Default: no such header. */
  readonly formAction?: readonly string[] | undefined;
  /** Stands in the sign-in page's field already. */
  readonly suggestedUser?: string | undefined;
  /** The form submits itself. Default: true. */
  readonly autoPost?: boolean | undefined;
  /** Told what happens, in words without secrets. */
  readonly onEvent?: ((text: string) => void) | undefined;
}

/** A request that came. */
export interface Visit {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  /** Who signed in, at `POST /login`. */
  readonly user?: string | undefined;
}

/** An IdP that runs. */
export interface Idp extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What `--issuer` is given: the page where a sign-in begins. */
  readonly startUrl: string;
  readonly issuer: string;
  /** What an IAM SAML provider would hold. */
  readonly certificatePem: string;
  readonly visits: readonly Visit[];
  /** Every Response that was made, newest last. */
  readonly responses: readonly BuiltResponse[];
  /** Every role that the users are offered. */
  readonly offers: readonly RoleOffer[];
  /**
   * Signs a user in without a browser.
   *
   * @throws Error when nobody has this name
   */
  signIn(user: string, changes?: ResponseOptions): IdpForm;
  close(): Promise<void>;
}

/** Starts an IdP on 127.0.0.1. */
export function startIdp(options: IdpOptions = {}): Idp {
  const key = options.key ?? idpKey();
  const issuer = options.issuer ?? ISSUER;
  const users = options.users ?? USERS;
  const visits: Visit[] = [];
  const responses: BuiltResponse[] = [];

  const makeForm = (user: IdpUser, { changes, relayState }: FormChanges): IdpForm => {
    const acsUrl = options.acsUrl ?? ACS_URL;
    const built = buildResponse({
      key,
      issuer,
      now: options.clock?.() ?? Date.now(),
      destination: acsUrl,
      recipient: acsUrl,
      nameId: user.name,
      roleSessionName: `${user.name}@example.com`,
      ...user.response,
      ...options.response,
      ...changes,
    });
    responses.push(built);
    const base64 = options.wrapBase64 ? wrapped76(built.base64) : built.base64;
    const response = ["SAMLResponse", base64] as const;
    const state = relayState ?? options.relayState;
    const fields = state === undefined
      ? [response]
      : options.relayStateFirst
      ? [["RelayState", state] as const, response]
      : [response, ["RelayState", state] as const];
    options.onEvent?.(`The IdP signs ${user.name} in and has the answer posted to ${acsUrl}`);
    return { action: acsUrl, fields };
  };

  const html = (status: number, body: string): LoopbackAnswer => ({
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      ...(options.formAction && {
        "Content-Security-Policy": `form-action 'self' ${options.formAction.join(" ")}`,
      }),
    },
    body,
  });

  const route = (request: LoopbackRequest): LoopbackAnswer => {
    const { pathname, searchParams } = new URL(request.target, "http://127.0.0.1");
    switch (`${request.method} ${pathname}`) {
      case "GET /":
        return { status: 303, headers: { Location: "/start" } };
      case "GET /favicon.ico":
        return { status: 204 };
      case "GET /start": {
        options.onEvent?.("The IdP shows its sign-in page");
        return html(
          200,
          signInPage(users, {
            relayState: searchParams.get("RelayState") ?? undefined,
            suggested: options.suggestedUser,
          }),
        );
      }
      case "POST /login": {
        const form = new URLSearchParams(request.body);
        const name = form.get("user")?.trim() ?? "";
        const relayState = form.get("RelayState") ?? undefined;
        const user = users.find((it) => it.name === name);
        if (user === undefined) {
          return html(
            401,
            signInPage(users, { relayState, trouble: `Nobody here is called "${name}"` }),
          );
        }
        return html(
          200,
          postPage(makeForm(user, { relayState }), { automatic: options.autoPost ?? true }),
        );
      }
      default:
        return html(404, plainPage("Not found", `There is no ${request.method} ${pathname} here.`));
    }
  };

  const server = serveLoopback((request) => {
    const { method, target, headers, body } = request;
    const user = method === "POST" ? new URLSearchParams(body).get("user") ?? undefined : undefined;
    visits.push({ method, target, headers, user });
    return route(request);
  }, { port: options.port });

  return {
    url: server.url,
    port: server.port,
    startUrl: `${server.url}/start`,
    issuer,
    certificatePem: key.certificatePem,
    visits,
    responses,
    offers: offersOf(users),
    signIn: (name, changes) => {
      const user = users.find((it) => it.name === name);
      if (user === undefined) throw new Error(`Nobody at the test IdP is called "${name}"`);
      return makeForm(user, { changes });
    },
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}

interface FormChanges {
  readonly changes?: ResponseOptions | undefined;
  readonly relayState?: string | undefined;
}

/** What the ACS answered. */
export interface AcsAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Posts a form as Chromium does when it comes from an `https` page: `Origin: null`, no Referer. Redirects are
 * not followed.
 *
 * @throws TypeError when nobody listens there
 */
export async function postToAcs(
  acsUrl: string,
  fields: IdpForm["fields"],
): Promise<AcsAnswer> {
  const request = new Request(acsUrl, {
    method: "POST",
    redirect: "manual",
    headers: {
      // Without a charset, as browsers send it.
      "Content-Type": "application/x-www-form-urlencoded",
      "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "Origin": "null",
      "Sec-Fetch-Site": "cross-site",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Dest": "document",
    },
    body: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString(),
  });
  const { url, headers } = request;
  // Connections of its own, which are kept open, as a browser's are: Wine's server leaves those of a killed driver
  // open, and what the next driver's test sent down one of them would never be answered.
  using client = Deno.createHttpClient({});
  const send: Send = (request) => fetch(request, { redirect: "manual", client });
  const answer = await followed(send, await send(request), { url, headers });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
