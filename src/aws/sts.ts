/**
 * The exchange of an assertion for credentials, by STS AssumeRoleWithSAML.
 *
 * Loaded with `import()` while the person is busy in the browser: the SDK takes longer to load than the
 * rest of this program.
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
import { malformedEndpoint } from "./partition.ts";
import { explainRefusal, isTooLong } from "./refusal.ts";
import { explainFailure, incomplete, type Route } from "./unreachable.ts";
import { VERSION } from "../version.ts";
import { Deadline } from "../wait.ts";

/** The parameters of an exchange. */
export interface ExchangeRequest {
  readonly role: IamArn;
  readonly provider: IamArn;
  /** Base64 of the whole Response. */
  readonly assertion: Secret;
  readonly region: string;
  /** 900 to 43200. */
  readonly durationSeconds: number;
  /** Fail when the role allows less, instead of requesting less. */
  readonly strictDuration: boolean;
  /** Managed policies that limit the session. */
  readonly policyArns: readonly IamArn[];
  /** An inline policy that limits the session, JSON. */
  readonly policy: string | undefined;
}

/** The result of an exchange. */
export interface Exchanged {
  readonly credentials: Credentials;
  /** The granted duration in seconds, when the role allows less than was requested. */
  readonly shortenedTo: number | undefined;
}

/**
 * Exchanges an assertion. Rejects with a UserError, exit code 6 when STS refuses, 7 when it cannot be
 * reached, and with the signal's reason when that fires.
 */
export type Exchange = (request: ExchangeRequest, signal: AbortSignal) => Promise<Exchanged>;

/** The durations to try with the same assertion when a role allows less than was requested, seconds. */
const SHORTER_SECONDS: readonly number[] = [28_800, 14_400, 7200, 3600];

/** The deadline of the whole exchange, shorter sessions included, milliseconds. */
const DEADLINE_MS = 45_000;

/** The outside world of {@linkcode stsExchange}. */
export interface ExchangeWorld {
  /** Carries requests to STS. */
  readonly handler: HttpHandler;
  readonly route?: Route | undefined;
  /** The overall deadline, milliseconds; tests shorten it. */
  readonly deadlineMs?: number;
}

/** Makes the exchange. The SDK and fetch read endpoint variables and proxies themselves. */
export function stsExchange(world: ExchangeWorld): Exchange {
  // One per region: each has its own middleware stack and rules, and `sync` would make hundreds.
  const clients = new Map<string, STSClient>();
  const clientFor = (region: string) => {
    const known = clients.get(region) ??
      new STSClient({
        region,
        maxAttempts: 3,
        requestHandler: world.handler,
        // The SDK's own names the release of the operating system, which nobody may ask for by now.
        defaultUserAgentProvider: () => Promise.resolve([["stssamldriver", VERSION]]),
      });
    clients.set(region, known);
    return known;
  };
  return async (request, signal) => {
    const client = clientFor(request.region);
    using deadline = new Deadline(world.deadlineMs ?? DEADLINE_MS, signal);
    try {
      return await negotiate(client, request, { signal: deadline.signal, route: world.route });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  };
}

/** The end of an exchange, and the way there. */
interface Attempt {
  readonly signal: AbortSignal;
  readonly route: Route | undefined;
}

/** Requests a session, and shorter ones while the role allows less, all with the same assertion. */
async function negotiate(
  client: STSClient,
  request: ExchangeRequest,
  { signal, route }: Attempt,
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
      if (!tooLong || last) throw await explain(error, request, { signal, route });
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
  if (
    !isCredential(AccessKeyId) || !isCredential(SecretAccessKey) || !isCredential(SessionToken) ||
    Number.isNaN(expiration)
  ) throw incomplete();
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey, "secret access key"),
    sessionToken: new Secret(SessionToken, "session token"),
    expiration,
    accountId: request.role.account,
  };
}

/** Tells if a value is what AWS's credentials are made of; some files and shells could hold no other. */
function isCredential(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

async function explain(
  error: unknown,
  request: ExchangeRequest,
  { signal, route }: Attempt,
): Promise<UserError> {
  if (error instanceof UserError) return error;
  // A response in STS's own format is a refusal, unless it says that STS itself is in trouble.
  if (error instanceof STSServiceException && (error.$metadata.httpStatusCode ?? 500) < 500) {
    const { role, provider, region } = request;
    const code = codeOf(error);
    const message = String(error.message);
    const skewMs = skewOf(error);
    const hasPolicies = request.policyArns.length > 0 || request.policy !== undefined;
    return explainRefusal({
      ...{ code, message, role, provider, region, hasPolicies, skewMs },
      cause: error,
    });
  }
  if (error instanceof TypeError && error.message.startsWith("Invalid URL")) {
    return malformedEndpoint(error);
  }
  // A response that could not be read: the SDK attaches it to the error.
  const refused = error instanceof STSServiceException;
  if (!refused && error instanceof Error && "$response" in error) return incomplete();
  return await explainFailure(error, { region: request.region, timedOut: signal.aborted, route });
}

/** How far STS's clock is ahead of this machine's, milliseconds, by the Date of its response. */
function skewOf(error: STSServiceException): number | undefined {
  const date = Date.parse(error.$response?.headers["date"] ?? "");
  return Number.isNaN(date) ? undefined : date - Date.now();
}

/**
 * The error code on the wire; the SDK appends "Exception" to some of the names. Where an answer has two of them, or
 * two messages, it makes lists of what should be text.
 */
function codeOf(error: STSServiceException): string {
  return "Code" in error && typeof error.Code === "string" ? error.Code : String(error.name);
}
