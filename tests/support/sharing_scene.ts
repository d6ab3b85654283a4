/**
 * Callers and their server in one process: real connections and a real meeting file, a browser, an IdP and an
 * STS that are played.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Session, SessionKey } from "../../src/credentials/cache.ts";
import { canonical } from "../../src/credentials/cache.ts";
import type { Choice } from "../../src/credentials/remembered.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { shareSignIn } from "../../src/sharing/caller.ts";
import type { Answer, Lines, Order } from "../../src/sharing/messages.ts";
import { connect, makeFolder, readMeeting } from "../../src/sharing/meeting.ts";
import { serveCallers } from "../../src/sharing/server.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import type { ClaimOptions } from "../../src/sign_in/listener/port.ts";
import type { SignInRequest } from "../../src/sign_in/request.ts";
import { eventually } from "./eventually.ts";
import { Arrivals, exchangedFake, NOON, requestFake } from "./fakes.ts";
import { ACS, assertionOf, pairOf, readingWorld } from "./offers.ts";
import type { Sts } from "./orders.ts";
import { openPicker, personsBrowser, type PickerTab, postAssertion, type Shown } from "./tab.ts";

/** What a test may set differently. */
export interface SceneOptions {
  readonly sts?: Sts;
  /** How long a server lingers, milliseconds; short unless a test is about it. */
  readonly lingerMs?: number;
  /** Instead of a server that serves; by which one it is. */
  readonly start?: (which: number, scene: Scene) => Promise<unknown>;
}

/** One caller, and what it shows. */
export interface SceneCaller {
  /** What waiting ended with; an error, too. */
  readonly end: Promise<unknown>;
  readonly shown: Arrivals<SignInEvent>;
  /** The kinds of what it shows, notices by their words. */
  readonly kinds: () => readonly string[];
  interrupt(): void;
}

/** An order by a connection, which a test reads and ends. */
export interface BareCaller {
  readonly lines: Lines;
  /** The first answer of this kind that comes, now or later; the end of the connection fails. */
  answer<K extends Answer["kind"]>(kind: K): Promise<Extract<Answer, { readonly kind: K }>>;
  /** Every kind that came so far. */
  readonly kinds: () => readonly string[];
  /** Resolves when the other end has closed. */
  readonly closed: Promise<void>;
}

/** The stage of a test. */
export class Scene implements AsyncDisposable {
  readonly path: string;
  /** The keys of the sessions that are in the cache. */
  readonly sessions = new Map<string, Session>();
  /** The names of the roles that STS was asked for. */
  readonly exchanged: string[] = [];
  readonly opened: string[] = [];
  starts = 0;
  readonly #options: SceneOptions;
  readonly #folder = Deno.makeTempDirSync({ prefix: "stssamldriver-sharing-" });
  readonly #choices = new Map<string, Choice>();
  readonly #over = new AbortController();
  readonly #running: Promise<unknown>[] = [];
  readonly #bare: Lines[] = [];
  #claim: ClaimOptions | undefined;

  constructor(options: SceneOptions = {}) {
    this.#options = options;
    this.path = `${this.#folder}/sharing/here.json`;
  }

