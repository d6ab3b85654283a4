/**
 * Where STS is asked for the role that was taken; pure.
 *
 * @module
 */

import { type Region, regionMismatch } from "../aws/region.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { OfferedRole } from "../saml/roles.ts";
import type { SignInRequest } from "./request.ts";

/**
 * In the region that somebody named, else in the partition's own.
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
      hint: "Give a region of the role's own partition with --region",
    });
  }
  return { name: region.name, named: true };
}
