/**
 * The trust policy that would let an assertion in.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml
 * @module
 */

import type { IamArn } from "./arn.ts";

/** The properties of an assertion that a trust policy must allow. */
export interface TrustNeeds {
  readonly provider: Pick<IamArn, "text">;
  /** The assertion's Recipients: `saml:aud` is compared with them, not with the Audience. */
  readonly recipients: readonly string[];
  /** The assertion has session tags. */
  readonly tags: boolean;
  /** The assertion has a source identity. */
  readonly sourceIdentity: boolean;
}

/** The actions that the policy must allow. */
export function trustActions(
  needs: Pick<TrustNeeds, "tags" | "sourceIdentity">,
): readonly string[] {
  return [
    "sts:AssumeRoleWithSAML",
    ...(needs.tags ? ["sts:TagSession"] : []),
    ...(needs.sourceIdentity ? ["sts:SetSourceIdentity"] : []),
  ];
}

/** The policy as JSON, ready to paste. */
export function trustPolicy(needs: TrustNeeds): string {
  return JSON.stringify(
    { Version: "2012-10-17", Statement: [trustStatement(needs)] },
    undefined,
    2,
  );
}

/** The one statement of the policy, to be added to those that are there. */
export function trustStatement(needs: TrustNeeds): Readonly<Record<string, unknown>> {
  const actions = trustActions(needs);
  const audience = needs.recipients.length === 1 ? needs.recipients[0] : needs.recipients;
  return {
    Effect: "Allow",
    Principal: { Federated: needs.provider.text },
    Action: actions.length === 1 ? actions[0] : actions,
    ...(needs.recipients.length > 0 && {
      Condition: { StringEquals: { "SAML:aud": audience } },
    }),
  };
}
