/**
 * Another STS than AWS's own, which a setting names: what the person is told of it; pure.
 *
 * @module
 */

import { isOwnSts } from "../aws/partition.ts";
import { ExitCode, type UserError } from "../errors.ts";
import type { Watch } from "./events.ts";
import type { SignInRequest } from "./request.ts";

type Named = Pick<SignInRequest, "endpoint" | "endpointFrom">;

/** The same watch, which also says before the sign-in where its assertion will go, unless that is AWS. */
export function showingEndpoint(watch: Watch, request: Named): Watch {
  const endpoint = whereOf(request);
  if (endpoint === undefined) return watch;
  return (event) =>
    watch(
      event.kind === "listening" || event.kind === "pasting" ? { ...event, endpoint } : event,
    );
}

/** The error of an exchange, with where STS was asked in its hint, unless that was AWS. */
export function withEndpoint(error: UserError, request: Named): UserError {
  const where = whereOf(request);
  const ofSts = error.exitCode === ExitCode.REFUSED || error.exitCode === ExitCode.UNREACHABLE;
  if (where === undefined || !ofSts) return error;
  const asked = `STS was asked at ${where}.`;
  return error.with({}, error.hint === undefined ? asked : `${error.hint}\n${asked}`);
}

function whereOf({ endpoint, endpointFrom }: Named): string | undefined {
  if (endpoint === undefined) return undefined;
  const { origin, hostname } = new URL(endpoint);
  if (isOwnSts(hostname)) return undefined;
  return endpointFrom === undefined ? origin : `${origin} (${endpointFrom})`;
}
