/**
 * The two ARNs of a SAML sign-in: the role, and the SAML provider in IAM that stands for the IdP.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 * @module
 */

import { type Partition, partitionById, PARTITIONS } from "./partition.ts";

/** An IAM ARN of a role, a SAML provider or a policy, in its parts. */
export interface IamArn {
  /** The whole ARN as it was written. */
  readonly text: string;
  readonly partition: Partition;
  /** Twelve digits; `aws` for policies that AWS manages. */
  readonly account: string;
  /** What follows the resource type, path included: `path/Admin`. */
  readonly name: string;
}

/** What an ARN can be of here. */
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

/** Reads the ARN of a managed policy; throws an `Error` whose message says what is wrong with it. */
export function parsePolicyArn(text: string): IamArn {
  return parseIamArn(text, "policy");
}

/**
 * Says why a role and a provider cannot belong together, or `undefined` when they can: STS takes only a
 * provider of the role's own account.
 */
export function mismatchOf(role: IamArn, provider: IamArn): string | undefined {
  if (role.partition !== provider.partition) {
    return `the role is in partition ${role.partition.id}, the SAML provider in ${provider.partition.id}`;
  }
  if (role.account !== provider.account) {
    return `the role is in account ${role.account}, the SAML provider in ${provider.account}`;
  }
  return undefined;
}

/** Partition, account, type and name of an ARN of IAM. */
const FORM = /^arn:([^:]*):iam::([^:]*):([^:/]*)\/(.*)$/s;

function parseIamArn(text: string, wanted: Resource): IamArn {
  // One look where it is what it should be: an assertion may have 450 pairs of them.
  const [, partitionId = "", account = "", type, name = ""] = FORM.exec(text) ?? [];
  const partition = partitionById(partitionId);
  const fits = type === wanted && isAccount(account, wanted) && RESOURCES[wanted].name.test(name);
  // STS' own limits for RoleArn and PrincipalArn.
  if (partition === undefined || !fits || text.length < 20 || text.length > 2048) {
    throw new Error(objection(text, wanted));
  }
  return { text, partition, account, name };
}

function isAccount(text: string, of: Resource): boolean {
  return /^\d{12}$/.test(text) || (of === "policy" && text === "aws");
}

/** What is wrong with an ARN that is none or not the wanted one, the first thing from its left. */
function objection(text: string, wanted: Resource): string {
  const { article, example, name: namePattern } = RESOURCES[wanted];
  const wish = `${article} looks like ${example}`;
  const [arn, partitionId = "", service, region, account = "", ...rest] = text.split(":");
  if (arn !== "arn" || rest.length === 0 || text.length < 20 || text.length > 2048) {
    return `it is no ARN; ${wish}`;
  }
  const partition = partitionById(partitionId);
  if (partition === undefined) return `"${partitionId}" is no partition; there are ${ids()}`;
  const resource = rest.join(":");
  const type = resource.split("/", 1)[0] ?? "";
  const name = resource.slice(type.length + 1);
  if (service === "sts" && type === "assumed-role") {
    return `it is the ARN of a session of a role; give the role itself, ` +
      `arn:${partition.id}:iam::${account}:role/${name.split("/")[0]}`;
  }
  if (service !== "iam" || region !== "") return `it is no ARN of IAM; ${wish}`;
  if (type !== wanted) {
    if ((type === "role" || type === "saml-provider") && wanted !== "policy") {
      return `it is the ARN of ${RESOURCES[type].article}, not of ${article}: ` +
        "the two ARNs are swapped";
    }
    const other = Object.entries(RESOURCES).find(([key]) => key === type)?.[1].article;
    return `it is the ARN of ${other ?? `a "${type}"`}; ${wish}`;
  }
  if (!isAccount(account, wanted)) {
    return `"${account}" is no account number of twelve digits; ${wish}`;
  }
  return namePattern.test(name)
    ? `it is no ARN; ${wish}`
    : `"${name}" is no name that IAM takes; ${wish}`;
}

function ids(): string {
  return PARTITIONS.map((partition) => partition.id).join(", ");
}
