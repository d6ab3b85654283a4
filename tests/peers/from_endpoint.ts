/** The JavaScript SDK as a program of its own: prints the access key ID of the default chain, or its error, again and again. */

import { fromNodeProviderChain } from "@aws-sdk/credential-providers";

const provider = fromNodeProviderChain();
while (true) {
  try {
    console.log((await provider()).accessKeyId);
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
}
