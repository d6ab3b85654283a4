/**
 * The assertion consumer service: who may post what to the loopback listener.
 *
 * It knows nothing of AWS and nothing of SAML but a field's name: it turns a request into a posted form
 * or a refusal. The handler is a function, so that all of it is tested without a port.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf section 3.5
 * @module
 */

import { Answers, type Reply, type Way } from "./answers.ts";
import { CLEARS_ORIGIN, hasCookie, setCookie, type Start, startHandler } from "./start.ts";
import { readForm, responseOf } from "./form.ts";
import { isRead, type Page, pageResponse, securityHeaders } from "../pages/page.ts";
import { strayPage } from "../pages/pages.ts";

/** The path that IdPs post to. */
export const ACS_PATH = "/saml";

/** An address of this listener that a conversation serves for a while. */
export interface Resource {
  readonly get: () => Page;
  /** The value of the cookie that a browser must have; `undefined` for any browser. */
  readonly cookie?: string | undefined;
  /** Takes a form that a page of ours sent; absent where none does. */
  readonly post?: (form: URLSearchParams) => Promise<Reply>;
}

/** The sign-in as the listener sees it. */
export interface AcsOptions {
  /** The address that people and IdPs use: `http://localhost:8090`. */
  readonly origin: URL;
  /** `undefined` when the person starts at the IdP. */
  readonly start: Start | undefined;
  /** Tells if no assertion is waited for any more; by default one always is. */
  readonly isOver?: () => boolean;
  /** The page of `GET /`. */
  readonly waiting: () => Page;
  /** The pages that answer forms; its own by default. */
  readonly answers?: Answers;
  /** Takes the one field SAMLResponse, not empty; what it returns is shown in the tab. */
  readonly receive: (samlResponse: string) => Promise<Reply>;
  /** The resource at another path at this moment. */
  readonly resource?: (path: string) => Resource | undefined;
  /** Hears of every request that was refused here, without its content. */
  readonly onStray?: (what: string) => void;
  /** The longest time that a body may take, milliseconds; tests shorten it. */
  readonly bodyDeadlineMs?: number;
}

/** Makes the listener's handler. It never throws and never takes longer than a body's deadline itself. */
export function acsHandler(options: AcsOptions): (request: Request) => Promise<Response> {
  const hosts = hostsOf(options.origin);
  const { answers = new Answers() } = options;
  const start = options.start && startHandler(options.start, options.origin, options);
  const resourceAt = (path: string): Resource | undefined => {
    const page = answers.at(path);
    return page === undefined ? options.resource?.(path) : { get: () => page };
  };
  return async (request) => {
    const stray = (status: number, title: string, remedy: string, headers = {}) => {
      // With a host that is none, in Host or in the first line, the request's URL is none either.
      const path = URL.canParse(request.url) ? new URL(request.url).pathname : "?";
      const what = `${request.method} ${path}`;
      options.onStray?.(
        `${what.length > 100 ? `${what.slice(0, 100)}…` : what}: ${status} ${title}`,
      );
      // Of a body that nobody read the rest is still coming: a next request on that connection fails.
      const unread = request.body === null ? {} : { connection: "close" };
      const page = strayPage(status, title, remedy);
      // Wherever it was posted to, it may be an assertion.
      const byReload = request.method === "POST" && intoTab(request) && !resourceAt(path);
      return byReload
        ? led({ redirect: answers.add({ ...page, headers }) }, options.origin, unread)
        : pageResponse({ ...page, headers: { ...headers, ...unread } });
    };
    // A page of another site whose name was made to point here (DNS rebinding) has its own name as Host.
    if (!hosts.has(hostOf(request, options.origin)) || !URL.canParse(request.url)) {
      return stray(
        403,
        "Wrong address",
        `stssamldriver only answers at ${options.origin.origin}.`,
      );
    }
    const url = new URL(request.url);
    switch (url.pathname) {
      case ACS_PATH:
        if (request.method !== "POST") {
          return stray(405, ...notPosted(url), { allow: "POST" });
        }
        // An IdP's form brings its tab along. What a page of any site sends behind the person's back must not
        // take the place of what they are looking at.
        if (!intoTab(request)) {
          return stray(
            403,
            "Open this in its own tab",
            "A sign-in doesn't work inside another page. If it was in a tab of its own, another program " +
              `that used ${options.origin.host} before has left a service worker in this browser. It was ` +
              "removed: sign in again.",
            CLEARS_ORIGIN,
          );
        }
        return await receiveForm(request, { options, answers, stray });
      case "/favicon.ico":
        return new Response(null, { status: 204, headers: securityHeaders() });
      case "/":
        return isRead(request)
          ? pageResponse({ ...options.waiting(), headers: CLEARS_ORIGIN })
          : stray(
            405,
            "Wrong address",
            `Your IdP must post to ${options.origin.origin}${ACS_PATH}.`,
            {
              allow: "GET, HEAD",
            },
          );
    }
    const started = await start?.(request);
    if (started === "second") {
      return stray(403, "This sign-in was started in another browser", OPENED_ELSEWHERE);
    }
    if (started !== undefined) return started;
    const resource = resourceAt(url.pathname);
    if (resource !== undefined) {
      return await serveResource(resource, request, { options, answers, stray });
    }
    return stray(404, "This sign-in link has expired", "Run the command again.");
  };
}

