/**
 * Where STS is asked for a role: the region, and another STS than AWS's own, which a setting names; pure.
 *
 * @module
 */

import { isOwnSts, type Region, regionMismatch } from "../aws/partition.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { REGION_FLAG, type SignInRequest } from "./request.ts";
import type { Watch } from "./events.ts";

type Regional = Pick<SignInRequest, "region">;

/**
 * Returns the region that somebody named, else the partition's own; that also when a variable or a profile named
 * one of another partition, since it was named for something else.
 *
 * @throws UserError exit code 2 when the flag names a region of another partition
 */
export function regionFor(request: Regional, pair: OfferedRole): Region {
  const refusal = regionRefusal(request, pair);
  if (refusal !== undefined) throw refusal;
  const { region } = request;
  // In place of a region of another partition it must be set: with that one these credentials do not work.
  const named = region !== undefined && !region.onlyForSts;
  return region === undefined || !isOfRegion(request)(pair)
    ? { name: pair.role.partition.defaultRegion, named }
    : { name: region.name, named };
}

/** The error for a role whose partition does not have the region that the flag names. */
export function regionRefusal({ region }: Regional, { role }: OfferedRole): UserError | undefined {
  if (region?.from !== REGION_FLAG) return undefined;
  const mismatch = regionMismatch(region.name, role.partition);
  return mismatch === undefined
    ? undefined
    : new UserError("region-mismatch", `Cannot use ${REGION_FLAG}: ${mismatch}`, {
      exitCode: ExitCode.USAGE,
      hint: "Use --region with a region of the role's partition",
    });
}

/**
 * Returns the request for one of many roles: with the named region for those of its partition, and without for the
 * others. Where it fits none of them it stays, and {@linkcode regionFor} says so.
 */
export function requestAmong(
  request: SignInRequest,
  pair: OfferedRole,
  roles: readonly OfferedRole[],
): SignInRequest {
  const fits = isOfRegion(request);
  return fits(pair) || !roles.some(fits) ? request : { ...request, region: undefined };
}

/** Says where roles of another partition than the named region get theirs; `undefined` for none. */
export function regionsSentence(
  request: Regional,
  roles: readonly OfferedRole[],
): string | undefined {
  const fits = isOfRegion(request);
  const others = roles.filter((pair) => !fits(pair)).map(({ role }) => role.partition);
  const { region } = request;
  const none = others.length === roles.length;
  if (region === undefined || others.length === 0 || (none && region.from === REGION_FLAG)) {
    return undefined;
  }
  const theirs = [...new Set(others)].map(({ id, defaultRegion }) =>
    `those in ${id} use ${defaultRegion}`
  );
  const [only, ...more] = new Set(others);
  return none && only !== undefined && more.length === 0
    ? `Ignored ${region.from}: ${region.name} is not a region of ${only.id}; ${only.defaultRegion} is used`
    : `Region ${region.name} does not apply to ${none ? "these" : "all"} roles: ${
      theirs.join(", ")
    }`;
}

function isOfRegion({ region }: Regional): (pair: OfferedRole) => boolean {
  return ({ role }) =>
    region === undefined || regionMismatch(region.name, role.partition) === undefined;
}

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
