/**
 * Whether STS can be reached, and what time it has, without any credentials.
 *
 * @module
 */

import { AssumeRoleWithSAMLCommand, STSClient, STSServiceException } from "@aws-sdk/client-sts";
import type { HttpHandler } from "@smithy/core/protocols";
import { UserError } from "../errors.ts";
import { malformedEndpoint } from "./partition.ts";
import { StsHandler } from "./sts_handler.ts";
import { explainFailure, type Route } from "./unreachable.ts";

/** What STS said. */
export interface StsReached {
  /** Scheme, host and port that were asked. */
  readonly endpoint: string;
  /** How far its clock is ahead of this machine's, milliseconds; `undefined` where it named no time. */
  readonly skewMs: number | undefined;
  /** How exact that is: the request was that long under way, and a Date has no fractions; milliseconds. */
  readonly exactMs: number;
}

/** The outside world of {@linkcode reachSts}. */
export interface ReachWorld {
  readonly client: Deno.HttpClient | undefined;
  readonly route: Route;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** The deadline, milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Sends STS the request of a sign-in without anything in it, which it refuses, at the endpoint that a sign-in
 * would take.
 *
 * @throws UserError exit code 7 when STS cannot be reached, 2 for an endpoint that cannot be used
 */
export async function reachSts(region: string, world: ReachWorld): Promise<StsReached> {
  const { client, route, now, signal, deadlineMs } = world;
  const inner = new StsHandler(client, deadlineMs);
  let reached: StsReached | undefined;
  const handler: HttpHandler = {
    async handle(request, options) {
      const begin = now();
      const { response } = await inner.handle(request, options);
      const end = now();
      const { protocol, hostname, port } = request;
      const date = Date.parse(response.headers["date"] ?? "");
      reached = {
        endpoint: `${protocol}//${hostname}${port ? `:${port}` : ""}`,
        // The middle of its second, and of the time under way.
        skewMs: Number.isNaN(date) ? undefined : date + 500 - (begin + end) / 2,
        exactMs: 500 + (end - begin) / 2,
      };
      return { response };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
  const sts = new STSClient({ region, maxAttempts: 1, requestHandler: handler });
  const empty = { RoleArn: undefined, PrincipalArn: undefined, SAMLAssertion: undefined };
  try {
    await sts.send(new AssumeRoleWithSAMLCommand(empty), { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    if (error instanceof TypeError && error.message.startsWith("Invalid URL")) {
      throw malformedEndpoint(error);
    }
    const isRefusal = error instanceof STSServiceException &&
      (error.$metadata.httpStatusCode ?? 500) < 500;
    if (!isRefusal) throw await explainFailure(error, { region, timedOut: false, route });
  }
  if (reached === undefined) throw new Error("The SDK answered without its handler");
  return reached;
}
