/**
 * What `roles` does.
 *
 * @module
 */

import { isoSeconds, plural, printableJson, table } from "../../text.ts";
import { AWS_ATTRIBUTE } from "../../saml/attribute.ts";
import { listRoles, type Offer } from "../../sign_in/use_offer.ts";
import type { Deps } from "../../deps.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import { askerOf } from "../session/new_session.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { setupLine } from "../session/login.ts";
import { roleFlags } from "../settings/process_profile.ts";

/** Signs in and prints what is offered, and on a terminal what to do with it. */
export const runRoles: CommandRun = async (input, deps) => {
  const { values, terminal, print } = input;
  const request = { ...await signInRequest(input, deps), asker: askerOf(input) };
  const { accountNames } = request;
  await listRoles(request, { ...deps, watch: terminal.watch }, {
    deliver: async (offer) => {
      await print(values.json ? json(offer, accountNames) : rows(offer, accountNames));
      if (deps.stdout.isTerminal && !values.json) await print(usage(offer, input, deps));
      return { sentence: `${plural(offer.roles.length, "role")} listed in the terminal` };
    },
  });
};

/** How to use the first of the roles, to be copied and changed for another one. */
function usage({ roles: [first] }: Offer, { typed, texts }: CommandInput, deps: Deps): string {
  if (first === undefined) return "";
  // setup reads no other profile: what came from one is given to it.
  const flags = typed["profile"] === undefined ? typed : texts;
  const line = setupLine(flags, roleFlags(first), deps);
  return `\nTo use the first one in every AWS tool, as a profile:\n  ${line}\n` +
    "For the ARNs of the others, add --json\n";
}

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
  return printableJson(
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
    2,
  ) + "\n";
}
