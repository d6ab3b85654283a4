/**
 * Who can sign in at the test IdP, and what AWS is told of them.
 *
 * @module
 */

import {
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  manyRoles,
  type ResponseOptions,
  type RoleOffer,
} from "./saml_response.ts";

/** A user of the test IdP. */
export interface IdpUser {
  /** What is typed into the form. */
  readonly name: string;
  /** For the sign-in page: what is special about this one. */
  readonly about: string;
  /** What the Response says of them. */
  readonly response: Omit<ResponseOptions, "roles"> & { readonly roles?: readonly RoleOffer[] };
}

const offer = (account: string, role: string, more: Partial<RoleOffer> = {}): RoleOffer => ({
  role: `arn:aws:iam::${account}:role/${role}`,
  provider: `arn:aws:iam::${account}:saml-provider/Idp`,
  ...more,
});

/** The users that a test IdP has when nothing else is said. */
export const USERS: readonly IdpUser[] = [
  {
    name: "alice",
    about: "one role",
    response: { roles: [{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }] },
  },
  {
    name: "bob",
    about: "five roles in three accounts",
    response: {
      roles: [
        offer("111122223333", "Dev"),
        offer("111122223333", "ReadOnly", { order: "provider-first" }),
        offer("444455556666", "team/platform/Admin", { blanks: true }),
        offer("444455556666", "ReadOnly"),
        offer("777788889999", "Audit"),
      ],
      sessionDuration: 7200,
    },
  },
  { name: "carol", about: "forty roles", response: { roles: manyRoles(40) } },
  { name: "dave", about: "no role at all", response: { roles: [] } },
  {
    name: "erin",
    about: "roles in China and GovCloud",
    response: {
      roles: [
        {
          role: "arn:aws-cn:iam::111122223333:role/Dev",
          provider: "arn:aws-cn:iam::111122223333:saml-provider/Idp",
        },
        {
          role: "arn:aws-us-gov:iam::444455556666:role/Dev",
          provider: "arn:aws-us-gov:iam::444455556666:saml-provider/Idp",
        },
      ],
    },
  },
  {
    name: "frank",
    about: "the IdP says no",
    response: {
      status: "Responder",
      subStatus: "AuthnFailed",
      statusMessage: "Your account is locked",
    },
  },
  {
    name: "grace",
    about: "no RoleSessionName, so STS refuses",
    response: {
      roles: [{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }],
      roleSessionName: null,
    },
  },
];

/** Every role that these users are offered, once each: what an STS stand-in has to trust. */
export function offersOf(users: readonly IdpUser[]): readonly RoleOffer[] {
  const all = users.flatMap((user) => user.response.roles ?? []);
  return [...new Map(all.map((it) => [`${it.role},${it.provider}`, it])).values()];
}
