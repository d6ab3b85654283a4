/**
 * The exchange: an assertion for credentials, by STS AssumeRoleWithSAML.
 *
 * Entered by `import()` while the person is busy in the browser: the SDK takes longer to load than all
 * the rest of this program.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 * @module
 */

import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLResponse,
  STSClient,
  STSServiceException,
} from "@aws-sdk/client-sts";
import type { HttpHandler } from "@smithy/core/protocols";
import type { Credentials } from "../credentials/credentials.ts";
import { UserError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { IamArn } from "./arn.ts";
import { attachAssertion, PLACEHOLDER } from "./assertion_body.ts";
import { malformedEndpoint } from "./endpoint.ts";
import { explainRefusal, isTooLong } from "./refusal.ts";
import { explainFailure, incomplete } from "./unreachable.ts";

/** What is asked of STS. */
export interface ExchangeRequest {
  readonly role: IamArn;
  readonly provider: IamArn;
  /** Base64 of the whole Response. */
  readonly assertion: Secret;
  readonly region: string;
  /** 900 to 43200. */
  readonly durationSeconds: number;
  /** Fail when the role allows less, instead of asking for less. */
  readonly strictDuration: boolean;
  /** Managed policies that narrow the session. */
  readonly policyArns: readonly IamArn[];
  /** An inline policy that narrows the session, JSON. */
  readonly policy: string | undefined;
}

/** What STS gave. */
export interface Exchanged {
  readonly credentials: Credentials;
  /** What was granted when it is less than what was asked because the role allows no more; seconds. */
  readonly shortenedTo: number | undefined;
}

/**
 * Asks STS; rejects with a UserError, exit code 6 when it refused, 7 when it could not be reached, and with
 * the signal's reason when that fires.
 */
export type Exchange = (request: ExchangeRequest, signal: AbortSignal) => Promise<Exchanged>;

/** What is tried with the same assertion when a role allows less than was asked, seconds. */
const SHORTER_SECONDS: readonly number[] = [28_800, 14_400, 7200, 3600];

/** How long all of it may take, tries of shorter sessions included. */
const DEADLINE_MS = 45_000;

/** What {@linkcode stsExchange} needs of the world. */
export interface ExchangeWorld {
  /** What carries requests to STS. */
  readonly handler: HttpHandler;
  /** Overall deadline, milliseconds; tests shorten it. */
  readonly deadlineMs?: number;
}

/** Makes the exchange. Region, endpoint variables and proxies are read by the SDK and by fetch. */
export function stsExchange(world: ExchangeWorld): Exchange {
  // One for a region: each has a middleware stack and rules of its own, and `sync` would make hundreds.
  const clients = new Map<string, STSClient>();
  const clientFor = (region: string) => {
    const known = clients.get(region) ??
      new STSClient({ region, maxAttempts: 3, requestHandler: world.handler });
    clients.set(region, known);
    return known;
  };
  return async (request, signal) => {
    const client = clientFor(request.region);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), world.deadlineMs ?? DEADLINE_MS);
    try {
      return await negotiate(client, request, AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Asks, and asks again for less while the role allows less, all with the one assertion. */
async function negotiate(
  client: STSClient,
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<Exchanged> {
  const shorter = request.strictDuration
    ? []
    : SHORTER_SECONDS.filter((seconds) => seconds < request.durationSeconds);
  for (const durationSeconds of [request.durationSeconds, ...shorter]) {
    try {
      const command = new AssumeRoleWithSAMLCommand({
        RoleArn: request.role.text,
        PrincipalArn: request.provider.text,
        SAMLAssertion: PLACEHOLDER,
        DurationSeconds: durationSeconds,
        ...(request.policyArns.length > 0 &&
          { PolicyArns: request.policyArns.map((policy) => ({ arn: policy.text })) }),
        ...(request.policy !== undefined && { Policy: request.policy }),
      });
      attachAssertion(command, request.assertion);
      const answer = await client.send(command, { abortSignal: signal });
      return {
        credentials: readCredentials(answer, request),
        shortenedTo: durationSeconds < request.durationSeconds ? durationSeconds : undefined,
      };
    } catch (error) {
      const last = durationSeconds === (shorter.at(-1) ?? request.durationSeconds);
      const tooLong = error instanceof STSServiceException &&
        isTooLong(codeOf(error), error.message);
      if (!tooLong || last) throw explain(error, request, signal);
    }
  }
  throw new Error("unreachable: the last duration returns or throws");
}

function readCredentials(
  answer: AssumeRoleWithSAMLResponse,
  request: ExchangeRequest,
): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  const expiration = Expiration?.getTime() ?? NaN;
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || Number.isNaN(expiration)) {
    throw incomplete();
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey, "secret access key"),
    sessionToken: new Secret(SessionToken, "session token"),
    expiration,
    accountId: request.role.account,
  };
}

function explain(error: unknown, request: ExchangeRequest, signal: AbortSignal): UserError {
  if (error instanceof UserError) return error;
  // An answer in STS' own form is a refusal, unless it says that STS itself is in trouble.
  if (error instanceof STSServiceException && (error.$metadata.httpStatusCode ?? 500) < 500) {
    const { role, provider, region } = request;
    const code = codeOf(error);
    const { message } = error;
    const skewMs = skewOf(error);
    return explainRefusal({ code, message, role, provider, region, skewMs, cause: error });
  }
  if (error instanceof TypeError && error.message.startsWith("Invalid URL")) {
    return malformedEndpoint(error);
  }
  // An answer that could not be read: the SDK hangs it on the error.
  const refused = error instanceof STSServiceException;
  if (!refused && error instanceof Error && "$response" in error) return incomplete();
  return explainFailure(error, { region: request.region, timedOut: signal.aborted });
}

/** How far STS' clock is ahead of this machine's, milliseconds, by the Date of its answer. */
function skewOf(error: STSServiceException): number | undefined {
  const date = Date.parse(error.$response?.headers["date"] ?? "");
  return Number.isNaN(date) ? undefined : date - Date.now();
}

/** The code on the wire; the SDK adds "Exception" to the names of some. */
function codeOf(error: STSServiceException): string {
  return "Code" in error && typeof error.Code === "string" ? error.Code : error.name;
}