const OPENED_ELSEWHERE =
  "Go on in the browser that was opened first, or run the command again. If no other browser of yours " +
  "has opened the sign-in, press Ctrl-C in the terminal: another program has.";

/**
 * Serves an address that shows or takes something of the person's own: never inside another page, and a
 * form only from a page of this listener. What a browser does not tell is taken for the worst.
 */
async function serveResource(
  resource: Resource,
  request: Request,
  { options, answers, stray }: Handling,
): Promise<Response> {
  const { headers, method } = request;
  if (!intoTab(request)) {
    return stray(403, "Open this in its own tab", "It can't be shown inside another page.");
  }
  const post = resource.post?.bind(resource);
  const own =
    headers.get("origin") === `${options.origin.protocol}//${hostOf(request, options.origin)}` &&
    headers.get("sec-fetch-site") === "same-origin";
  if (method === "POST" && post !== undefined && !own) {
    return stray(403, "Not from this page", "Choose on the page that stssamldriver showed you.");
  }
  const { cookie } = resource;
  if (cookie !== undefined && !hasCookie(request, options.origin, cookie)) {
    const remedy = options.start === undefined
      ? "Allow this browser to keep cookies for localhost, then sign in again."
      : "Open the address that your terminal shows in this browser. If you did, allow it to keep " +
        "cookies for localhost.";
    return stray(403, "This sign-in was started in another browser", remedy);
  }
  // A look by HEAD must not use up a page that is given once.
  if (method === "HEAD") return new Response(null, { headers: securityHeaders() });
  if (method === "GET") {
    const page = resource.get();
    answers.came(new URL(request.url).pathname);
    return pageResponse(page);
  }
  if (method !== "POST" || post === undefined) {
    return stray(405, "This page takes no form", "Sign in again.", { allow: "GET, HEAD" });
  }
  const form = await readForm(request, { deadlineMs: options.bodyDeadlineMs });
  if (!(form instanceof URLSearchParams)) return stray(...form);
  return led(await answers.lead(() => post(form)), options.origin);
}

/**
 * Tells if the answer is for a tab, as far as the browser says.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function intoTab({ headers }: Request): boolean {
  return (headers.get("sec-fetch-dest") ?? "document") === "document";
}

/** How requests are answered. */
interface Handling {
  readonly options: AcsOptions;
  readonly answers: Answers;
  readonly stray: (
    status: number,
    title: string,
    remedy: string,
    headers?: Record<string, string>,
  ) => Response;
}

/** Leads a tab on. */
function led(
  { redirect, cookie }: Way,
  origin: URL,
  headers: Record<string, string> = {},
): Response {
  const cookies = cookie === undefined ? {} : { "set-cookie": setCookie(origin, cookie) };
  return new Response(null, {
    status: 303,
    headers: { ...securityHeaders(), ...headers, ...cookies, location: redirect },
  });
}

/** The names under which a browser on this machine can mean this listener. */
function hostsOf(origin: URL): ReadonlySet<string> {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  const port = origin.port || (origin.protocol === "https:" ? "443" : "80");
  // Browsers leave out the scheme's own port.
  return new Set(names.flatMap((name) => [`${name}:${port}`, ...(origin.port ? [] : [name])]));
}

/**
 * Returns the host that the browser takes this listener for. On https browsers speak HTTP/2, which has no Host: Deno has its
 * authority in the URL only.
 */
function hostOf(request: Request, origin: URL): string {
  const host = request.headers.get("host")?.toLowerCase();
  if (host !== undefined || origin.protocol !== "https:") return host ?? "";
  return URL.canParse(request.url) ? new URL(request.url).host : "";
}

/** The words for what came to the ACS and is no POST. */
export function notPosted(url: URL): [title: string, remedy: string] {
  return url.searchParams.has("SAMLResponse")
    ? [
      "Your IdP used HTTP-Redirect",
      "AWS only accepts HTTP-POST: set the AWS application at your IdP to it.",
    ]
    : [
      "Nothing to see here",
      "This is where your IdP sends its response. Start the sign-in at your identity provider.",
    ];
}

async function receiveForm(
  request: Request,
  { options, answers, stray }: Handling,
): Promise<Response> {
  const form = await readForm(request, { deadlineMs: options.bodyDeadlineMs });
  if (!(form instanceof URLSearchParams)) return stray(...form);
  const field = responseOf(form);
  if (typeof field !== "string") return stray(...field);
  return led(await answers.lead(() => options.receive(field)), options.origin);
}
