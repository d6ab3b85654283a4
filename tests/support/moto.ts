/**
 * moto's server, a stand-in for AWS that others wrote: https://docs.getmoto.org/en/latest/docs/server_mode.html
 *
 * Its STS checks no signature and no time of an assertion, but afterwards it does check the signatures of
 * requests that are made with what it handed out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { driverEnv, freePort } from "./driver.ts";
import { startServerProcess } from "./server_process.ts";

/** A moto that runs. */
export interface Moto extends AsyncDisposable {
  readonly url: string;
  /** From now on every request must be signed with keys that it handed out. */
  demandSignatures(): Promise<void>;
}

/** Starts moto on a free port of 127.0.0.1; `account` is that of the roles that are assumed. */
export async function startMoto(
  python: string,
  { account }: { readonly account: string },
): Promise<Moto> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServerProcess({
    command: python,
    args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
    // It keeps what AssumeRoleWithSAML hands out under its own account, and looks for it under the role's.
    env: { ...driverEnv({}), MOTO_ACCOUNT_ID: account },
    probe: `${url}/moto-api/data.json`,
  });
  return {
    url,
    async demandSignatures() {
      // The body is how many more requests pass unchecked.
      const answer = await fetch(`${url}/moto-api/reset-auth`, {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: "0",
      });
      assert.equal(answer.status, 200, await answer.text());
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
