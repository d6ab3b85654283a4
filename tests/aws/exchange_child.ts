/**
 * An exchange for each region in the arguments, as the driver does it, in a process of its own: fetch reads
 * the proxy variables once. Prints a line of JSON for each, and of the credentials only the access key.
 *
 * @module
 */

import { StsHandler } from "../../src/aws/sts_handler.ts";
import { stsExchange } from "../../src/aws/sts.ts";
import { UserError } from "../../src/errors.ts";
import { trustedClient } from "../../src/system/trust.ts";
import { exchangeRequest } from "../support/exchange.ts";

const client = await trustedClient((name) => Deno.env.get(name));
const exchange = stsExchange({ handler: new StsHandler(client, 3000), deadlineMs: 10_000 });
for (const region of Deno.args) {
  try {
    const request = exchangeRequest({ region });
    const { credentials } = await exchange(request, AbortSignal.timeout(20_000));
    console.log(JSON.stringify({ accessKeyId: credentials.accessKeyId }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, exitCode, message, hint } = error;
    console.log(JSON.stringify({ code, exitCode, message, hint, inspected: Deno.inspect(error) }));
  }
}
