/**
 * The outside world, played: clock, terminal, standard streams, browser, port and STS. Each is a plain
 * record with the smallest shape that the program asks for, and keeps what was done to it.
 *
 * @module
 */

import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import type { Exchange, Exchanged, ExchangeRequest } from "../../src/aws/sts.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { ReadAssertion } from "../../src/saml/reader.ts";
import { Secret } from "../../src/secret.ts";
import type { BrowserOutcome } from "../../src/sign_in/browser/browser.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import type { ClaimOptions } from "../../src/sign_in/listener/port.ts";
import type { SignInRequest } from "../../src/sign_in/request.ts";
import type { signIn, SignInWorld } from "../../src/sign_in/sign_in.ts";
import type { Deliver } from "../../src/sign_in/sign_in.ts";
import { expandHome } from "../../src/system/paths.ts";
import type { Deps } from "../../src/deps.ts";
import type { TextStream } from "../../src/system/process.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "./saml_attributes.ts";
import { followed } from "./tab.ts";

/** Where fake clocks stand: 2026-11-23 12:00:00 UTC. */
export const NOON = Date.UTC(2026, 10, 23, 12);

/** The secret parts of {@linkcode exchangedFake}: no page, message or log may ever hold them. */
export const FAKE_SECRETS: readonly string[] = ["fakeSecretAccessKey", "fakeSessionToken"];

/** What a fake STS gives: an hour from {@linkcode NOON} on, or from another start. */
export function exchangedFake(start = NOON): Exchanged {
  return {
    credentials: {
      accessKeyId: "ASIAFAKE",
      secretAccessKey: new Secret("fakeSecretAccessKey", "secret access key"),
      sessionToken: new Secret("fakeSessionToken", "session token"),
      expiration: start + 3_600_000,
      accountId: "111122223333",
    },
    shortenedTo: undefined,
  };
}

/** A stream that keeps what was written. */
export interface FakeStream extends TextStream {
  readonly text: () => string;
}

/** Makes a {@linkcode FakeStream}. */
export function fakeStream(isTerminal = false): FakeStream {
  let text = "";
  return { isTerminal, write: (more) => void (text += more), text: () => text };
}

/** Something that a test waits for: values that come, in order. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #changed = Promise.withResolvers<void>();

  /** Another one came. */
  add(value: T): void {
    this.all.push(value);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The first one that fits, now or when it comes. */
  async find<S extends T>(fits: (value: T) => value is S): Promise<S>;
  async find(fits: (value: T) => boolean): Promise<T>;
  async find(fits: (value: T) => boolean): Promise<T> {
    while (true) {
      const found = this.all.find(fits);
      if (found !== undefined) return found;
      await this.#changed.promise;
    }
  }
}

/** The request of a sign-in that nobody specified further. */
export function requestFake(different: Partial<SignInRequest> = {}): SignInRequest {
  return {
    role: parseRoleArn(DEFAULT_ROLE),
    provider: parseProviderArn(DEFAULT_PROVIDER),
    accounts: [],
    filters: [],
    accountNames: new Map(),
    region: undefined,
    endpoint: undefined,
    durationSeconds: 3600,
    strictDuration: false,
    policyArns: [],
    policy: undefined,
    startUrl: new URL("https://idp.example/start"),
    idp: undefined,
    browser: undefined,
    port: 8090,
    tls: undefined,
    timeoutMs: undefined,
    ...different,
  };
}

/** A way of signing in that remembers nothing. */
export function howFake(deliver: Deliver): Parameters<typeof signIn>[2] {
  const memory = { last: () => Promise.resolve(undefined), remember: () => Promise.resolve() };
  return { memory, deliver };
}

/** STS' answer to one assertion, by the text that stands for it. */
export type StsAnswers = (assertion: string, signal: AbortSignal) => Promise<Exchanged> | Exchanged;

