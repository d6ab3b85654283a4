/**
 * The console's sign-in: credentials → a one-time token from AWS's federation endpoint → a URL that opens
 * the console.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 * @module
 */

import type { Credentials } from "../credentials/credentials.ts";
import { ExitCode, UserError } from "../errors.ts";
import { foreign, utcTime } from "../text.ts";
import { Secret } from "../secret.ts";
import { isGuarded, type Partition, signInHost } from "./partition.ts";
import {
  explainTransport,
  type Route,
  type Service,
  TransportError,
  transportError,
} from "./unreachable.ts";
import { readBounded } from "../bounded_body.ts";
import { Deadline, pause } from "../wait.ts";

/** The credentials to sign in with, and the console to open. */
export interface ConsoleRequest {
  readonly credentials: Credentials;
  readonly partition: Partition;
  /** `undefined` when none was named. */
  readonly region: string | undefined;
  /** 900 to 43200; the remaining life of the credentials when absent. */
  readonly durationSeconds?: number | undefined;
  /** Where AWS sends the person when the session is over. */
  readonly issuer?: URL | undefined;
  /** A page of the partition's console, from `consoleDestination`. */
  readonly destination: URL;
  /** `--signin-url`: replaces the partition's own host. */
  readonly signInUrl?: URL | undefined;
}

/** The outside world of {@linkcode consoleLogin}. */
export interface ConsoleWorld {
  readonly signal: AbortSignal;
  /** A client that trusts extra CAs, or `undefined` for fetch's own. */
  readonly client?: Deno.HttpClient | undefined;
  readonly route?: Route | undefined;
  /** The overall deadline, milliseconds. */
  readonly deadlineMs?: number;
  /** The pause before the second attempt, milliseconds. */
  readonly pauseMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** AWS's limits for SessionDuration, seconds. */
const SHORTEST_SECONDS = 900;
const LONGEST_SECONDS = 43_200;

const DEADLINE_MS = 20_000;
const PAUSE_MS = 500;

/** Many times the size of a token. */
const MAX_ANSWER_BYTES = 200_000;

const CONSOLE: Service = {
  code: "console",
  name: "the AWS console's sign-in",
  settings: "--signin-url",
  again: "try again",
};

/**
 * Requests a sign-in token and makes the URL that opens the console. The URL works once, within 15 minutes;
 * whoever has it is signed in, so it redacts itself.
 *
 * @throws UserError exit code 6 when AWS refuses, 7 when it cannot be reached, 2 for an invalid
 * `--signin-url`; the signal's reason when that fires
 */
export async function consoleLogin(request: ConsoleRequest, world: ConsoleWorld): Promise<Secret> {
  const endpoint = federationEndpoint(request);
  // A slow body counts as well.
  using deadline = new Deadline(world.deadlineMs ?? DEADLINE_MS, world.signal);
  const { signal } = deadline;
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
    const failure = error instanceof TransportError
      ? error
      : transportError(error, endpoint.origin, deadline);
    throw await explainTransport(failure, CONSOLE, world.route);
  }
}

/**
 * The URL that issues the token.
 *
 * @throws UserError exit code 2 for an invalid `--signin-url`
 */
export function federationEndpoint(
  { partition, region, signInUrl }: Pick<ConsoleRequest, "partition" | "region" | "signInUrl">,
): URL {
  const url = signInUrl ?? new URL(`https://${signInHost(partition, region)}/federation`);
  const hint =
    "Correct --signin-url: it is the address of AWS's sign-in, such as https://signin.example.";
  if (!isGuarded(url)) {
    throw new UserError(
      "console-insecure",
      `Refused to send credentials to ${url.origin}: it must start with https:// or be on this machine`,
      { exitCode: ExitCode.USAGE, hint },
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new UserError(
      "console-signin-url",
      `Cannot use the --signin-url on ${url.host}: it must only have a host and a path`,
      { exitCode: ExitCode.USAGE, hint },
    );
  }
  return url.pathname === "/" ? new URL("/federation", url) : url;
}

/** The form to post. Not a GET as in AWS's examples: URLs end up in the logs of every proxy. */
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
  /** `true` when the headers are those of AWS's own sign-in. */
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
    // Credentials only go where they were sent.
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
    body: new TextDecoder().decode(
      await readBounded(response.body, { maxBytes: MAX_ANSWER_BYTES, signal }),
    ),
  };
}

interface Context {
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly request: ConsoleRequest;
  readonly now?: (() => number) | undefined;
}

