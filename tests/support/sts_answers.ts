/**
 * The XML of STS' Query protocol.
 *
 * @module
 */

import { escapeXml } from "./saml_names.ts";
import type { LoopbackAnswer } from "./loopback_http.ts";
import type { Exchange, HandedOut } from "./sts_exchange.ts";
import type { StsRefusal } from "./sts_errors.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** The answer to AssumeRoleWithSAML. */
export function exchangeAnswer(made: Exchange): LoopbackAnswer {
  const { credentials } = made;
  return answer(200, (requestId) =>
    element("AssumeRoleWithSAMLResponse", {
      AssumeRoleWithSAMLResult: {
        Audience: made.audience,
        AssumedRoleUser: { AssumedRoleId: credentials.userId, Arn: credentials.arn },
        Credentials: credentialsElement(credentials),
        Subject: made.subject,
        NameQualifier: made.nameQualifier,
        SubjectType: made.subjectType,
        Issuer: made.issuer,
        SourceIdentity: made.sourceIdentity,
        PackedPolicySize: made.packedPolicySize?.toString(),
      },
      ResponseMetadata: { RequestId: requestId },
    }));
}

/** The answer to AssumeRole. */
export function assumedAnswer(credentials: HandedOut): LoopbackAnswer {
  return answer(200, (requestId) =>
    element("AssumeRoleResponse", {
      AssumeRoleResult: {
        AssumedRoleUser: { AssumedRoleId: credentials.userId, Arn: credentials.arn },
        Credentials: credentialsElement(credentials),
      },
      ResponseMetadata: { RequestId: requestId },
    }));
}

/** The answer to GetCallerIdentity. */
export function identityAnswer(credentials: HandedOut): LoopbackAnswer {
  return answer(200, (requestId) =>
    element("GetCallerIdentityResponse", {
      GetCallerIdentityResult: {
        Arn: credentials.arn,
        UserId: credentials.userId,
        Account: credentials.account,
      },
      ResponseMetadata: { RequestId: requestId },
    }));
}

/** The answer to a request that is refused. */
export function refusalAnswer(
  refusal: Pick<StsRefusal, "code" | "message" | "status">,
): LoopbackAnswer {
  return answer(refusal.status, (requestId) =>
    element("ErrorResponse", {
      Error: {
        Type: refusal.status < 500 ? "Sender" : "Receiver",
        Code: refusal.code,
        Message: refusal.message,
      },
      RequestId: requestId,
    }));
}

function answer(status: number, body: (requestId: string) => string): LoopbackAnswer {
  const requestId = crypto.randomUUID();
  return {
    status,
    headers: { "x-amzn-RequestId": requestId, "Content-Type": "text/xml" },
    body: body(requestId) + "\n",
  };
}

interface Content {
  readonly [name: string]: string | undefined | Content;
}

function element(name: string, content: Content): string {
  return `<${name} xmlns="${NAMESPACE}">\n${inner(content, "  ")}</${name}>`;
}

function inner(content: Content, indent: string): string {
  return Object.entries(content).map(([name, value]) => {
    if (value === undefined) return "";
    const inside = typeof value === "string"
      ? escapeXml(value)
      : `\n${inner(value, indent + "  ")}${indent}`;
    return `${indent}<${name}>${inside}</${name}>\n`;
  }).join("");
}

function credentialsElement(credentials: HandedOut) {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: new Date(credentials.expiration).toISOString().replace(".000Z", "Z"),
  };
}
