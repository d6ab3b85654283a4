/**
 * What `status` does.
 *
 * @module
 */

import type { KeptSession } from "../../credentials/cache.ts";
import { isoSeconds } from "../../credentials/credentials.ts";
import { span } from "../../sign_in/outcome.ts";
import type { CommandRun } from "../command.ts";
import { profilesOfRoles } from "../profile_source.ts";
import { table } from "../table.ts";

/** Prints the sessions, the one that ends first first. */
export const runStatus: CommandRun = async ({ values }, deps) => {
  const { sessions } = deps.cache();
  const kept = sessions.list().toSorted((a, b) => endOf(a) - endOf(b));
  const profiles = profilesOfRoles(deps);
  const now = deps.now();
  const rows = kept.map((each) => {
    const { session: { credentials, roleArn, person } } = each;
    return {
      account: credentials.accountId,
      role: roleArn.slice(roleArn.indexOf("/") + 1),
      roleArn,
      person,
      profiles: profiles.get(roleArn) ?? [],
      expiration: isoSeconds(endOf(each)),
      secondsLeft: Math.max(0, Math.floor((endOf(each) - now) / 1000)),
    };
  });
  if (values.json) {
    await deps.stdout.write(JSON.stringify({ sessions: rows }, undefined, 2) + "\n");
    return;
  }
  await deps.stdout.write(
    rows.length === 0 ? "No session is kept on this machine\n" : table(
      ["ACCOUNT", "ROLE", "WHO", "PROFILES", "LEFT"],
      rows.map((row) => [
        row.account,
        row.role,
        row.person ?? "",
        row.profiles.join(", "),
        span(row.secondsLeft * 1000),
      ]),
    ),
  );
};

function endOf({ session }: KeptSession): number {
  return session.credentials.expiration;
}
