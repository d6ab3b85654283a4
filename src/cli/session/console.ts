/**
 * The AWS console for a session: signing in to it, and bringing a browser there.
 *
 * @module
 */

import { parseRoleArn } from "../../aws/arn.ts";
import { federationEndpoint } from "../../aws/console.ts";
import { consoleDestination } from "../../aws/console_destination.ts";
import { PARTITIONS, regionMismatch } from "../../aws/partition.ts";
import { ExitCode, UserError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import { pageResponse } from "../../sign_in/pages/page.ts";
import { consolePage, strayPage } from "../../sign_in/pages/pages.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import { Deadline } from "../../wait.ts";
import type { CommandInput } from "../command.ts";
import type { SessionConsole, TakenSession } from "./taking.ts";

/** How long the browser may take to request the address that it was opened at, milliseconds. */
const COMES_MS = 30_000;

/** How long the page may take to reach the browser, milliseconds. */
const GRACE_MS = 1000;

/** The console as the flags ask for it. */
export class Console implements SessionConsole {
  readonly #input: CommandInput;
  readonly #request: SignInRequest;
  readonly #deps: Deps;

  /** @throws UserError exit code 2 for a destination outside the console, or a bad `--signin-url` */
  constructor(input: CommandInput, request: SignInRequest, deps: Deps) {
    this.#input = input;
    this.#request = request;
    this.#deps = deps;
    // What can be known before the sign-in is refused before it.
    this.#check();
  }

  /** Without a role the partition is not known yet: what none of them would take is refused. */
  #check(): void {
    const { region, role = this.#request.provider } = this.#request;
    const partitions = role === undefined ? PARTITIONS : [role.partition];
    const signInUrl = this.#input.values["signin-url"];
    const refusals: unknown[] = [];
    for (const partition of partitions) {
      try {
        const named = region && regionMismatch(region.name, partition) === undefined
          ? region.name
          : undefined;
        this.#destination(partition, named);
        federationEndpoint({ partition, region: named, signInUrl });
        return;
      } catch (error) {
        refusals.push(error);
      }
    }
    throw refusals[0];
  }

  /**
   * Signs in to the console.
   *
   * @returns the login URL, a secret until it was used
   * @throws UserError exit code 6 or 7
   */
  async login({ session, region }: TakenSession): Promise<Secret> {
    const { partition } = parseRoleArn(session.roleArn);
    const { values } = this.#input;
    const named = region.named ? region.name : undefined;
    return await this.#deps.consoleLogin({
      credentials: session.credentials,
      partition,
      region: named,
      durationSeconds: values["console-duration"],
      issuer: this.#request.startUrl,
      destination: this.#destination(partition, named),
      signInUrl: values["signin-url"],
    });
  }

  /**
   * Brings a browser to the console. The login URL is in nobody's argv: the browser is opened at a
   * one-time address of this machine, which goes on to it.
   *
   * @throws UserError exit code 4 when no browser came for it
   */
  async #open(url: Secret): Promise<void> {
    const deps = this.#deps;
    const path = `/${crypto.randomUUID()}`;
    const came = Promise.withResolvers<void>();
    let once = true;
    const listener = await deps.listenAnywhere((request) => {
      const ours = new URL(request.url).pathname === path && request.method === "GET";
      if (!ours || !once) {
        return Promise.resolve(
          pageResponse(
            strayPage(404, "This link has expired", "It works once. Run the command again."),
          ),
        );
      }
      once = false;
      came.resolve();
      return Promise.resolve(pageResponse(consolePage(url.reveal())));
    });
    using deadline = new Deadline(COMES_MS, deps.signal);
    deadline.signal.addEventListener(
      "abort",
      () => came.reject(deadline.passed ? nobodyCame() : deps.signal.reason),
    );
    try {
      const address = `http://localhost:${listener.port}${path}`;
      await this.#openBrowser(address);
      await came.promise;
    } finally {
      await listener.close(GRACE_MS);
    }
  }

  async signIn(taken: TakenSession): ReturnType<SessionConsole["signIn"]> {
    try {
      return { console: await this.login(taken) };
    } catch (error) {
      return { warning: this.#warn(error) };
    }
  }

  async openFor(taken: TakenSession): Promise<void> {
    const { console: url } = await this.signIn(taken);
    if (url === undefined) return;
    try {
      await this.#open(url);
    } catch (error) {
      if (this.#deps.signal.aborted) throw error;
      this.#warn(error);
    }
  }

  /** Warns of a failure beside credentials that are delivered; throws it where the command is for the console. */
  #warn(error: unknown): string {
    if (this.#input.name === "console" || !(error instanceof UserError)) throw error;
    const message = `The console did not open: ${error.message}`;
    this.#input.terminal.say("warning", message);
    return message;
  }

  async #openBrowser(address: string): Promise<void> {
    const { values, terminal } = this.#input;
    const { container, browser } = values;
    const outcome = container === undefined
      ? await this.#deps.openBrowser(address, browser)
      : await this.#deps.openContainer(address, { container, browser });
    terminal.watch(
      outcome.opened
        ? { kind: "browser-opened", by: outcome.by }
        : { kind: "browser-failed", reason: outcome.reason },
    );
    if (!outcome.opened) {
      terminal.say("notice", `Open the console at ${address}`);
    }
  }

  #destination(partition: Parameters<typeof consoleDestination>[1]["partition"], region?: string) {
    const { values } = this.#input;
    return consoleDestination(values["console-destination"], {
      partition,
      region,
      consoleUrl: values["console-url"],
    });
  }
}

function nobodyCame(): UserError {
  return new UserError("console-unopened", "No browser opened the console in time", {
    exitCode: ExitCode.NO_ASSERTION,
    hint: "Choose the browser with --browser, or print the address with --print-url",
  });
}