/** A world for `signIn`, and what happened in it. */
export interface FakeWorld extends SignInWorld {
  readonly events: Arrivals<SignInEvent>;
  /** Every exchange that was asked for. */
  readonly exchanges: Arrivals<ExchangeRequest>;
  /** The URLs that the browser was opened at. */
  readonly opened: string[];
  /** With how much grace the listener was closed. */
  readonly closed: number[];
  /** Posts a form with this SAMLResponse, as a browser would, once the listener is there. */
  post(samlResponse: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Sends any request to the listener. */
  send(request: Request): Promise<Response>;
  interrupt(): void;
}

/** What a test may set differently. */
export interface FakeWorldOptions {
  readonly sts?: StsAnswers;
  readonly openBrowser?: SignInWorld["openBrowser"];
  readonly tunnelHint?: string;
  readonly loadReader?: SignInWorld["loadReader"];
  readonly loadExchange?: SignInWorld["loadExchange"];
  readonly claimPort?: SignInWorld["claimPort"];
  readonly pasting?: SignInWorld["pasting"];
  readonly now?: () => number;
}

/**
 * A world without a port or a network. Its reader takes every text for an assertion, but those that
 * begin with `bad`, which it refuses.
 */
export function fakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const events = new Arrivals<SignInEvent>();
  const exchanges = new Arrivals<ExchangeRequest>();
  const opened: string[] = [];
  const closed: number[] = [];
  const interruption = new AbortController();
  const listening = Promise.withResolvers<ClaimOptions>();
  const exchange: Exchange = async (request, signal) => {
    exchanges.add(request);
    return await (options.sts ?? (() => exchangedFake()))(request.assertion.reveal(), signal);
  };
  const send = async (request: Request) => (await listening.promise).listen.handler(request);
  return {
    events,
    exchanges,
    opened,
    closed,
    now: options.now ?? (() => NOON),
    confine: () => {},
    claimPort: options.claimPort ?? ((claim) => {
      listening.resolve(claim);
      return Promise.resolve({
        addresses: ["127.0.0.1", "::1"],
        lost: new Promise<never>(() => {}),
        close: (graceMs) => Promise.resolve(void closed.push(graceMs)),
      });
    }),
    openBrowser: options.openBrowser ?? ((url) => {
      opened.push(url);
      return Promise.resolve<BrowserOutcome>({ opened: true, by: "fake-browser" });
    }),
    browserName: () => Promise.resolve("fake-browser"),
    tunnelHint: () => options.tunnelHint,
    readMetadata: () => Promise.reject(new Error("no metadata here")),
    pasting: options.pasting ?? {
      openInput: () => Promise.reject(new Error("This test pastes nothing")),
      openDialog: () => Promise.resolve(undefined),
      seesBrowser: () => true,
    },
    loadReader: options.loadReader ?? (() => Promise.resolve(readFake)),
    loadExchange: options.loadExchange ?? (() => Promise.resolve(exchange)),
    watch: (event) => events.add(event),
    signal: interruption.signal,
    send,
    async post(samlResponse) {
      const request = formRequest("http://localhost:8090/saml", { samlResponse });
      const { url, headers } = request;
      const response = await followed(send, await send(request), { url, headers });
      return { status: response.status, text: await response.text() };
    },
    interrupt: () =>
      interruption.abort(
        new UserError("interrupted", "Interrupted", { exitCode: ExitCode.INTERRUPTED }),
      ),
  };
}

/** A browser's post of an IdP's form. */
export function formRequest(
  url: string,
  form: { readonly samlResponse: string; readonly relayState?: string },
): Request {
  const fields = new URLSearchParams({ SAMLResponse: form.samlResponse });
  if (form.relayState !== undefined) fields.set("RelayState", form.relayState);
  return new Request(url, {
    method: "POST",
    headers: {
      "host": new URL(url).host,
      "content-type": "application/x-www-form-urlencoded",
      "origin": "null",
    },
    body: fields.toString(),
  });
}

