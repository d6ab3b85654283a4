/**
 * What `relay` does.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { printableJson } from "../../text.ts";
import { parseNetwork } from "../../relay/address.ts";
import { type AccessEntry, relayHandler } from "../../relay/handler.ts";
import { parseListenAddress, serveRelay } from "../../relay/server.ts";
import { usageError } from "../arguments.ts";
import type { CommandRun } from "../command.ts";
import { type OptionName, variableOf } from "../options.ts";
import { tlsOf } from "../settings/named_files.ts";

/** Serves the relay until a signal ends it; that is a good end. */
export const runRelay: CommandRun = async ({ values, typed, terminal, print }, deps) => {
  const { listen, "trust-proxy": trustProxy = [], "driver-port": driverPort } = values;
  if (listen === undefined) {
    throw usageError(
      "listen-missing",
      "Cannot start the relay without --listen, the address and port to listen on",
      "For example: stssamldriver relay --listen 127.0.0.1:8443",
    );
  }
  // Not read with the other options: what reads them would be loaded by every start.
  const read = <T>(name: OptionName, text: string, parse: (text: string) => T): T => {
    try {
      return parse(text);
    } catch (error) {
      const given = typed[name] === undefined ? `${variableOf(name)}=${text}` : `--${name} ${text}`;
      throw usageError("option-malformed", `Cannot use ${given}: ${messageOf(error)}`);
    }
  };
  const address = read("listen", listen, parseListenAddress);
  for (const each of trustProxy) read("trust-proxy", each, parseNetwork);
  const tls = await tlsOf(values, deps);
  // Anybody can send to it.
  deps.keepNetworkOnly();
  const accessLog = new AccessLog(print, (message) => terminal.say("warning", message));
  await serveRelay({
    address,
    tls,
    handler: relayHandler({ driverPort, trustProxy, log: accessLog.add, now: deps.now }),
    signal: deps.signal,
    onListening: (url) =>
      terminal.say("notice", `The relay listens on ${url}, for IdPs at ${url}/saml`),
    onTrouble: (reason) =>
      terminal.say("warning", `Cannot accept connections: ${reason}. Trying again`),
  });
  await accessLog.flush();
  terminal.say("notice", "The relay has stopped");
};

/** How long entries are collected before they are written together, milliseconds: each write keeps a sign-in waiting. */
const COLLECTING_MS = 100;

/** The access log, a line of JSON for each request, until nobody reads it any more. */
class AccessLog {
  readonly #print: (text: string) => Promise<void>;
  readonly #warn: (message: string) => void;
  #lines: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRead = true;

  constructor(print: (text: string) => Promise<void>, warn: (message: string) => void) {
    this.#print = print;
    this.#warn = warn;
  }

  readonly add = (entry: AccessEntry): void => {
    if (!this.#isRead) return;
    this.#lines.push(`${printableJson(entry)}\n`);
    this.#timer ??= setTimeout(() => this.flush(), COLLECTING_MS);
  };

  /** Writes what was collected. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#lines.splice(0).join("");
    try {
      if (text !== "") await this.#print(text);
    } catch (error) {
      if (this.#isRead) this.#warn(`${messageOf(error)}: no more access log`);
      this.#isRead = false;
    }
  }
}
