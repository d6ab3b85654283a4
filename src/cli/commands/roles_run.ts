/**
 * What `roles` does.
 *
 * @module
 */

import { isoSeconds } from "../../credentials/credentials.ts";
import { AWS_ATTRIBUTE } from "../../saml/attribute.ts";
import { listRoles, type Offer } from "../../sign_in/use_offer.ts";
import type { CommandRun } from "../command.ts";
import { signInRequest } from "../sign_in_request.ts";
import { table } from "../table.ts";

/** Signs in and prints what is offered. */
export const runRoles: CommandRun = async ({ values, terminal }, deps) => {
  const request = await signInRequest(values, deps);
  const { accountNames } = request;
  await listRoles(request, { ...deps, watch: terminal.watch }, {
    deliver: async (offer) => {
      await deps.stdout.write(values.json ? json(offer, accountNames) : rows(offer, accountNames));
      const { length } = offer.roles;
      return {
        sentence: `The list of ${length} role${length === 1 ? "" : "s"} is in the terminal`,
      };
    },
  });
};

type Names = ReadonlyMap<string, string>;

function rows({ roles }: Offer, names: Names): string {
  const named = names.size > 0;
  return table(
    ["ACCOUNT", ...(named ? ["NAME"] : []), "ROLE", "PROVIDER"],
    roles.map(({ role, provider }) => [
      role.account,
      ...(named ? [names.get(role.account) ?? ""] : []),
      role.name,
      provider.name,
    ]),
  );
}

function json({ assertion, roles, person }: Offer, names: Names): string {
  const { issuer, notOnOrAfter, sessionNotOnOrAfter, attributes } = assertion;
  const instant = (ms: number | undefined) => ms === undefined ? undefined : isoSeconds(ms);
  return JSON.stringify(
    {
      roles: roles.map(({ role, provider }) => ({
        account: role.account,
        accountName: names.get(role.account),
        role: role.name,
        roleArn: role.text,
        providerArn: provider.text,
      })),
      sessionName: person,
      issuer,
      notOnOrAfter: instant(notOnOrAfter),
      sessionNotOnOrAfter: instant(sessionNotOnOrAfter),
      sessionDuration: attributes.get(`${AWS_ATTRIBUTE}SessionDuration`)?.[0],
    },
    undefined,
    2,
  ) + "\n";
}