/** A reader that needs no XML: the text is the assertion. */
export function readFake(field: string): ReadAssertion {
  if (field.startsWith("bad")) {
    throw new UserError("assertion-unreadable", `Cannot read "${field}"`, {
      exitCode: ExitCode.BAD_ASSERTION,
      hint: "Sign in again.",
    });
  }
  return {
    posted: { base64: new Secret(field, "assertion"), xml: new Secret(field, "assertion") },
    response: {
      issuer: undefined,
      destination: undefined,
      inResponseTo: undefined,
      status: { success: true, codes: ["Success"], message: undefined },
      assertion: "encrypted",
    },
    offer: { roles: [], malformed: [] },
    solicited: false,
    person: "alice@example.com",
    redeemableUntil: NOON + 300_000,
    expires: NOON + 300_000,
  };
}

/** The whole world of the command line, and what it did. */
export interface FakeDeps extends Deps {
  readonly world: FakeWorld;
  readonly out: () => string;
  readonly err: () => string;
  /** What the controlling terminal shows; empty when there is none. */
  readonly shown: () => string;
}

/** The path of the machine's file in these worlds. */
export const MACHINE_FILE = "/etc/stssamldriver/config";

/** What a test may set differently. */
export interface FakeDepsOptions extends FakeWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | Error>>;
  /** The text of the machine's file, or why it is not believed. */
  readonly machine?: { readonly text: string } | { readonly risk: string };
  readonly os?: Deps["os"];
  /** Whether stdout is a terminal. */
  readonly onTerminal?: boolean;
  /** Whether there is a controlling terminal; stderr is not it. */
  readonly terminal?: boolean;
  readonly stdout?: (text: string) => Promise<void>;
}

/** Makes {@linkcode FakeDeps}: no variables, no files, no terminal unless a test has some. */
export function fakeDeps(options: FakeDepsOptions = {}): FakeDeps {
  const world = fakeWorld(options);
  const { watch: _, ...signIn } = world;
  const env = options.env ?? {};
  const stderr = fakeStream();
  const device = fakeStream(true);
  let out = "";
  return {
    ...signIn,
    world,
    out: () => out,
    err: stderr.text,
    shown: device.text,
    env: (name) => env[name],
    variableNames: () => Object.keys(env),
    keepNetworkOnly: () => {},
    stdout: {
      isTerminal: options.onTerminal ?? false,
      isPipe: false,
      write: options.stdout ?? ((text) => Promise.resolve(void (out += text))),
    },
    stderr,
    expand: (path) => expandHome(path, (name) => env[name]),
    absolute: (path) => path,
    realPath: (path) => path,
    os: options.os ?? "linux",
    self: ["stssamldriver"],
    cache: () => {
      throw new Error("This test has no cache");
    },
    meetingPlace: () => {
      throw new Error("This test has no other callers");
    },
    openContainer: () => Promise.reject(new Error("This test has no containers")),
    configuredEndpoint: () => Promise.resolve(undefined),
    configured: () => Promise.resolve(undefined),
    checkRoute: () => Promise.resolve(),
    route: () =>
      Promise.resolve({
        proxyFor: () => Promise.resolve(undefined),
        issuerOf: () => Promise.resolve(undefined),
        extraCas: () => Promise.resolve(undefined),
      }),
    reachSts: () => Promise.reject(new Error("This test has no STS to reach")),
    browserSurroundings: () =>
      Promise.resolve({ os: "linux", env, wsl: false, isFile: () => false }),
    portHolders: () => Promise.resolve([]),
    consoleLogin: () => Promise.reject(new Error("This test has no console")),
    listenAnywhere: () => Promise.reject(new Error("This test listens nowhere")),
    listenForPrograms: () => Promise.reject(new Error("This test listens nowhere")),
    runChild: () => Promise.reject(new Error("This test runs no child")),
    parentNames: () => Promise.resolve([]),
    openTerminal: () => options.terminal ? device : undefined,
    openDialog: () => Promise.resolve(undefined),
    machineFile: () =>
      Promise.resolve(
        options.machine === undefined ? undefined : { path: MACHINE_FILE, ...options.machine },
      ),
    readTextFile: (path) => {
      const file = options.files?.[path];
      return file instanceof Error ? Promise.reject(file) : Promise.resolve(file);
    },
  };
}
