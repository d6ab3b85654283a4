/**
 * A stand-in for AWS' federation endpoint and the console behind it, on loopback. It checks what it is
 * sent and hands out one-time tokens; on demand it misbehaves.
 *
 * What it does not know: which Destinations AWS allows. It takes any URL, so that tests see where the
 * driver would send a person.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 * @module
 */

import {
  type LoopbackAnswer,
  type LoopbackRequest,
  type Outcome,
  serveLoopback,
} from "./loopback_http.ts";
import { escapeXml } from "./saml_names.ts";
import { FIXTURE_SECRET_MARKER, type HandedOut } from "./sts.ts";

/** What becomes of a request for a token instead of an honest answer; once or so many times. */
export type FederationBehaviour =
  & (
    /** AWS' own 400, which is a web page. */
    | { readonly kind: "refuse" }
    /** Any answer at all. */
    | ({ readonly kind: "answer" } & LoopbackAnswer)
    /** The 200 with HTML of a hotel's Wi-Fi. */
    | { readonly kind: "captive-portal" }
    | { readonly kind: "redirect"; readonly location: string }
    /** Takes the request and says nothing until the caller hangs up. */
    | { readonly kind: "hang" }
    /** Takes the request and hangs up. */
    | { readonly kind: "close" }
    /** Half of the honest answer. */
    | { readonly kind: "truncate" }
    /** The honest answer, late. */
    | { readonly kind: "delay"; readonly ms: number }
  )
  & { readonly times?: number | undefined };

/** How the stand-in is set up. */
export interface FederationOptions {
  /** One session may ask for several tokens; else a second one is a fault. */
  readonly manyTokens?: boolean;
  /** Whose sessions are known: those that the stand-in for STS handed out. Default: everybody's. */
  readonly handedOut?: readonly HandedOut[] | undefined;
  /** Milliseconds since 1970. Default: the real time. */
  readonly clock?: (() => number) | undefined;
  /** Used up in this order, before it is honest. */
  readonly behaviours?: readonly FederationBehaviour[] | undefined;
  readonly port?: number | undefined;
}

/** A request for a token. It holds secrets: never print one whole. */
export interface TokenCall {
  /** SessionDuration, as it stood there. */
  readonly duration: string | null;
  /** `granted`, `refused`, or the kind of a misbehaviour. */
  readonly outcome: string;
}

/** Somebody who came with a login URL. */
export interface Login {
  readonly issuer: string | null;
  readonly destination: string;
  readonly accessKeyId: string;
}

/** A stand-in that runs. */
export interface Federation extends AsyncDisposable {
  /** For `--signin-url`; its console is at the same place, for `--console-url`. */
  readonly url: string;
  readonly port: number;
  readonly calls: readonly TokenCall[];
  readonly logins: readonly Login[];
  /** Every token that was handed out. */
  readonly tokens: readonly string[];
  /** Whatever a driver must not do, in words without secrets. */
  readonly problems: readonly string[];
  /** Misbehave from now on, after what is still planned. */
  behave(...behaviours: readonly FederationBehaviour[]): void;
  close(): Promise<void>;
}

/** How long a login URL is good, milliseconds. */
const TOKEN_LIFE_MS = 900_000;

