/**
 * The server: it signs in for all callers of the same IdP settings. An open connection is an order, so the
 * system itself tells who still waits.
 *
 * @module
 */

import { canonical, type SessionCache, sessionText } from "../credentials/cache.ts";
import type { Choices } from "../credentials/remembered.ts";
import type { UserError } from "../errors.ts";
import type { SignInEvent } from "../sign_in/events.ts";
import { chosenPair, sessionKey, settingsKey, type SignInRequest } from "../sign_in/request.ts";
import { asUserError, firstOf, type OpenOrder } from "./outcomes.ts";
import { type Answer, isMessage, Lines, type Order, stateAfter } from "./messages.ts";
import {
  connect,
  type Meeting,
  newKey,
  proveAsServer,
  readMeeting,
  removeMeeting,
  writeMeeting,
} from "./meeting.ts";
import { type Orders, SharedSignIn, type SharedWorld, type Uncached } from "./shared_sign_in.ts";

/** What a server needs of the world. */
interface ServerWorld extends Omit<SharedWorld, "watch" | "cache"> {
  /** Understands an order; throws a UserError for its caller. */
  readonly requestOf: (order: Order) => Promise<SignInRequest>;
  readonly cache: {
    readonly sessions: Pick<SessionCache, "look" | "store">;
    readonly choices: Pick<Choices, "last" | "remember">;
  };
  /** As {@linkcode LINGER_MS}; tests shorten it. */
  readonly lingerMs?: number;
}

/** How long the server stays after the last order, milliseconds: callers start one by one. */
const LINGER_MS = 3000;

/** How long a caller may take to come, milliseconds: from the start, or from its connection to its order. */
const COMING_MS = 10_000;

/** How long a failure is the answer to those who want the same, milliseconds. */
const FAILED_MS = 5000;

/** How long a sign-in goes on for callers who were killed, milliseconds, whatever their time-outs. */
const ALONE_MS = 3_600_000;

/** How many connections may be about to prove themselves; of more the oldest is closed. */
const MOST_UNPROVEN = 100;

/** How long until accepting is tried again that failed, milliseconds. */
const ACCEPT_AGAIN_MS = 50;

/**
 * Serves the callers who find this meeting file, until none is left.
 *
 * @throws UserError exit code 8 when the file cannot be written
 */
export async function serveCallers(path: string, world: ServerWorld): Promise<void> {
  // Two may be started where the file system knows no locks, or when the first one had no time to answer.
  const other = readMeeting(path);
  const answered = other && await connect(other);
  if (answered !== undefined) return answered.close();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const meeting: Meeting = { port, key: newKey(), instance: crypto.randomUUID() };
  const server = new Server(listener, meeting.key, world);
  try {
    writeMeeting(path, meeting);
    await server.run();
  } finally {
    server.close();
    removeMeeting(path, meeting);
  }
}

/** One caller's order. */
class CallersOrder implements OpenOrder {
  readonly request: SignInRequest;
  readonly #lines: Lines;
  /** By a clock that nobody sets, milliseconds. */
  readonly since = performance.now();
  alive = true;

  constructor(request: SignInRequest, lines: Lines) {
    this.request = request;
    this.#lines = lines;
  }

  answer(answer: Answer): void {
    if (this.alive) this.#lines.write(answer);
  }
}

