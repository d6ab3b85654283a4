/**
 * What `relay` does.
 *
 * @module
 */

import { messageOf, type UserError } from "../../errors.ts";
import { printableJson } from "../../text.ts";
import { parseNetwork } from "../../relay/address.ts";
import { type AccessEntry, relayHandler } from "../../relay/handler.ts";
import { parseListenAddress, serveRelay } from "../../relay/server.ts";
import { usageError } from "../arguments.ts";
import type { CommandRun } from "../command.ts";
import { type OptionName, variableOf } from "../options.ts";
import { tlsOf } from "../settings/sign_in_request.ts";

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
  let logs = true;
  const log = (entry: AccessEntry) => {
    if (!logs) return;
    print(`${printableJson(entry)}\n`).catch((error: UserError) => {
      if (logs) {
        terminal.watch({ kind: "warning", message: `${error.message}: no more access log` });
      }
      logs = false;
    });
  };
  await serveRelay({
    address,
    tls,
    handler: relayHandler({ driverPort, trustProxy, log, now: deps.now }),
    signal: deps.signal,
    onListening: (url) =>
      terminal.watch({
        kind: "notice",
        message: `The relay listens on ${url}, for IdPs at ${url}/saml`,
      }),
    onTrouble: (reason) =>
      terminal.watch({
        kind: "warning",
        message: `Cannot accept connections: ${reason}. Trying again`,
      }),
  });
  terminal.watch({ kind: "notice", message: "The relay has stopped" });
};