/** Reads the token from a response; throws what the response is otherwise. */
function readToken(answer: Answer, context: Context): Secret {
  const { status, type, body } = answer;
  const { endpoint } = context;
  const page = /html/i.test(type) || /<!doctype html|<html[\s>]/i.test(body.slice(0, 1000));
  const unexpected = (detail: string) =>
    new TransportError("not-sts", endpoint, { detail, statusCode: status });
  if (status === 407) {
    throw new TransportError("proxy", endpoint, { detail: "HTTP 407", statusCode: status });
  }
  if (status >= 500 || status === 429) {
    const message = `The AWS console's sign-in at ${new URL(endpoint).host} failed: HTTP ${status}`;
    throw new UserError("console-unreachable", message, {
      exitCode: ExitCode.UNREACHABLE,
      hint:
        "Try again in a few minutes. If this keeps happening, check https://health.aws.amazon.com " +
        "for an\noutage, and your proxy if you use one.",
    });
  }
  if (status >= 300 && status < 400) throw unexpected(`HTTP ${status} redirect`);
  // AWS refuses with web pages of its own, and so do company proxies, but those do not respond with 400.
  if (status === 400 || ((status === 401 || status === 403) && (!page || answer.ofAws))) {
    throw refused(answer, context);
  }
  if (page) throw unexpected(`HTTP ${status} with a web page`);
  const token = status < 300 ? tokenIn(body) : undefined;
  if (token !== undefined) return token;
  const content = body.trim() === "" ? "an empty body" : "unexpected content";
  throw unexpected(`HTTP ${status} with ${content}`);
}

function tokenIn(body: string): Secret | undefined {
  const token = property(body, "SigninToken");
  return token ? new Secret(token, "sign-in token") : undefined;
}

/** A string property of a JSON object; `undefined` when there is none, or the body is something else. */
function property(body: string, name: string): string | undefined {
  try {
    const found: unknown = Reflect.get(Object(JSON.parse(body)), name);
    if (typeof found === "string") return found;
  } catch {
    // No JSON.
  }
  return undefined;
}

/** AWS says little more than "Invalid credentials parameter", so the remedy comes from the request. */
function refused(answer: Answer, { request, now }: Context): UserError {
  const reason = reasonIn(answer.body);
  const { expiration } = request.credentials;
  const expired = expiration <= (now?.() ?? Date.now());
  const cause = expired ? `, which expired at ${utcTime(expiration)}` : "";
  return new UserError(
    "console-refused",
    `The AWS console's sign-in refused the credentials${cause} (HTTP ${answer.status}` +
      `${reason === "" ? "" : `: ${reason}`})`,
    {
      exitCode: ExitCode.REFUSED,
      hint: expired ? "Sign in again." : remedy(request, answer.status),
    },
  );
}

function remedy({ durationSeconds, partition }: ConsoleRequest, status: number): string {
  const session = durationSeconds === undefined
    ? "Sign in again. If this keeps happening, try --console-duration 3600 and check this computer's clock."
    : `AWS may not allow a session of ${durationSeconds} s: leave out --console-duration, or request less.`;
  const proxy = status === 400
    ? ""
    : "\nA proxy may have responded instead of AWS: check if the sign-in page opens in your browser.";
  return `${session}\n` +
    `The credentials may also have been revoked, or not belong to partition ${partition.id}.${proxy}`;
}

/**
 * The reason for a refusal, from JSON or the endpoint's error page. Our own secrets were posted there:
 * anything that looks like one is not repeated.
 */
function reasonIn(body: string): string {
  const text = property(body, "message") ?? property(body, "Message") ??
    /<b>message<\/b>\s*(?:<u>)?([^<]+)/i.exec(body)?.[1] ?? /<title>([^<]+)/i.exec(body)?.[1] ?? "";
  const reason = foreign(text, 150).replace(/\.$/, "");
  return /[\w+/=%&-]{20}/.test(reason) ? "" : reason;
}

/** Makes the URL. Each value is encoded by itself: Destination and Issuer are URLs with their own queries. */
function loginUrl(endpoint: URL, request: ConsoleRequest, token: Secret): Secret {
  const query = Object.entries({
    Action: "login",
    ...(request.issuer !== undefined && { Issuer: request.issuer.href }),
    Destination: request.destination.href,
    SigninToken: token.reveal(),
  }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return new Secret(`${endpoint.href}?${query}`, "console login URL");
}
