/**
 * The endpoint of STS that somebody named: by a variable, or in the profile in use.
 *
 * @module
 */

import { insecureEndpoint, isGuarded, malformedEndpoint } from "../../aws/endpoint.ts";
import { UserError } from "../../errors.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { readTextFile } from "../../system/text_file.ts";
import type { Deps } from "../../deps.ts";

type EndpointDeps = Pick<Deps, "env" | "expand" | "configuredEndpoint">;

/**
 * The endpoint, or `undefined` for AWS's own: what the SDK will ask, since it reads the same places.
 *
 * @throws UserError exit code 2 for one that could never be asked: found before the person signs in
 */
export async function stsEndpoint(deps: EndpointDeps): Promise<string | undefined> {
  const { env } = deps;
  if (/^true$/i.test(env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? "")) return undefined;
  const variable = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].find((each) => env(each));
  const endpoint = variable === undefined ? await ofProfile(deps) : env(variable);
  if (endpoint === undefined) return undefined;
  if (!URL.canParse(endpoint)) {
    throw malformedEndpoint(new Error(`${variable ?? "endpoint_url of the profile"} is not a URL`));
  }
  const url = new URL(endpoint);
  if (!isGuarded(url)) throw insecureEndpoint(url.origin === "null" ? url.protocol : url.origin);
  return endpoint;
}

async function ofProfile(deps: EndpointDeps): Promise<string | undefined> {
  // Nearly nobody has one, and what reads it is slow to load.
  return isMentioned(deps) ? await deps.configuredEndpoint() : undefined;
}

function isMentioned({ env, expand }: EndpointDeps): boolean {
  const { config, credentials } = sharedFiles(env, expand);
  return [config, credentials].some((path) => {
    try {
      return readTextFile(path)?.text.includes("endpoint_url");
    } catch (error) {
      // A file that cannot be read names nothing; who needs it says what is wrong with it.
      if (error instanceof UserError) return false;
      throw error;
    }
  });
}
