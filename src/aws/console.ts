/**
 * The console's sign-in: credentials → a one-time token of AWS' federation endpoint → a URL that opens the
 * console.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 * @module
 */

import { type Credentials, isoSeconds } from "../credentials/credentials.ts";
import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";
import { Secret } from "../secret.ts";
import { type Partition, signInHost } from "./partition.ts";
import { isGuarded } from "./endpoint.ts";
import { causesOf, explainTransport, type Service, TransportError } from "./unreachable.ts";

/** Who goes into which console. */
export interface ConsoleRequest {
  readonly credentials: Credentials;
  readonly partition: Partition;
  /** `undefined` when nobody named one. */
  readonly region: string | undefined;
  /** 900 to 43200; the credentials' life when nobody named it. */
  readonly durationSeconds?: number | undefined;
  /** Where AWS sends the person when the session is over. */
  readonly issuer?: URL | undefined;
  /** A page of the partition's console: what `consoleDestination` gives. */
  readonly destination: URL;
  /** `--signin-url`: in place of the partition's own host. */
  readonly signInUrl?: URL | undefined;
}

/** What {@linkcode consoleLogin} needs of the world. */
export interface ConsoleWorld {
  readonly signal: AbortSignal;
  /** A client with extra trust, or `undefined` for fetch's own. */
  readonly client?: Deno.HttpClient | undefined;
  /** How long all of it may take, milliseconds. */
  readonly deadlineMs?: number;
  /** The pause before the second try, milliseconds. */
  readonly pauseMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What AWS takes as SessionDuration, seconds. */
const SHORTEST_SECONDS = 900;
const LONGEST_SECONDS = 43_200;

const DEADLINE_MS = 20_000;
const PAUSE_MS = 500;

/** Many times what a token takes. */
const MAX_ANSWER_BYTES = 200_000;

const CONSOLE: Service = {
  code: "console",
  name: "the console's sign-in",
  settings: "--signin-url",
  again: "try again",
};

/**
 * Asks for a sign-in token and makes the URL that opens the console. The URL is good for 15 minutes and
 * once; whoever has it is signed in, so it redacts itself.
 *
 * @throws UserError exit code 6 when AWS refuses, 7 when it cannot be reached, 2 for a `--signin-url` that
 * will not do; the signal's reason when that fires
 */
export async function consoleLogin(request: ConsoleRequest, world: ConsoleWorld): Promise<Secret> {
  const endpoint = federationEndpoint(request);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), world.deadlineMs ?? DEADLINE_MS);
  const signal = AbortSignal.any([world.signal, deadline.signal]);
  try {
    const form = signInForm(request, world.now?.() ?? Date.now());
    let answer = await post(endpoint, form, { client: world.client, signal });
    if (answer.status >= 500) {
      await pause(world.pauseMs ?? PAUSE_MS, signal);
      answer = await post(endpoint, form, { client: world.client, signal });
    }
    const token = readToken(answer, { endpoint: endpoint.origin, request, now: world.now });
    return loginUrl(endpoint, request, token);
  } catch (error) {
    world.signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    if (error instanceof TransportError) throw explainTransport(error, CONSOLE);
    const detail = causesOf(error);
    const kind = deadline.signal.aborted
      ? "timeout"
      // The words for a 407 that answers CONNECT: fetch has no status then.
      : /proxy auth/i.test(detail)
      ? "proxy"
      : "network";
    const failure = new TransportError(kind, endpoint.origin, { detail, cause: error });
    throw explainTransport(failure, CONSOLE);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Where the token is asked for.
 *
 * @throws UserError exit code 2 for a `--signin-url` that will not do
 */
export function federationEndpoint(
  { partition, region, signInUrl }: Pick<ConsoleRequest, "partition" | "region" | "signInUrl">,
): URL {
  const url = signInUrl ?? new URL(`https://${signInHost(partition, region)}/federation`);
  const hint =
    "Correct --signin-url: it is the address of AWS' sign-in, as https://signin.example.";
  if (!isGuarded(url)) {
    throw new UserError(
      "console-insecure",
      `Refused to send credentials to ${url.origin}: it is not https, and not this machine`,
      { exitCode: ExitCode.USAGE, hint },
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new UserError(
      "console-signin-url",
      `Cannot use the --signin-url on ${url.host}: there is more in it than a host and a path`,
      { exitCode: ExitCode.USAGE, hint },
    );
  }
  return url.pathname === "/" ? new URL("/federation", url) : url;
}

/** POST, not GET as in AWS' examples: what stands in a URL gets into the logs of every proxy. */
function signInForm(request: ConsoleRequest, now: number): URLSearchParams {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = request.credentials;
  const left = Math.floor((expiration - now) / 1000);
  return new URLSearchParams({
    Action: "getSigninToken",
    SessionDuration: String(
      request.durationSeconds ?? Math.min(Math.max(left, SHORTEST_SECONDS), LONGEST_SECONDS),
    ),
    Session: JSON.stringify({
      sessionId: accessKeyId,
      sessionKey: secretAccessKey.reveal(),
      sessionToken: sessionToken.reveal(),
    }),
  });
}

interface Answer {
  readonly status: number;
  readonly type: string;
  /** Whether its headers are those of AWS' own sign-in. */
  readonly ofAws: boolean;
  readonly body: string;
}

async function post(
  endpoint: URL,
  form: URLSearchParams,
  { client, signal }: Pick<ConsoleWorld, "client" | "signal">,
): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: "POST",
    body: form,
    headers: { Accept: "application/json" },
    // Credentials go where they were sent and nowhere else.
    redirect: "manual",
    signal,
    ...(client !== undefined && { client }),
  });
  const { status, headers } = response;
  const policy = headers.get("content-security-policy") ?? "";
  return {
    status,
    type: headers.get("content-type") ?? "",
    ofAws: /aws|amazon/i.test(policy) || [...headers.keys()].some((name) => /^x-amzn?-/.test(name)),
    body: await readText(response, signal),
  };
}

