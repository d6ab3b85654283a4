/**
 * A program that uses AWS credentials as any other does: the SDK finds them in the environment.
 *
 * @module
 */

import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const { Arn } = await new STSClient({ region: "us-east-1" }).send(new GetCallerIdentityCommand());
console.log(`STS says: you are ${Arn}`);
const names = Object.keys(Deno.env.toObject()).filter((name) =>
  /^AWS_.*(KEY|TOKEN|EXPIRATION)/.test(name)
);
console.log(`Set in the environment: ${names.toSorted().join(", ")}`);