/** Starts a stand-in on 127.0.0.1. */
export function startFederation(options: FederationOptions = {}): Federation {
  const stand = new StandIn(options);
  const server = serveLoopback((request, signal) => stand.handle(request, signal), {
    port: options.port,
  });
  stand.origin = server.url;
  const { calls, logins, tokens, problems } = stand;
  return {
    url: server.url,
    port: server.port,
    calls,
    logins,
    tokens,
    problems,
    behave: (...behaviours) => stand.plan.push(...behaviours),
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}

interface Token {
  readonly accessKeyId: string;
  readonly until: number;
}

class StandIn {
  readonly calls: TokenCall[] = [];
  readonly logins: Login[] = [];
  readonly tokens: string[] = [];
  readonly problems: string[] = [];
  readonly plan: FederationBehaviour[];
  origin = "";
  readonly #live = new Map<string, Token>();
  readonly #served = new Set<string>();

  constructor(private readonly options: FederationOptions) {
    this.plan = [...options.behaviours ?? []];
  }

  async handle(request: LoopbackRequest, signal: AbortSignal): Promise<Outcome> {
    const url = new URL(request.target, "http://stand-in");
    // Nothing secret belongs into a URL, but for the token of the login itself.
    if (/sessionKey|sessionToken|sessionId/i.test(decodeURIComponent(url.search))) {
      this.problems.push("a session stands in a URL");
    }
    if (url.pathname !== "/federation") {
      if (url.search.includes("SigninToken")) this.problems.push("a token was sent elsewhere");
      return this.#console(request, url);
    }
    if (url.searchParams.get("Action") === "login") return this.#login(request, url);
    return await this.#token(request, { url, signal });
  }

  async #token(
    request: LoopbackRequest,
    { url, signal }: { readonly url: URL; readonly signal: AbortSignal },
  ): Promise<Outcome> {
    const form = new URLSearchParams(request.body);
    const found = this.#faults(request, { url, form });
    this.problems.push(...found);
    const behaviour = this.#next();
    const record = (outcome: string) =>
      this.calls.push({ duration: form.get("SessionDuration"), outcome });
    if (behaviour?.kind === "delay") await sleep(behaviour.ms, signal);
    switch (behaviour?.kind) {
      case undefined:
      case "delay":
      case "truncate": {
        const answer = found.length > 0 ? undefined : this.#grant(form);
        record(answer === undefined ? "refused" : behaviour?.kind ?? "granted");
        if (answer === undefined) return REFUSAL;
        return behaviour?.kind === "truncate" ? { half: answer } : answer;
      }
      case "refuse":
        record(behaviour.kind);
        return REFUSAL;
      case "answer":
        record(behaviour.kind);
        return behaviour;
      case "captive-portal":
        record(behaviour.kind);
        return html(200, "Guest Wi-Fi", "<p>Accept the terms to go online.");
      case "redirect":
        record(behaviour.kind);
        return { status: 302, headers: { Location: behaviour.location } };
      case "hang":
      case "close":
        record(behaviour.kind);
        return behaviour.kind;
    }
  }

  #next(): FederationBehaviour | undefined {
    const [first] = this.plan;
    if (first === undefined) return undefined;
    const left = (first.times ?? 1) - 1;
    if (left > 0) this.plan[0] = { ...first, times: left };
    else this.plan.shift();
    return first;
  }

  /** What is wrong with the form of a request, whoever sends it. */
  #faults(
    { method, headers }: LoopbackRequest,
    { url, form }: { readonly url: URL; readonly form: URLSearchParams },
  ): readonly string[] {
    const faults: string[] = [];
    const expect = (right: boolean, fault: string) => {
      if (!right) faults.push(fault);
    };
    expect(method === "POST", `the method is ${method}`);
    expect(url.search === "", "a query stands behind /federation");
    const type = headers.get("content-type")?.split(";")[0] ?? "none";
    expect(type === "application/x-www-form-urlencoded", `the content type is ${type}`);
    expect(!headers.has("referer") && !headers.has("cookie"), "a referrer or a cookie is sent");
    const names = [...form.keys()].toSorted().join();
    expect(names === "Action,Session,SessionDuration", "the form has other fields");
    expect(form.get("Action") === "getSigninToken", "the action is another");
    const duration = form.get("SessionDuration") ?? "";
    const seconds = Number(duration);
    expect(/^\d+$/.test(duration) && seconds >= 900 && seconds <= 43_200, "SessionDuration");
    const session = sessionOf(form);
    expect(session !== undefined, "the Session is not three texts in JSON");
    const key = session?.sessionToken ?? "";
    expect(
      this.options.manyTokens === true || !this.#served.has(key),
      "a token is asked for twice",
    );
    return faults;
  }

  /** The token, or nothing when the session is not one that lives. */
  #grant(form: URLSearchParams): LoopbackAnswer | undefined {
    const session = sessionOf(form);
    const { handedOut } = this.options;
    const now = this.options.clock?.() ?? Date.now();
    const known =
      handedOut?.some((it) =>
        it.accessKeyId === session?.sessionId && it.secretAccessKey === session.sessionKey &&
        it.sessionToken === session.sessionToken && now < it.expiration
      ) ?? true;
    if (session === undefined || !known) return undefined;
    // With signs that must be encoded in a query.
    const token = `${FIXTURE_SECRET_MARKER}+/${crypto.randomUUID()}&Action=login#==`;
    this.tokens.push(token);
    this.#served.add(session.sessionToken);
    this.#live.set(token, { accessKeyId: session.sessionId, until: now + TOKEN_LIFE_MS });
    return {
      status: 200,
      headers: { "Content-Type": "application/json;charset=UTF-8" },
      body: JSON.stringify({ SigninToken: token }),
    };
  }

  #login({ method }: LoopbackRequest, { searchParams }: URL): LoopbackAnswer {
    const issuer = searchParams.get("Issuer");
    const again = issuer === null ? "" : `<p><a href="${escapeXml(issuer)}">Sign in again</a>`;
    const refuse = (problem: string) => {
      this.problems.push(problem);
      return html(400, "Amazon Web Services Sign-In", `<p id="error">${problem}${again}`);
    };
    if (method !== "GET") return refuse(`the login is a ${method}`);
    for (const name of ["Action", "Destination", "SigninToken", "Issuer"]) {
      const count = searchParams.getAll(name).length;
      if (count !== 1 && !(name === "Issuer" && count === 0)) return refuse(`${name}: ${count}`);
    }
    const destination = searchParams.get("Destination") ?? "";
    if (!URL.canParse(destination)) return refuse("the Destination is no URL");
    if (issuer !== null && !URL.canParse(issuer)) return refuse("the Issuer is no URL");
    const text = searchParams.get("SigninToken") ?? "";
    const token = this.#live.get(text);
    this.#live.delete(text);
    if (token === undefined) return refuse("the token is unknown or used");
    if ((this.options.clock?.() ?? Date.now()) >= token.until) return refuse("the token is over");
    this.logins.push({ issuer, destination, accessKeyId: token.accessKeyId });
    // Pages elsewhere are not on this machine.
    const here = new URL(destination).origin === this.origin;
    const answer = here ? { status: 302, headers: { Location: destination } } : html(
      200,
      "AWS Sign-In",
      `<p>On to <code id="destination">${escapeXml(destination)}</code>`,
    );
    const cookie = `console-session=${token.accessKeyId}; Path=/; HttpOnly; SameSite=Lax`;
    return { ...answer, headers: { ...answer.headers, "Set-Cookie": cookie } };
  }

  /** A page of the console, for whoever has come by a login URL. */
  #console({ headers }: LoopbackRequest, { pathname, search }: URL): LoopbackAnswer {
    const who = /console-session=(\w+)/.exec(headers.get("cookie") ?? "")?.[1];
    if (who === undefined) return html(403, "AWS Console", '<p id="error">Nobody is signed in');
    return html(
      200,
      "AWS Console",
      `<p>Signed in as <b id="who">${who}</b>, ` +
        `at <code id="page">${escapeXml(pathname + search)}</code>`,
    );
  }
}

