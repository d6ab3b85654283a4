/**
 * A stand-in for STS on loopback. It verifies what it is shown and answers as AWS does, errors too; on
 * demand it misbehaves as networks, proxies and AWS do on bad days.
 *
 * What it does not check: the signatures of GetCallerIdentity and AssumeRole. It only looks whether access key
 * and session token are a pair that it handed out; any role may be assumed with them.
 *
 * @module
 */

import { idpKey } from "./keys.ts";
import {
  type LoopbackAnswer,
  type LoopbackRequest,
  type Outcome,
  serveLoopback,
} from "./loopback_http.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE, ISSUER } from "./saml_response.ts";
import { assumedAnswer, exchangeAnswer, identityAnswer, refusalAnswer } from "./sts_answers.ts";
import { STS_ERRORS, type StsErrorCode, StsRefusal } from "./sts_errors.ts";
import {
  accountsFor,
  exchange,
  type HandedOut,
  newCredentials,
  type StsAccounts,
  type StsRole,
} from "./sts_exchange.ts";
import type { StsProvider } from "./sts_assertion.ts";

export { accountsFor, FIXTURE_SECRET_MARKER, policyArns } from "./sts_exchange.ts";
export type { HandedOut, StsAccounts, StsRole } from "./sts_exchange.ts";
export type { StsProvider } from "./sts_assertion.ts";
export { STS_ERRORS } from "./sts_errors.ts";
export type { StsErrorCode } from "./sts_errors.ts";

/** What becomes of a call instead of an honest answer. */
export type Misbehaviour =
  /** An error of AWS. */
  | { readonly kind: "error"; readonly code: StsErrorCode; readonly message?: string | undefined }
  /** Any answer at all. */
  | ({ readonly kind: "answer" } & LoopbackAnswer)
  /** The 200 with HTML of a hotel's Wi-Fi. */
  | { readonly kind: "captive-portal" }
  | { readonly kind: "redirect"; readonly location: string }
  /** Takes the request and says nothing until the caller hangs up. */
  | { readonly kind: "hang" }
  /** Takes the request and hangs up. */
  | { readonly kind: "close" }
  /** The honest answer, half of it, and then the end of the connection. */
  | { readonly kind: "truncate" }
  /** The honest answer, late. */
  | { readonly kind: "delay"; readonly ms: number };

/** A misbehaviour, once or so many times (`Infinity`: for ever). */
export type Behaviour = Misbehaviour & { readonly times?: number | undefined };

/** How the stand-in is set up. Default: one role that trusts the test IdP with its defaults. */
export interface StsOptions {
  readonly providers?: readonly StsProvider[] | undefined;
  readonly roles?: readonly StsRole[] | undefined;
  /** Milliseconds since 1970. Default: the real time. */
  readonly clock?: (() => number) | undefined;
  /** Before every answer: what the way to AWS takes. */
  readonly delayMs?: number | undefined;
  /** Used up in this order, before it is honest. */
  readonly behaviours?: readonly Behaviour[] | undefined;
  readonly port?: number | undefined;
  /** Told what happens, in words without secrets. */
  readonly onEvent?: ((text: string) => void) | undefined;
}

/** A call that arrived. It holds a posted assertion: never print one whole. */
export interface StsCall {
  readonly action: string;
  readonly parameters: URLSearchParams;
  readonly headers: Headers;
  readonly method: string;
  readonly target: string;
  /** `granted`, the code of a refusal, or the kind of a misbehaviour. */
  readonly outcome: string;
}

/** A stand-in that runs. */
export interface Sts extends AsyncDisposable {
  /** For AWS_ENDPOINT_URL_STS. */
  readonly url: string;
  readonly port: number;
  /** In the order in which they were decided; one that hangs is in it too. */
  readonly calls: readonly StsCall[];
  /** Everything that was handed out. */
  readonly handedOut: readonly HandedOut[];
  /** The most calls at one time. */
  readonly highWater: number;
  /** Misbehave from now on, after what is still planned. */
  behave(...behaviours: readonly Behaviour[]): void;
  /** Forget what is planned. */
  behaveWell(): void;
  close(): Promise<void>;
}

