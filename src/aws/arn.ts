/**
 * The two ARNs of a SAML sign-in: the role, and the SAML provider that represents the IdP in IAM.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 * @module
 */

import { type Partition, partitionById, PARTITIONS } from "./partition.ts";

/** The parts of the ARN of an IAM role, SAML provider or policy. */
export interface IamArn {
  /** The whole ARN as it was written. */
  readonly text: string;
  readonly partition: Partition;
  /** Twelve digits; `aws` for policies that AWS manages. */
  readonly account: string;
  /** The part after the resource type, path included: `path/Admin`. */
  readonly name: string;
}

/** The resource types that matter here. */
type Resource = "role" | "saml-provider" | "policy";

const RESOURCES: Readonly<Record<Resource, { article: string; example: string; name: RegExp }>> = {
  role: {
    article: "an IAM role",
    example: "arn:aws:iam::111122223333:role/NAME",
    name: /^(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/,
  },
  "saml-provider": {
    article: "an IAM SAML provider",
    example: "arn:aws:iam::111122223333:saml-provider/NAME",
    name: /^[\w._-]{1,128}$/,
  },
  policy: {
    article: "an IAM managed policy",
    example: "arn:aws:iam::aws:policy/NAME",
    name: /^(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,128}$/,
  },
};

/** Reads the ARN of a role; throws an `Error` whose message says what is wrong with it. */
export function parseRoleArn(text: string): IamArn {
  return parseIamArn(text, "role");
}

/** Reads the ARN of a SAML provider; throws an `Error` whose message says what is wrong with it. */
export function parseProviderArn(text: string): IamArn {
  return parseIamArn(text, "saml-provider");
}

/**
 * Reads the ARN of a role that an IdP's assertion can be for; throws an `Error` as {@linkcode parseRoleArn} does,
 * and for a role of IAM Identity Center.
 */
export function parseSamlRoleArn(text: string): IamArn {
  refuseIdentityCenter(text);
  return parseRoleArn(text);
}

/**
 * Reads the ARN of the SAML provider of an IdP; throws an `Error` as {@linkcode parseProviderArn} does, and for a
 * provider of IAM Identity Center.
 */
export function parseSamlProviderArn(text: string): IamArn {
  refuseIdentityCenter(text);
  return parseProviderArn(text);
}

/** Reads the ARN of a managed policy; throws an `Error` whose message says what is wrong with it. */
export function parsePolicyArn(text: string): IamArn {
  return parseIamArn(text, "policy");
}

/**
 * Says why a role and a provider cannot belong together, or `undefined` when they can: STS only accepts a
 * provider in the role's own account.
 */
export function mismatchOf(role: IamArn, provider: IamArn): string | undefined {
  if (role.partition !== provider.partition) {
    return `the role is in partition ${role.partition.id}, but the SAML provider is in ` +
      provider.partition.id;
  }
  if (role.account !== provider.account) {
    return `the role is in account ${role.account}, but the SAML provider is in ${provider.account}`;
  }
  return undefined;
}

/**
 * Tells if an ARN is of a role or a SAML provider that IAM Identity Center keeps for itself: its trust policy
 * lets in nobody else's assertions.
 *
 * @see https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
 */
export function isOfIdentityCenter(arn: string): boolean {
  return arn.includes("/AWSReservedSSO_") || arn.includes(":saml-provider/AWSSSO_") ||
    arn.includes(":role/aws-reserved/sso.amazonaws.com/");
}

function refuseIdentityCenter(arn: string): void {
  if (!isOfIdentityCenter(arn)) return;
  throw new Error("it is IAM Identity Center's and cannot be assumed with SAML; use aws sso login");
}

/** STS's own limit for RoleArn and PrincipalArn, characters. */
const LONGEST = 2048;

/** Partition, account, type and name of an IAM ARN. */
const FORM = /^arn:([^:]*):iam::([^:]*):([^:/]*)\/(.*)/s;

function parseIamArn(text: string, wanted: Resource): IamArn {
  // One match when the ARN is right: an assertion may have 450 pairs of them.
  const [, partitionId = "", account = "", type, name = ""] = FORM.exec(text) ?? [];
  const partition = partitionById(partitionId);
  const fits = type === wanted && isAccount(account, wanted) && RESOURCES[wanted].name.test(name);
  if (partition === undefined || !fits || text.length > LONGEST) {
    throw new Error(objection(text, wanted));
  }
  return { text, partition, account, name };
}

function isAccount(text: string, of: Resource): boolean {
  return /^\d{12}$/.test(text) || (of === "policy" && text === "aws");
}

/** Says what is wrong with a text that is not the wanted ARN, reading from the left. */
function objection(text: string, wanted: Resource): string {
  const { article, example, name: namePattern } = RESOURCES[wanted];
  const expected = `expected an ARN like ${example}`;
  const [arn, partitionId = "", service, region, account = "", ...rest] = text.split(":");
  if (arn !== "arn" || rest.length === 0) {
    return `not an ARN; ${expected}`;
  }
  const partition = partitionById(partitionId);
  if (partition === undefined) {
    return `unknown partition "${partitionId}"; expected one of ${ids()}`;
  }
  const resource = rest.join(":");
  const type = resource.split("/", 1)[0] ?? "";
  const name = resource.slice(type.length + 1);
  if (service === "sts" && type === "assumed-role") {
    return `this is the ARN of a role session; use the ARN of the role, ` +
      `arn:${partition.id}:iam::${account}:role/${name.split("/")[0]}`;
  }
  if (service !== "iam" || region !== "") return `not an IAM ARN; ${expected}`;
  if (type !== wanted) {
    if ((type === "role" || type === "saml-provider") && wanted !== "policy") {
      return `this is the ARN of ${RESOURCES[type].article}, not of ${article}; ` +
        "the two ARNs are swapped";
    }
    const other = Object.entries(RESOURCES).find(([key]) => key === type)?.[1].article;
    return other === undefined
      ? `not the ARN of ${article} but of type "${type}"; ${expected}`
      : `this is the ARN of ${other}, not of ${article}; ${expected}`;
  }
  if (!isAccount(account, wanted)) {
    return `"${account}" is not a 12-digit account ID; ${expected}`;
  }
  return namePattern.test(name)
    ? `not an ARN; ${expected}`
    : `"${name}" is not a valid name in IAM; ${expected}`;
}

function ids(): string {
  return PARTITIONS.map((partition) => partition.id).join(", ");
}
