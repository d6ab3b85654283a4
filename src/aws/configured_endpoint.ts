/**
 * The endpoint of STS that the shared files name, read as the SDK reads it.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @module
 */

import { loadConfig } from "@smithy/core/config";

/**
 * The profile in use (AWS_PROFILE, else `default`): `endpoint_url` of `sts` in its `services` section, else its
 * own.
 */
export async function configuredEndpoint(): Promise<string | undefined> {
  return await loadConfig<string | undefined>({
    environmentVariableSelector: () => undefined,
    configFileSelector: (profile, files) => {
      if (/^true$/i.test(profile["ignore_configured_endpoint_urls"] ?? "")) return undefined;
      const name = profile["services"];
      const services = name === undefined ? {} : files?.[`services.${name}`];
      // The SDK takes AWS' own endpoint then.
      if (services === undefined) return undefined;
      return services["sts.endpoint_url"] || profile["endpoint_url"] || undefined;
    },
    default: undefined,
  })();
}