interface Session {
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly sessionToken: string;
}

function sessionOf(form: URLSearchParams): Session | undefined {
  try {
    const value: unknown = JSON.parse(form.get("Session") ?? "");
    if (typeof value !== "object" || value === null || Object.keys(value).length !== 3) return;
    const text = (name: string) => {
      const found: unknown = Reflect.get(value, name);
      return typeof found === "string" && found !== "" ? found : undefined;
    };
    const [sessionId, sessionKey, sessionToken] = //
      [text("sessionId"), text("sessionKey"), text("sessionToken")];
    if (!sessionId || !sessionKey || !sessionToken) return undefined;
    return { sessionId, sessionKey, sessionToken };
  } catch {
    return undefined;
  }
}

function html(status: number, title: string, body: string): LoopbackAnswer {
  return {
    status,
    headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" },
    body: `<!doctype html><html><head><title>${title}</title></head><body>${body}</body></html>\n`,
  };
}

/** As AWS answers: https://repost.aws/knowledge-center/invalid-credentials-parameter */
const REFUSAL: LoopbackAnswer = html(
  400,
  "Error report",
  "<h1>HTTP Status 400 - Invalid credentials parameter</h1><p><b>type</b> Status report</p>" +
    "<p><b>message</b> <u>Invalid credentials parameter</u></p><p><b>description</b> " +
    "<u>The request sent by the client was syntactically incorrect.</u></p>",
);

/** Ends early, without an error, when the signal fires. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