  /** Starts a caller that wants a role, as in `pairOf`; `undefined` for one to pick. */
  call(role: string | undefined, more: Partial<SignInRequest> = {}): SceneCaller {
    const shown = new Arrivals<SignInEvent>();
    const interruption = new AbortController();
    const request = requestOf(orderFor(role, more));
    const end = shareSignIn({
      order: orderFor(role, more),
      request: { ...request, ...more },
      place: { path: this.path, startServer: () => Promise.resolve({ status: this.#start() }) },
      watch: (event) => shown.add(event),
      signal: AbortSignal.any([interruption.signal, this.#over.signal]),
      now: () => NOON,
    }).catch((error: unknown) => error);
    this.#running.push(end);
    return {
      end,
      shown,
      kinds: () => shown.all.map((event) => event.kind === "notice" ? event.message : event.kind),
      interrupt: () => interruption.abort(interrupted()),
    };
  }

  /** Gives an order to the server that is there. */
  async order(role: string | undefined, more: Partial<SignInRequest> = {}): Promise<BareCaller> {
    const meeting = readMeeting(this.path);
    const lines = meeting && await connect(meeting);
    assert.ok(lines);
    this.#bare.push(lines);
    lines.write(orderFor(role, more));
    const answers = new Arrivals<Answer | undefined>();
    const closed = (async () => {
      while (true) {
        const line = await lines.read();
        answers.add(line as Answer | undefined);
        if (line === undefined) return;
      }
    })();
    this.#running.push(closed);
    return {
      lines,
      closed,
      kinds: () => answers.all.flatMap((answer) => answer === undefined ? [] : [answer.kind]),
      async answer(kind) {
        const found = await answers.find((each) => each === undefined || each.kind === kind);
        assert.ok(found !== undefined, `the connection ended without "${kind}"`);
        return found as Extract<Answer, { readonly kind: typeof kind }>;
      },
    };
  }

  /** Starts a server without a caller. */
  async serve(): Promise<void> {
    makeFolder(this.path);
    const before = readMeeting(this.path)?.instance;
    this.#running.push(this.#start());
    await eventually("the meeting", () => {
      const meeting = readMeeting(this.path);
      return meeting !== undefined && meeting.instance !== before || undefined;
    });
  }

  /** Posts an assertion with these roles. */
  post(...roles: readonly string[]): Promise<Shown> {
    return postAssertion((request) => this.#send(request), ACS, assertionOf(roles));
  }

  /** Posts one, and follows to the page to pick from. */
  pick(...roles: readonly string[]): Promise<PickerTab> {
    const start = () => Promise.resolve(this.opened.at(-1));
    const browser = personsBrowser((request) => this.#send(request), start);
    return openPicker(browser, ACS, assertionOf(roles));
  }

  /** Resolves when the browser was opened so often. */
  async isOpened(times: number): Promise<void> {
    await eventually(`opening ${times}`, () => this.opened.length >= times || undefined);
    assert.equal(this.opened.length, times);
  }

  /** Resolves when no server is there any more. */
  async isOver(): Promise<void> {
    await eventually(
      "the end of the server",
      () => readMeeting(this.path) === undefined || undefined,
    );
  }

  /** Serves in this process, to the end. */
  async serveHere(): Promise<void> {
    const world = readingWorld({
      claimPort: (claim) => {
        this.#claim = claim;
        return Promise.resolve({
          addresses: [],
          lost: new Promise<never>(() => {}),
          close: () => Promise.resolve(),
        });
      },
      openBrowser: (url) => {
        this.opened.push(url);
        return Promise.resolve({ opened: true, by: "fake-browser" });
      },
      loadExchange: () =>
        Promise.resolve(async (request, signal) => {
          this.exchanged.push(request.role.name);
          await this.#options.sts?.(request, signal);
          return exchangedFake();
        }),
    });
    await serveCallers(this.path, {
      ...world,
      signal: this.#over.signal,
      lingerMs: this.#options.lingerMs ?? 100,
      requestOf: (order) => Promise.resolve(requestOf(order)),
      cache: {
        sessions: {
          look: (key: SessionKey) => {
            const session = this.sessions.get(canonical(key));
            return session === undefined ? { miss: "there is no entry" } : { session };
          },
          store: (key, session) => Promise.resolve(void this.sessions.set(canonical(key), session)),
        },
        choices: {
          last: (settings) => this.#choices.get(canonical(settings)),
          remember: (settings, choice) =>
            Promise.resolve(void this.#choices.set(canonical(settings), choice)),
        },
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(interrupted());
    for (const lines of this.#bare) lines.close();
    await Promise.all(this.#running);
    await Deno.remove(this.#folder, { recursive: true });
  }

  #start(): Promise<unknown> {
    const which = ++this.starts;
    const running = this.#options.start?.(which, this) ?? this.serveHere();
    this.#running.push(running.catch(() => {}));
    return running;
  }

  async #send(request: Request): Promise<Response> {
    const claim = await eventually("the listener", () => this.#claim);
    return await claim.listen.handler(request);
  }
}

function interrupted(): UserError {
  return new UserError("interrupted", "Interrupted", { exitCode: ExitCode.INTERRUPTED });
}

/** An order of these tests: what differs from `requestFake`, as far as they need it. */
function orderFor(role: string | undefined, more: Partial<SignInRequest>): Order {
  const { timeoutMs, durationSeconds } = more;
  return {
    kind: "order",
    flags: {
      role: role === undefined ? [] : [role],
      timeout: timeoutMs === undefined ? [] : [String(timeoutMs)],
      duration: durationSeconds === undefined ? [] : [String(durationSeconds)],
    },
  };
}

function requestOf({ flags }: Order): SignInRequest {
  const [role] = flags["role"] ?? [];
  if (role === "nonsense") {
    throw new UserError("option-malformed", "Cannot use --role-arn", { exitCode: ExitCode.USAGE });
  }
  const [timeout] = flags["timeout"] ?? [];
  return requestFake({
    ...(role === undefined ? { role: undefined, provider: undefined } : pairOf(role)),
    timeoutMs: timeout === undefined ? undefined : Number(timeout),
    durationSeconds: Number(flags["duration"]?.[0] ?? 3600),
  });
}
