/**
 * The region in which STS is asked for a role; pure.
 *
 * @module
 */

import { type Region, regionMismatch } from "../aws/partition.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { OfferedRole } from "../saml/roles.ts";
import type { SignInRequest } from "./request.ts";

/**
 * Returns the region that somebody named, else the partition's own.
 *
 * @throws UserError exit code 2 when the named region is of another partition
 */
export function regionFor(request: Pick<SignInRequest, "region">, { role }: OfferedRole): Region {
  const { region } = request;
  if (region === undefined) return { name: role.partition.defaultRegion, named: false };
  const mismatch = regionMismatch(region.name, role.partition);
  if (mismatch !== undefined) {
    throw new UserError("region-mismatch", `Cannot use ${region.from}: ${mismatch}`, {
      exitCode: ExitCode.USAGE,
      hint: "Use --region with a region of the role's partition",
    });
  }
  return { name: region.name, named: true };
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
  request: Pick<SignInRequest, "region">,
  roles: readonly OfferedRole[],
): string | undefined {
  const fits = isOfRegion(request);
  const others = roles.filter((pair) => !fits(pair)).map(({ role }) => role.partition);
  if (others.length === 0 || others.length === roles.length) return undefined;
  const theirs = [...new Set(others)].map(({ id, defaultRegion }) =>
    `those in ${id} use ${defaultRegion}`
  );
  return `Region ${request.region?.name} does not apply to all roles: ${theirs.join(", ")}`;
}

function isOfRegion({ region }: Pick<SignInRequest, "region">): (pair: OfferedRole) => boolean {
  return ({ role }) =>
    region === undefined || regionMismatch(region.name, role.partition) === undefined;
}