class Server implements Orders {
  readonly #listener: Deno.TcpListener;
  readonly #key: string;
  readonly #world: ServerWorld;
  /** Aborts the sign-in when nobody is left who wants it. */
  readonly #stop = new AbortController();
  readonly #signIn: SharedSignIn;
  readonly #connections = new Set<Lines>();
  /** Those that have not proven themselves yet, the oldest first. */
  readonly #unproven = new Set<Lines>();
  #closed = false;
  /** Those that wait, the oldest first. */
  #orders: readonly CallersOrder[] = [];
  /** Told of an order that comes. */
  #arrived: ((order: boolean) => void) | undefined;
  #state: readonly SignInEvent[] = [];
  /** The order whose caller draws the sign-in. */
  #drawer: CallersOrder | undefined;
  /** What became of settings, or of all under the empty text, and when. */
  readonly #failures = new Map<string, { readonly error: UserError; readonly at: number }>();
  #alone: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: Deno.TcpListener, key: string, world: ServerWorld) {
    this.#listener = listener;
    this.#key = key;
    this.#world = world;
    const signal = AbortSignal.any([world.signal, this.#stop.signal]);
    signal.addEventListener("abort", () => this.#arrived?.(false));
    const watch = (event: SignInEvent) => this.#watch(event);
    this.#signIn = new SharedSignIn(this, { ...world, watch, signal });
    this.#accept();
  }

  /** Signs in for those who come, one sign-in after the other. */
  async run(): Promise<void> {
    for (let first = true;; first = false) {
      const order = await this.#next(first);
      if (order === undefined) return;
      try {
        await this.#signIn.signIn(order);
      } catch (error) {
        // Ended from outside, it has nothing to tell: who still waits starts another.
        if (this.#isOver) return;
        this.#fail("", this.#orders, asUserError(error));
      }
      this.#setState([]);
    }
  }

  close(): void {
    this.#closed = true;
    this.#listener.close();
    clearTimeout(this.#alone);
    for (const lines of this.#connections) lines.close();
  }

  open(): readonly OpenOrder[] {
    return this.#orders;
  }

  isKept({ request }: OpenOrder): boolean {
    const { sessions, choices } = this.#world.cache;
    const { role, provider } = request;
    const pair = role !== undefined && provider !== undefined
      ? { role, provider }
      : chosenPair(choices.last(settingsKey(request)));
    return pair !== undefined && "session" in sessions.look(sessionKey(request, pair));
  }

  kept(orders: readonly OpenOrder[]): void {
    this.#end(orders, { kind: "kept" });
  }

  handed(orders: readonly OpenOrder[], { key, session, pair, error }: Uncached): void {
    const { role, provider } = pair;
    const text = sessionText(key, session);
    this.#end(orders, {
      ...{ kind: "handed", session: text, error },
      ...{ roleArn: role.text, providerArn: provider.text },
    });
  }

  failed(orders: readonly OpenOrder[], error: UserError): void {
    for (const order of orders) this.#fail(failureKey(order), [order], error);
  }

  get #isOver(): boolean {
    return this.#world.signal.aborted || this.#stop.signal.aborted;
  }

  /** The order to sign in for next; `undefined` when nobody came for a while. */
  async #next(first: boolean): Promise<OpenOrder | undefined> {
    const lingerMs = this.#world.lingerMs ?? LINGER_MS;
    for (let ms = first ? COMING_MS : lingerMs; !this.#isOver; ms = lingerMs) {
      await this.#signIn.serveLate();
      // For one whose caller was killed no second sign-in is begun; the next call of its SDK finds the first.
      const order = first ? firstOf(this.#orders) : this.#orders.find(({ alive }) => alive);
      if (order !== undefined) return order;
      if (!await this.#arrival(ms)) return undefined;
    }
    return undefined;
  }

  async #arrival(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#arrived = resolve;
    const timer = setTimeout(() => resolve(false), ms);
    const arrived = await promise;
    clearTimeout(timer);
    return arrived;
  }

  async #accept(): Promise<void> {
    while (true) {
      try {
        const connection = await this.#listener.accept();
        connection.setNoDelay();
        this.#greet(new Lines(connection));
      } catch {
        if (this.#closed) return;
        // No file handle is left, or the caller was gone already.
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_AGAIN_MS));
      }
    }
  }