/** Starts a stand-in on 127.0.0.1. */
export function startSts(options: StsOptions = {}): Sts {
  const stand = new StandIn(options);
  const server = serveLoopback((request, signal) => stand.handle(request, signal), {
    port: options.port,
  });
  return {
    url: server.url,
    port: server.port,
    calls: stand.calls,
    handedOut: stand.handedOut,
    get highWater() {
      return stand.highWater;
    },
    behave: (...behaviours) => stand.plan.push(...behaviours.map((it) => ({ ...it }))),
    behaveWell: () => stand.plan.splice(0),
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}

/** What trusts the test IdP when a test does not care. */
export function defaultAccounts(): StsAccounts {
  return accountsFor([{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }], {
    issuer: ISSUER,
    keys: [idpKey().certificatePem],
  });
}

class StandIn {
  readonly calls: StsCall[] = [];
  readonly handedOut: HandedOut[] = [];
  readonly plan: Behaviour[];
  highWater = 0;
  #running = 0;
  readonly #accounts: StsAccounts;

  constructor(private readonly options: StsOptions) {
    this.plan = (options.behaviours ?? []).map((it) => ({ ...it }));
    const { providers, roles } = options;
    const usual = providers && roles ? undefined : defaultAccounts();
    this.#accounts = {
      providers: providers ?? usual?.providers ?? [],
      roles: roles ?? usual?.roles ?? [],
    };
  }

  async handle(request: LoopbackRequest, signal: AbortSignal): Promise<Outcome> {
    this.#running++;
    this.highWater = Math.max(this.highWater, this.#running);
    try {
      return await this.#outcome(request, signal);
    } finally {
      this.#running--;
    }
  }

  async #outcome(request: LoopbackRequest, signal: AbortSignal): Promise<Outcome> {
    const behaviour = this.#next();
    await sleep(this.options.delayMs ?? 0, signal);
    if (behaviour !== undefined) this.options.onEvent?.(`STS misbehaves: ${behaviour.kind}`);
    switch (behaviour?.kind) {
      case undefined:
        return this.#honest(request);
      case "delay":
        await sleep(behaviour.ms, signal);
        return this.#honest(request);
      case "truncate":
        return { half: this.#honest(request) };
      case "error": {
        const { code, message } = behaviour;
        this.#record(request, code);
        return refusalAnswer({
          code,
          message: message ?? STS_ERRORS[code][1],
          status: STS_ERRORS[code][0],
        });
      }
      case "answer":
        this.#record(request, behaviour.kind);
        return behaviour;
      case "captive-portal":
        this.#record(request, behaviour.kind);
        return PORTAL;
      case "redirect":
        this.#record(request, behaviour.kind);
        return { status: 302, headers: { Location: behaviour.location } };
      case "hang":
      case "close":
        this.#record(request, behaviour.kind);
        return behaviour.kind;
    }
  }

  #next(): Behaviour | undefined {
    const [first] = this.plan;
    if (first === undefined) return undefined;
    const left = (first.times ?? 1) - 1;
    if (left > 0) this.plan[0] = { ...first, times: left };
    else this.plan.shift();
    return first;
  }

  #honest(request: LoopbackRequest): LoopbackAnswer {
    try {
      const answer = this.#decide(request);
      this.#record(request, "granted");
      return answer;
    } catch (error) {
      if (!(error instanceof StsRefusal)) throw error;
      this.#record(request, error.code);
      this.options.onEvent?.(`STS refuses: ${error.code}: ${error.message}`);
      return refusalAnswer(error);
    }
  }

  #decide(request: LoopbackRequest): LoopbackAnswer {
    const parameters = parametersOf(request);
    const now = this.options.clock?.() ?? Date.now();
    const action = parameters.get("Action");
    const version = parameters.get("Version");
    if (version === "2011-06-15" && action === "AssumeRoleWithSAML") {
      const made = exchange(parameters, { accounts: this.#accounts, now });
      this.handedOut.push(made.credentials);
      const end = new Date(made.credentials.expiration).toISOString();
      this.options.onEvent?.(`STS grants ${made.credentials.arn} until ${end}`);
      return exchangeAnswer(made);
    }
    if (version === "2011-06-15" && action === "AssumeRole") {
      this.#caller(request.headers, now);
      const made = newCredentials({
        roleArn: parameters.get("RoleArn") ?? "",
        session: parameters.get("RoleSessionName") ?? "",
        // AWS's limit for a role that is assumed with another one's session.
        end: now + 3_600_000,
      });
      this.handedOut.push(made);
      return assumedAnswer(made);
    }
    if (version === "2011-06-15" && action === "GetCallerIdentity") {
      return identityAnswer(this.#caller(request.headers, now));
    }
    throw new StsRefusal(
      "InvalidAction",
      `Could not find operation ${action} for version ${version ?? "NO_VERSION_SPECIFIED"}`,
    );
  }

  #caller(headers: Headers, now: number): HandedOut {
    const key = /Credential=(\w+)\//.exec(headers.get("authorization") ?? "")?.[1];
    const known = this.handedOut.find((it) =>
      it.accessKeyId === key && it.sessionToken === headers.get("x-amz-security-token")
    );
    if (known === undefined) throw new StsRefusal("InvalidClientTokenId");
    if (now >= known.expiration) throw new StsRefusal("ExpiredToken");
    return known;
  }

  #record(request: LoopbackRequest, outcome: string): void {
    const { headers, method, target } = request;
    const parameters = parametersOf(request);
    const action = parameters.get("Action") ?? "";
    this.calls.push({ action, parameters, headers, method, target, outcome });
  }
}

/** Only a form that is posted counts, so that an assertion in a URL is noticed. */
function parametersOf({ method, headers, body }: LoopbackRequest): URLSearchParams {
  const form = headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
  return new URLSearchParams(method === "POST" && form ? body : "");
}

const PORTAL: LoopbackAnswer = {
  status: 200,
  headers: { "Content-Type": "text/html; charset=utf-8" },
  body: "<!doctype html><html><head><title>Guest Wi-Fi</title></head>" +
    "<body><h1>Welcome</h1><p>Accept the terms to go online.<br></body></html>\n",
};

/** Ends early, without an error, when the signal fires. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
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
