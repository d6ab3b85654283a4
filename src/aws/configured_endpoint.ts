/**
 * The STS endpoint that the shared files name, read the way the SDK reads it.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @module
 */

import { loadConfig } from "@smithy/core/config";

/**
 * Reads the endpoint from the profile in use (AWS_PROFILE, else `default`): `endpoint_url` of `sts` in its
 * `services` section, else the profile's own.
 */
export async function configuredEndpoint(): Promise<string | undefined> {
  return await loadConfig<string | undefined>({
    environmentVariableSelector: () => undefined,
    configFileSelector: (profile, files) => {
      if (/^true$/i.test(profile["ignore_configured_endpoint_urls"] ?? "")) return undefined;
      const name = profile["services"];
      const services = name === undefined ? {} : files?.[`services.${name}`];
      // The SDK uses AWS's own endpoint then.
      if (services === undefined) return undefined;
      return services["sts.endpoint_url"] || profile["endpoint_url"] || undefined;
    },
    default: undefined,
  })();
}