  /** Takes a caller's order, and follows its connection to the end. */
  async #greet(lines: Lines): Promise<void> {
    this.#connections.add(lines);
    this.#unproven.add(lines);
    const [oldest] = this.#unproven;
    if (this.#unproven.size > MOST_UNPROVEN) oldest?.close();
    const timer = setTimeout(() => lines.close(), COMING_MS);
    const order = await proveAsServer(lines, this.#key) ? await lines.read() : undefined;
    clearTimeout(timer);
    this.#unproven.delete(lines);
    if (isMessage(order, "order")) await this.#take(order, lines);
    lines.close();
    this.#connections.delete(lines);
  }

  async #take(order: Order, lines: Lines): Promise<void> {
    try {
      const open = new CallersOrder(await this.#world.requestOf(order), lines);
      this.#add(open);
      this.#gone(open, isMessage(await lines.read(), "leave"));
    } catch (error) {
      const failed: Answer = { kind: "failed", error: asUserError(error) };
      await lines.write(failed);
    }
  }

  #add(order: CallersOrder): void {
    const failure = this.#failureOf(order);
    if (failure !== undefined) order.answer({ kind: "failed", error: failure });
    else if (this.isKept(order)) order.answer({ kind: "kept" });
    else {
      this.#orders = [...this.#orders, order];
      order.answer({ kind: "state", state: this.#state });
      this.#lookAfter();
      if (this.#drawer !== undefined && this.#drawer !== order) {
        order.answer({ kind: "wait", title: titleOf(this.#drawer) });
      }
      this.#signIn.serveLate();
    }
    this.#arrived?.(true);
  }

  /** The caller of an order has gone: it took its leave, or else was killed. */
  #gone(order: CallersOrder, left: boolean): void {
    if (!this.#orders.includes(order)) return;
    order.alive = false;
    if (left) this.#orders = this.#orders.filter((each) => each !== order);
    // The last one who leaves takes the sign-in along.
    if (left && !this.#orders.some(({ alive }) => alive)) this.#stop.abort();
    this.#lookAfter();
  }

  #end(orders: readonly OpenOrder[], answer: Answer): void {
    const ended = this.#orders.filter((each) => orders.includes(each));
    this.#orders = this.#orders.filter((each) => !orders.includes(each));
    for (const order of ended) order.answer(answer);
    this.#lookAfter();
  }

  /** Has the oldest caller who waits draw; for those who were killed nothing goes on for ever. */
  #lookAfter(): void {
    clearTimeout(this.#alone);
    if (this.#closed) return;
    const drawer = this.#orders.find(({ alive }) => alive);
    if (drawer === undefined) {
      this.#alone = setTimeout(() => this.#stop.abort(), this.#patience());
    } else if (drawer !== this.#drawer) {
      drawer.answer({ kind: "state", state: this.#state });
      drawer.answer({ kind: "draw" });
    }
    this.#drawer = drawer;
  }

  /** How long those whose callers were killed would still have waited, milliseconds. */
  #patience(): number {
    const now = performance.now();
    const left = this.#orders.map(({ since, request }) =>
      since + (request.timeoutMs ?? ALONE_MS) - now
    );
    return left.length === 0 ? COMING_MS : Math.min(ALONE_MS, Math.max(0, ...left));
  }

  #fail(key: string, orders: readonly OpenOrder[], error: UserError): void {
    this.#failures.set(key, { error, at: performance.now() });
    this.#end(orders, { kind: "failed", error });
  }

  #failureOf(order: OpenOrder): UserError | undefined {
    const since = performance.now() - FAILED_MS;
    return ["", failureKey(order)].map((key) => this.#failures.get(key))
      .find((failure) => failure !== undefined && failure.at > since)?.error;
  }

  #watch(event: SignInEvent): void {
    const state = stateAfter(this.#state, event);
    const another = event.kind === "exchanging" && this.#state.at(-1)?.kind === event.kind;
    // All are told what their time-outs depend on; with a hundred roles not of each one's exchange.
    if (another || state === this.#state) this.#state = state;
    else this.#setState(state);
    this.#drawer?.answer({ kind: "event", event });
  }

  #setState(state: readonly SignInEvent[]): void {
    this.#state = state;
    for (const order of this.#orders) order.answer({ kind: "state", state });
  }
}

/** The role of an order, for others who wait. */
function titleOf({ request }: OpenOrder): string {
  return request.role?.text ?? "a role to pick";
}

/** What orders have in common that fail in the same way: also the region, where STS is asked. */
function failureKey({ request }: OpenOrder): string {
  return canonical({ ...settingsKey(request), region: request.region?.name });
}