/** Reads the whole answer within the deadline, so that a slow body counts as well. */
async function readText(response: Response, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    signal.throwIfAborted();
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new Error("the answer does not end");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

interface Asked {
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly request: ConsoleRequest;
  readonly now?: (() => number) | undefined;
}

/** The token in an answer; throws what the answer is instead. */
function readToken(answer: Answer, asked: Asked): Secret {
  const { status, type, body } = answer;
  const page = /html/i.test(type) || /<!doctype html|<html[\s>]/i.test(body.slice(0, 1000));
  const strange = (detail: string) =>
    new TransportError("not-sts", asked.endpoint, { detail, statusCode: status });
  if (status === 407) {
    throw new TransportError("proxy", asked.endpoint, { detail: "HTTP 407", statusCode: status });
  }
  if (status >= 500 || status === 429) {
    throw new UserError("console-unreachable", `${asked.endpoint} failed: HTTP ${status}`, {
      exitCode: ExitCode.UNREACHABLE,
      hint:
        "Try again in a while. If it stays so, see whether https://health.aws.amazon.com or a " +
        "proxy\non the way reports trouble.",
    });
  }
  if (status >= 300 && status < 400) throw strange(`HTTP ${status}, a redirect`);
  // AWS refuses with web pages of its own, and so do company proxies, but those do not say 400.
  if (status === 400 || ((status === 401 || status === 403) && (!page || answer.ofAws))) {
    throw refused(answer, asked);
  }
  if (page) throw strange(`HTTP ${status} with a web page`);
  const token = status < 300 ? tokenIn(body) : undefined;
  if (token !== undefined) return token;
  const what = body.trim() === "" ? "nothing" : "an answer of another form";
  throw strange(`HTTP ${status} with ${what}`);
}

function tokenIn(body: string): Secret | undefined {
  const token = property(body, "SigninToken");
  return token ? new Secret(token, "sign-in token") : undefined;
}

/** A text in a JSON object; `undefined` when there is none, or the body is something else. */
function property(body: string, name: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null) return undefined;
    const found: unknown = Reflect.get(value, name);
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** AWS says little more than "Invalid credentials parameter", so the remedy comes from what was asked. */
function refused(answer: Answer, { request, now }: Asked): UserError {
  const said = wordsIn(answer.body);
  const { expiration } = request.credentials;
  const over = expiration <= (now?.() ?? Date.now());
  const cause = over ? `, since the credentials ended at ${isoSeconds(expiration)}` : "";
  return new UserError(
    "console-refused",
    `The console's sign-in refused the credentials${cause} (HTTP ${answer.status}` +
      `${said === "" ? "" : `: ${said}`})`,
    { exitCode: ExitCode.REFUSED, hint: over ? "Sign in again." : remedy(request, answer.status) },
  );
}

function remedy({ durationSeconds, partition }: ConsoleRequest, status: number): string {
  const session = durationSeconds === undefined
    ? "If it stays so, try --console-duration 3600"
    : `AWS may not allow a session of ${durationSeconds} s: leave out --console-duration, or ask for less`;
  const others = status === 400
    ? ""
    : "\nA proxy may have answered in AWS' place: see whether the sign-in page opens in the browser.";
  return `${session}. Credentials that were revoked, that are too old, or of another partition than\n` +
    `${partition.id} are refused as well: sign in again, and check this machine's clock.${others}`;
}

/**
 * What a refusal says, from JSON or the error page of the endpoint. Our own secrets were posted there:
 * whatever looks like one is not repeated.
 */
function wordsIn(body: string): string {
  const said = property(body, "message") ?? property(body, "Message") ??
    /<b>message<\/b>\s*(?:<u>)?([^<]+)/i.exec(body)?.[1] ?? /<title>([^<]+)/i.exec(body)?.[1] ?? "";
  const words = foreign(said, 150).replace(/\.$/, "");
  return /[\w+/=%-]{20}/.test(words) ? "" : words;
}

/** Every value encoded by itself: Destination and Issuer are URLs with queries of their own. */
function loginUrl(endpoint: URL, request: ConsoleRequest, token: Secret): Secret {
  const query = Object.entries({
    Action: "login",
    ...(request.issuer !== undefined && { Issuer: request.issuer.href }),
    Destination: request.destination.href,
    SigninToken: token.reveal(),
  }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return new Secret(`${endpoint.href}?${query}`, "console login URL");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const give = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", give);
      resolve();
    }, ms);
    signal.addEventListener("abort", give, { once: true });
  });
}
