/**
 * A complete exchange without a network, so that the parts of the SDK that load and compile on first use
 * are ready before the person is back from the browser.
 *
 * @module
 */

import { type HttpHandler, HttpResponse } from "@smithy/core/protocols";
import { Secret } from "../secret.ts";
import { parseProviderArn, parseRoleArn } from "./arn.ts";
import { stsExchange } from "./sts.ts";

const ANSWER =
  `<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithSAMLResult>` +
  `<Credentials><AccessKeyId>rehearsal</AccessKeyId><SecretAccessKey>rehearsal</SecretAccessKey>` +
  `<SessionToken>rehearsal</SessionToken><Expiration>2000-01-01T00:00:00Z</Expiration></Credentials>` +
  `</AssumeRoleWithSAMLResult><ResponseMetadata><RequestId>rehearsal</RequestId></ResponseMetadata>` +
  `</AssumeRoleWithSAMLResponse>`;

/** Responds by itself; nothing leaves this process. */
const STAGE: HttpHandler = {
  handle: () =>
    Promise.resolve({
      response: new HttpResponse({
        statusCode: 200,
        headers: { "content-type": "text/xml" },
        body: new TextEncoder().encode(ANSWER),
      }),
    }),
  updateHttpClientConfig: () => {},
  httpHandlerConfigs: () => ({}),
};

/**
 * Runs the exchange once with made-up values.
 *
 * @param region the region of the real exchange, so that its endpoint is resolved as well
 */
export async function rehearseExchange(region: string): Promise<void> {
  await stsExchange({ handler: STAGE })({
    role: parseRoleArn("arn:aws:iam::000000000000:role/Rehearsal"),
    provider: parseProviderArn("arn:aws:iam::000000000000:saml-provider/Rehearsal"),
    assertion: new Secret("rehearsal", "assertion"),
    region,
    durationSeconds: 3600,
    strictDuration: true,
    policyArns: [],
    policy: undefined,
  }, new AbortController().signal);
}
