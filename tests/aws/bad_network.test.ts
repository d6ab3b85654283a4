/**
 * STS and the console's sign-in behind a network that delays, cuts, half-closes, resets and garbles: what comes
 * is right, or an error with exit code 7.
 */

import assert from "node:assert/strict";
import { consoleLogin } from "../../src/aws/console.ts";
import { stsExchange } from "../../src/aws/sts.ts";
import { StsHandler } from "../../src/aws/sts_handler.ts";
import { trustedClient } from "../../src/system/trust.ts";
import { type BadNetwork, type NetworkFault, startBadNetwork } from "../support/bad_network.ts";
import { hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { userErrorFrom } from "../support/checks.ts";
import { exchangeRequest, sdkEnvironment } from "../support/exchange.ts";
import { startSts, type Sts } from "../support/sts.ts";
import { tlsInFrontOf } from "../support/tls.ts";
import { requestFor, SECRETS, standIn, world } from "./console_logins.ts";

const ALL = Deno.env.get("FAULTS") === "all";
/** Every so many bytes of an answer in the long form. */
const STEP = 23;

/** Faults along an answer of so many bytes, with a garbled byte among the first so many. */
function faultsAlong(length: number, garbled: number): readonly NetworkFault[] {
  const places = ALL
    ? Array.from({ length: Math.ceil(length / STEP) }, (_, index) => index * STEP)
    : [0, 9, Math.floor(length * 0.7)];
  const kinds = ["cut", "half-close", "reset", "garble"] as const;
  const all = kinds.flatMap((kind) => places.map((at) => ({ kind, at })));
  return all.filter(({ kind, at }) => kind !== "garble" || at < garbled);
}

/** Tries each fault; `ask` rejects, or checks what it got. */
async function tryAll(
  network: BadNetwork,
  ask: () => Promise<void>,
  { garbled = Infinity, rest = 1 }: {
    /** How many bytes at the beginning cannot be others without being noticed. Default: all. */
    readonly garbled?: number;
    /** How many bytes at the end say nothing, or are not always there. */
    readonly rest?: number;
  },
): Promise<void> {
  for (let times = 0; times < 2; times++) await ask();
  const { shortest } = network;
  network.fault = { kind: "delay", ms: 200 };
  await ask();
  const faults = faultsAlong(shortest - rest, garbled);
  for (const fault of faults) {
    network.fault = fault;
    const what = JSON.stringify(fault);
    const error = await userErrorFrom(ask(), SECRETS).catch((cause) => {
      throw new Error(what, { cause });
    });
    assert.equal(error.exitCode, 7, `${what}: ${error.message}`);
    assert.match(error.message, /^(Cannot reach|The response from|Cannot get credentials)/, what);
  }
  network.fault = undefined;
  await ask();
  if (ALL) console.log(`${faults.length} faults along ${shortest} bytes`);
}

async function asksSts(
  url: string,
  { sts, caFile }: { readonly sts: Sts; readonly caFile?: string },
  body: (ask: () => Promise<void>) => Promise<void>,
): Promise<void> {
  using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: url });
  const client = await trustedClient((name) => name === "AWS_CA_BUNDLE" ? caFile : undefined);
  try {
    const exchange = stsExchange({ handler: new StsHandler(client, 3000), deadlineMs: 10_000 });
    await body(async () => {
      const { credentials } = await exchange(exchangeRequest(), new AbortController().signal);
      const { accessKeyId, secretAccessKey, sessionToken } = credentials;
      const given = [accessKeyId, secretAccessKey.reveal(), sessionToken.reveal()].join();
      const it = sts.handedOut.at(-1);
      assert.ok(given === [it?.accessKeyId, it?.secretAccessKey, it?.sessionToken].join());
    });
  } finally {
    client?.close();
  }
}

Deno.test("stsExchange: a network that spoils the answer is exit code 7, and never other credentials", async () => {
  await using sts = startSts();
  await using network = await startBadNetwork(sts.port);
  await asksSts(`http://127.0.0.1:${network.port}`, { sts }, async (ask) => {
    // Beyond the first line only TLS can tell.
    await tryAll(network, ask, { garbled: 10 });
  });
});

Deno.test({
  name: "stsExchange: the same over TLS, which tells every garbled byte",
  ignore: !hasOpenssl,
  fn: async () => {
    using certificates = makeCertificates();
    await using sts = startSts();
    await using tls = tlsInFrontOf(sts.port, certificates);
    await using network = await startBadNetwork(tls.port);
    const { caFile } = certificates;
    await asksSts(`https://127.0.0.1:${network.port}`, { sts, caFile }, async (ask) => {
      // At the end it only says that it ends, and tickets for later connections differ in length.
      await tryAll(network, ask, { rest: 200 });
    });
  },
});

Deno.test("consoleLogin: a network that spoils the answer is exit code 7, and never another URL", async () => {
  await using federation = standIn({ manyTokens: true });
  await using network = await startBadNetwork(federation.port);
  await tryAll(network, async () => {
    const request = requestFor(`http://127.0.0.1:${network.port}/federation`);
    const url = new URL((await consoleLogin(request, world())).reveal());
    assert.ok(url.searchParams.get("SigninToken") === federation.tokens.at(-1));
  }, { garbled: 10 });
});
