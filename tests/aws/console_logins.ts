/**
 * Sign-ins at the stand-in for the federation endpoint, as the tests of this folder make them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { consoleLogin, type ConsoleRequest, type ConsoleWorld } from "../../src/aws/console.ts";
import { partitionById } from "../../src/aws/partition.ts";
import type { UserError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import { userErrorFrom } from "../support/checks.ts";
import {
  type Federation,
  type FederationBehaviour,
  type FederationOptions,
  startFederation,
} from "../support/federation.ts";
import { FIXTURE_SECRET_MARKER, type HandedOut } from "../support/sts.ts";

/** When all of it happens. */
export const NOW = Date.UTC(2026, 10, 23, 8);
export const now = () => NOW;

/** A session that the stand-in knows. */
export const SESSION: HandedOut = {
  accessKeyId: "ASIAEXAMPLEEXAMPLE22",
  secretAccessKey: `${FIXTURE_SECRET_MARKER}/+aaaaBBBBccccDDDDeeee`,
  sessionToken: `IQoJb3JpZ2luX2Vj//${FIXTURE_SECRET_MARKER}+&=%${"tokenTOKEN".repeat(50)}==`,
  expiration: NOW + 3_600_000,
  arn: "arn:aws:sts::111122223333:assumed-role/Admin/ada",
  userId: "AROAEXAMPLE:ada",
  account: "111122223333",
};
/** What no error may tell. */
export const SECRETS = [SESSION.secretAccessKey, SESSION.sessionToken];
/** A page of the console, with signs that must be encoded. */
export const DESTINATION =
  "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1&a=b c#top";

/** A sign-in of that session. */
export function requestFor(signInUrl?: string, more: Partial<ConsoleRequest> = {}): ConsoleRequest {
  const partition = partitionById("aws");
  assert.ok(partition);
  return {
    credentials: {
      accessKeyId: SESSION.accessKeyId,
      secretAccessKey: new Secret(SESSION.secretAccessKey, "secret access key"),
      sessionToken: new Secret(SESSION.sessionToken, "session token"),
      expiration: SESSION.expiration,
      accountId: SESSION.account,
    },
    partition,
    region: "eu-west-1",
    destination: new URL(DESTINATION),
    signInUrl: signInUrl === undefined ? undefined : new URL(signInUrl),
    ...more,
  };
}

/** A world without patience. */
export const world = (more: Partial<ConsoleWorld> = {}): ConsoleWorld => ({
  signal: new AbortController().signal,
  deadlineMs: 5000,
  pauseMs: 1,
  now,
  ...more,
});

/** A stand-in that knows that session. */
export const standIn = (options: FederationOptions = {}): Federation =>
  startFederation({ handedOut: [SESSION], clock: now, ...options });

/** The error of a sign-in against a stand-in that misbehaves, and how often that was asked. */
export async function failed(
  behaviours: readonly FederationBehaviour[],
  more: { readonly request?: Partial<ConsoleRequest>; readonly world?: Partial<ConsoleWorld> } = {},
): Promise<{ readonly error: UserError; readonly calls: number; readonly url: string }> {
  await using federation = standIn({ behaviours });
  const login = consoleLogin(requestFor(federation.url, more.request), world(more.world));
  const error = await userErrorFrom(login, SECRETS);
  return { error, calls: federation.calls.length, url: federation.url };
}

/** Any answer at all. */
export const answer = (status: number, type: string, body: string) =>
  ({ kind: "answer", status, headers: { "Content-Type": type }, body }) as const;
