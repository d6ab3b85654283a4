/**
 * An STS as far away as AWS is, which grants everything.
 *
 * @module
 */

import type { Behaviour } from "../../tests/support/sts.ts";
import { exchangeAnswer } from "../../tests/support/sts_answers.ts";

/** The latency of AWS, milliseconds. */
export const STS_MS = 50;

/** An STS that grants every request, without a look at it: a stand-in that verified would take longer than AWS. */
export function granted(): Behaviour {
  const expiration = Math.floor(Date.now() / 1000) * 1000 + 3_600_000;
  const answer = exchangeAnswer({
    credentials: {
      accessKeyId: "ASIABENCH",
      secretAccessKey: "b".repeat(40),
      sessionToken: "b".repeat(800),
      expiration,
      arn: "arn:aws:sts::111122223333:assumed-role/Dev/bench",
      userId: "AROABENCH:bench",
      account: "111122223333",
    },
    audience: "http://localhost:8090/saml",
    issuer: "https://idp.example/saml",
    subject: "bench",
    subjectType: "persistent",
    nameQualifier: "bench",
    sourceIdentity: undefined,
    packedPolicySize: undefined,
  });
  return { kind: "answer", ...answer, times: Infinity };
}
