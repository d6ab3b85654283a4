/**
 * The last looks before a sign-in that goes on to STS: what would only fail once the person has signed in is
 * found here, and costs an answer from the cache nothing.
 *
 * @module
 */

import { partitionOfRegion, PARTITIONS, regionMismatch } from "../../aws/partition.ts";
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
  const named = (request.role ?? request.provider)?.partition;
  const found = request.region ?? await activeRegion(values, deps);
  const fits = found === undefined || named === undefined ||
    regionMismatch(found.name, named) === undefined;
  const region = fits ? found : request.region;
  const partition = named ?? (region && partitionOfRegion(region.name)) ?? PARTITIONS[0];
  const host = request.endpoint === undefined && partition !== undefined
    ? `sts.${region?.name ?? partition.defaultRegion}.${partition.dnsSuffix}`
    : new URL(request.endpoint ?? "").hostname;
  await deps.checkRoute(host);
  return { ...request, region };
}
