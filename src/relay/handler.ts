/**
 * The relay: takes the form that an IdP posts, and answers with a page on which the person chooses where it goes. It
 * keeps nothing, so any number of copies may run, and it is one function, so it runs wherever requests come as
 * `Request`: `Deno.serve(relayHandler())`, or `export default { fetch: relayHandler() }` on Deno Deploy.
 *
 * @module
 */

import { decodePostedResponse } from "../saml/encoding.ts";
import { readSamlResponse } from "../saml/response.ts";
import { offeredRoles } from "../saml/roles.ts";
import { judge } from "../saml/verdict.ts";
import { UserError } from "../errors.ts";
import { ACS_PATH, intoTab, notPosted } from "../sign_in/listener/acs.ts";
import { fieldsIn, readFormText, responseOf } from "../sign_in/listener/form.ts";
import { isRead, pageResponse, securityHeaders } from "../sign_in/pages/page.ts";
import { type Address, clientOf, parseNetwork, RateLimit } from "./address.ts";
import { aboutPage, choicePage, type ReadResponse, refusalPage, unusablePage } from "./page.ts";

/** The path that load balancers ask. */
const HEALTH_PATH = "/health";

/** How the relay is set up; everything has a default. */
export interface RelayOptions {
  /** The port at which the drivers of the people listen. */
  readonly driverPort?: number | undefined;
  /** The proxies whose word on where a request comes from is believed: networks like `10.0.0.0/8`. */
  readonly trustProxy?: readonly string[] | undefined;
  /** The requests that one address may send at once, and again each minute. */
  readonly perMinute?: number | undefined;
  /** Told of every request but those for health. */
  readonly log?: ((entry: AccessEntry) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** The longest time that a body may take, milliseconds. */
  readonly bodyDeadlineMs?: number | undefined;
}

/**
 * A line of the access log. All of its words are this program's own: whatever a request brings, a path included, may
 * be an assertion.
 */
export interface AccessEntry {
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** The address that the request came from, past trusted proxies. */
  readonly peer: string;
  /** The code of what was wrong with an assertion. */
  readonly error?: string;
}

/** Where a request came from, as `Deno.serve` says it. */
export interface Origin {
  readonly remoteAddr: Deno.Addr;
}

/** Answers requests. */
export type RelayHandler = (request: Request, origin?: Origin) => Promise<Response>;

/** Enough for a company that signs in at nine o'clock from behind one address. */
const PER_MINUTE = 6000;

/** Over the network of a phone, too. */
const BODY_DEADLINE_MS = 30_000;

/** All bodies on their way together, bytes. */
const PENDING_BYTES = 64_000_000;

/** An IdP posts two. Each becomes a field of the page, which must not grow far beyond what came. */
const MOST_FIELDS = 10;

/**
 * Makes the relay's handler. It never throws.
 *
 * @throws an `Error` for a network that is none
 */
export function relayHandler(options: RelayOptions = {}): RelayHandler {
  const { log, now = Date.now, perMinute = PER_MINUTE, trustProxy = [] } = options;
  const trusted = trustProxy.map(parseNetwork);
  const limit = new RateLimit(perMinute);
  return async (request, origin) => {
    const since = performance.now();
    const path = URL.canParse(request.url) ? new URL(request.url).pathname : "";
    if (path === HEALTH_PATH && isRead(request)) return healthy();
    const client = clientOf(hostOf(origin), request.headers, trusted);
    let error: string | undefined;
    let response: Response;
    try {
      response = waiting(limit, client, since) ?? await answer(request, path, options);
    } catch (thrown) {
      error = thrown instanceof UserError ? thrown.code : "fault";
      response = thrown instanceof UserError
        ? pageResponse(unusablePage(thrown))
        : refuse(500, "Something went wrong in the relay", "Sign in again.");
    }
    // Of a body that nobody read the rest is still coming: a next request on that connection fails.
    if (request.body !== null && response.status >= 400) {
      response.headers.set("connection", "close");
    }
    log?.({
      time: new Date(now()).toISOString(),
      method: METHODS.has(request.method) ? request.method : "other",
      path: PATHS.has(path) ? path : "other",
      status: response.status,
      ms: Math.round((performance.now() - since) * 10) / 10,
      peer: client?.text ?? "unknown",
      ...(error !== undefined && { error }),
    });
    return response;
  };
}

function hostOf(origin: Origin | undefined): string | undefined {
  const address = origin?.remoteAddr;
  return address !== undefined && "hostname" in address ? address.hostname : undefined;
}

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "OPTIONS",
  "PUT",
  "DELETE",
  "PATCH",
]);
const PATHS: ReadonlySet<string> = new Set(["/", ACS_PATH, HEALTH_PATH, "/favicon.ico"]);

