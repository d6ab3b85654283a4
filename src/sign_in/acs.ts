/**
 * The assertion consumer service: who may post what to the loopback listener.
 *
 * It knows nothing of AWS and nothing of SAML but a field's name: it turns a request into a posted form
 * or a refusal. The handler is a plain function, so that all of it is tested without a port.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf section 3.5
 * @module
 */

import { type Page, pageResponse, securityHeaders } from "./pages/page.ts";
import { strayPage } from "./pages/pages.ts";

/** The path that IdPs post to. */
export const ACS_PATH = "/saml";

/**
 * STS takes 100,000 characters of base64. Escaped line breaks and signs make them more, and a RelayState
 * comes along: four times that is plenty, and small enough to hold.
 */
const MAX_BODY_BYTES = 400_000;

/** How long a browser on this very machine may take to send its form, milliseconds. */
const BODY_DEADLINE_MS = 10_000;

/** What the listener is told by the sign-in. */
export interface AcsOptions {
  /** The address that people and IdPs use: `http://localhost:8090`. */
  readonly origin: URL;
  /** Where `/start/<nonce>` sends the browser on to; `undefined` when the person starts at the IdP. */
  readonly start: { readonly nonce: string; readonly url: URL } | undefined;
  /** What `GET /` shows. */
  readonly waiting: () => Page;
  /** Takes the one field SAMLResponse, not empty; what it returns is shown in the tab. */
  readonly receive: (samlResponse: string) => Promise<Page>;
  /** Told of every request that was refused here, without its content. */
  readonly onStray?: (what: string) => void;
  /** How long a body may take, milliseconds; tests shorten it. */
  readonly bodyDeadlineMs?: number;
}

/** The path that the browser is opened at. */
export function startPath(nonce: string): string {
  return `/start/${nonce}`;
}

/** Makes the listener's handler. It never throws and never takes longer than a body's deadline itself. */
export function acsHandler(options: AcsOptions): (request: Request) => Promise<Response> {
  const hosts = hostsOf(options.origin);
  return async (request) => {
    const stray = (status: number, title: string, remedy: string, headers = {}) => {
      options.onStray?.(`${request.method} ${new URL(request.url).pathname}: ${status} ${title}`);
      return pageResponse({ ...strayPage(status, title, remedy), headers });
    };
    // A page of another site whose name was made to point here (DNS rebinding) has its own name as Host.
    const host = request.headers.get("host")?.toLowerCase() ?? "";
    if (!hosts.has(host)) {
      return stray(
        403,
        "Not this host",
        `This listener is ${options.origin.origin} and nothing else.`,
      );
    }
    const url = new URL(request.url);
    switch (url.pathname) {
      case ACS_PATH:
        if (request.method !== "POST") {
          return stray(405, ...notPosted(url, options.origin), { allow: "POST" });
        }
        return await receiveForm(request, options, stray);
      case "/favicon.ico":
        return new Response(null, { status: 204, headers: securityHeaders() });
      case "/":
        return isRead(request) ? pageResponse(options.waiting()) : stray(
          405,
          "Nothing can be sent here",
          `The IdP must post to ${options.origin.origin}/saml.`,
          {
            allow: "GET, HEAD",
          },
        );
    }
    if (options.start && isRead(request) && url.pathname === startPath(options.start.nonce)) {
      // 303 and no page: the browser's Back must not come to rest here.
      return new Response(null, {
        status: 303,
        headers: { ...securityHeaders(), location: options.start.url.href },
      });
    }
    return stray(
      404,
      "Nothing is here",
      `The IdP must post to ${options.origin.origin}${ACS_PATH}, and this sign-in's own pages are gone when it ends.`,
    );
  };
}

type Stray = (
  status: number,
  title: string,
  remedy: string,
  headers?: Record<string, string>,
) => Response;

/** The names under which a browser on this machine can mean this listener. */
function hostsOf(origin: URL): ReadonlySet<string> {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  const port = origin.port || (origin.protocol === "https:" ? "443" : "80");
  // Browsers leave out the scheme's own port.
  return new Set(names.flatMap((name) => [`${name}:${port}`, ...(origin.port ? [] : [name])]));
}

function isRead(request: Request): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

function notPosted(url: URL, origin: URL): [title: string, remedy: string] {
  return url.searchParams.has("SAMLResponse")
    ? [
      "The IdP answered by the HTTP-Redirect binding",
      `Set its application for AWS to HTTP-POST; AWS takes nothing else.`,
    ]
    : [
      "This address takes an IdP's answer only",
      `Start the sign-in at your identity provider; its page posts to ${origin.origin}${ACS_PATH}.`,
    ];
}

async function receiveForm(request: Request, options: AcsOptions, stray: Stray): Promise<Response> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return stray(
      415,
      `The form came as "${(type ?? "").slice(0, 80)}"`,
      "An IdP posts application/x-www-form-urlencoded (the HTTP-POST binding).",
    );
  }
  const body = await readBody(request, options.bodyDeadlineMs ?? BODY_DEADLINE_MS);
  if (body === "too-large") {
    return stray(
      413,
      `The form is larger than ${MAX_BODY_BYTES} bytes`,
      "STS takes assertions of at most 100,000 characters: the IdP must send fewer roles or groups.",
    );
  }
  if (body === "too-slow") {
    return stray(408, "The form did not arrive in time", "Sign in again.");
  }
  const [field, ...more] = new URLSearchParams(body).getAll("SAMLResponse");
  if (field === undefined || more.length > 0 || field.trim() === "") {
    const what = field === undefined ? "no" : more.length > 0 ? "more than one" : "an empty";
    return stray(
      400,
      `The form has ${what} SAMLResponse`,
      "The IdP's application for AWS must post one SAML 2.0 Response.",
    );
  }
  return pageResponse(await options.receive(field));
}

/** Reads a form within the cap and the deadline; `Deno.serve` itself has neither. */
async function readBody(
  request: Request,
  deadlineMs: number,
): Promise<string | "too-large" | "too-slow"> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return "too-large";
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const deadline = Promise.withResolvers<"too-slow">();
  const timer = setTimeout(() => deadline.resolve("too-slow"), deadlineMs);
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    while (true) {
      const read = await Promise.race([reader.read(), deadline.promise]);
      if (read === "too-slow") return read;
      if (read.done) return text + decoder.decode();
      size += read.value.byteLength;
      if (size > MAX_BODY_BYTES) return "too-large";
      text += decoder.decode(read.value, { stream: true });
    }
  } catch {
    // The browser went away in the middle: nobody is left to answer, and nothing was posted.
    return "";
  } finally {
    clearTimeout(timer);
    // Not awaited: a body that never ends never finishes its cancelling either.
    reader.cancel().catch(() => {});
  }
}
