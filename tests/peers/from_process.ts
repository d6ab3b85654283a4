/**
 * The JavaScript SDK as a program of its own: `from_process.ts PROFILE` prints what the provider gives, as
 * JSON, or the provider's error to stderr.
 */

import { fromProcess } from "@aws-sdk/credential-providers";

try {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = await fromProcess({
    profile: Deno.args[0] ?? "",
  })();
  console.log(
    JSON.stringify({ accessKeyId, secretAccessKey, sessionToken, expiration, accountId }),
  );
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  Deno.exit(1);
}