function healthy(): Response {
  return Response.json({ status: "ok" }, { headers: securityHeaders() });
}

/** The answer to one who sends too much; `undefined` for all others, and where nobody knows who it is. */
function waiting(limit: RateLimit, client: Address | undefined, now: number): Response | undefined {
  const seconds = client === undefined ? 0 : limit.take(client, now);
  if (seconds === 0) return undefined;
  return refuse(429, "Too many requests from your network", "Wait a minute, then sign in again.", {
    "retry-after": String(seconds),
  });
}

function refuse(
  status: number,
  title: string,
  remedy: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return pageResponse({ ...refusalPage(status, title, remedy), headers });
}

/** @throws UserError for an assertion that cannot be used */
async function answer(request: Request, path: string, options: RelayOptions): Promise<Response> {
  switch (path) {
    case ACS_PATH:
      return request.method === "POST" ? await receive(request, options) : notPost(request);
    case "/favicon.ico":
      return new Response(null, { status: 204, headers: securityHeaders() });
    case "/":
      if (isRead(request)) return pageResponse(aboutPage(200));
      return refuse(405, "Wrong address", `Your IdP must post to ${ACS_PATH} here.`, {
        allow: "GET, HEAD",
      });
    case HEALTH_PATH:
      return refuse(405, "Nothing to see here", "This address takes no form.", {
        allow: "GET, HEAD",
      });
    default:
      return refuse(404, "Nothing to see here", `Your IdP must post to ${ACS_PATH}.`);
  }
}

function notPost(request: Request): Response {
  const url = new URL(request.url);
  const headers = { allow: "POST" };
  return url.searchParams.has("SAMLResponse")
    ? refuse(405, ...notPosted(url), headers)
    : pageResponse(aboutPage(405, headers));
}

async function receive(
  request: Request,
  { now = Date.now, driverPort = 8090, bodyDeadlineMs = BODY_DEADLINE_MS }: RelayOptions,
): Promise<Response> {
  // An IdP's form brings its tab along, and only there the person sees what they choose.
  if (!intoTab(request)) {
    return refuse(
      403,
      "Open this in its own tab",
      "A sign-in doesn't work inside another page.",
    );
  }
  const text = await readFormText(request, {
    deadlineMs: bodyDeadlineMs,
    pendingBytes: PENDING_BYTES,
  });
  if (typeof text !== "string") return refuse(...text);
  const fields = fieldsIn(text);
  const field = responseOf(fields);
  if (typeof field !== "string") return refuse(...field);
  if (fields.length > MOST_FIELDS) {
    return refuse(
      400,
      `The form has ${fields.length} fields`,
      "An IdP posts SAMLResponse and RelayState.",
    );
  }
  if (fields.flat().some((part) => part.includes("\0"))) {
    return refuse(
      400,
      "The form has a NUL character",
      "No page can pass it on. Ask your IdP administrator what it sends as RelayState.",
    );
  }
  return pageResponse(choicePage(fields, readResponse(field, now()), { driverPort }));
}

/** Any IdP, any role; an encrypted assertion is AWS's own to read. */
const EXPECTED = { role: undefined, provider: undefined, idp: undefined, encrypted: true };

/**
 * Reads the form field SAMLResponse, without what only the driver says of it.
 *
 * @throws UserError when it cannot be used
 */
function readResponse(field: string, now: number): ReadResponse {
  const response = readSamlResponse(decodePostedResponse(field).xml.reveal());
  const { assertion } = response;
  const offer = typeof assertion === "string"
    ? { roles: [], malformed: [] }
    : offeredRoles(assertion);
  const objection = judge({ response, offer }, EXPECTED, now);
  if (objection !== undefined) throw objection;
  return { response, offer };
}
