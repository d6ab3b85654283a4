/**
 * The last looks before a sign-in that goes on to STS: what would only fail once the person has signed in is
 * found here, and costs an answer from the cache nothing.
 *
 * @module
 */

import { partitionOfRegion, regionMismatch } from "../../aws/partition.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { OptionValues } from "../options.ts";
import { activeRegion } from "../settings/sign_in_request.ts";

/**
 * Completes the request by the region of the profile in use, and looks at the settings of the way to STS.
 *
 * @throws UserError exit code 2 for one that cannot be used
 */
export async function beforeSignIn(
  request: SignInRequest,
  values: OptionValues,
  deps: Deps,
): Promise<SignInRequest> {
  const named = request.region?.onlyForSts ? undefined : request.region;
  // A default of the machine gives way to the person's own profile.
  const region = named ?? await activeRegion(values, deps) ?? request.region;
  await deps.checkRoute(stsHost({ ...request, region }));
  return { ...request, region };
}

/** The host that will be asked, as far as it is known before the sign-in. */
function stsHost({ endpoint, region, role, provider }: SignInRequest): string {
  if (endpoint !== undefined) return new URL(endpoint).hostname;
  const partition = (role ?? provider)?.partition ??
    partitionOfRegion(region?.name ?? "us-east-1");
  // Of a region that this program does not know nobody can tell yet.
  if (partition === undefined) return `sts.${region?.name}.amazonaws.com`;
  const fits = region && regionMismatch(region.name, partition) === undefined;
  return `sts.${fits ? region.name : partition.defaultRegion}.${partition.dnsSuffix}`;
}
