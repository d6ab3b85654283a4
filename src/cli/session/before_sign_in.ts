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
  await deps.checkRoute(stsPlace({ ...request, region }).host);
  return { ...request, region };
}

/** The region and the host that will be asked, as far as they are known before the sign-in. */
export function stsPlace(
  { endpoint, region, role, provider }: Pick<
    SignInRequest,
    "endpoint" | "region" | "role" | "provider"
  >,
): { readonly region: string; readonly host: string } {
  const partition = (role ?? provider)?.partition ??
    partitionOfRegion(region?.name ?? "us-east-1");
  // Of a region that this program does not know nobody can tell yet.
  const fits = partition === undefined ||
    (region !== undefined && regionMismatch(region.name, partition) === undefined);
  const name = (fits ? region?.name : partition.defaultRegion) ?? "us-east-1";
  const host = `sts.${name}.${partition?.dnsSuffix ?? "amazonaws.com"}`;
  return { region: name, host: endpoint === undefined ? host : new URL(endpoint).hostname };
}
