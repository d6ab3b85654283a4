/**
 * What `status` does.
 *
 * @module
 */

import { isoSeconds, localTimeWithSpan, printableJson, table } from "../../text.ts";
import type { CachedSession } from "../../credentials/cache.ts";
import { recovered } from "../../errors.ts";
import type { CommandRun } from "../command.ts";
import { profilesOfRoles } from "../settings/profile_source.ts";

/** Prints the sessions, those that end soonest first. */
export const runStatus: CommandRun = async ({ values, terminal, print }, deps) => {
  const { sessions } = deps.cache();
  const cached = sessions.list().toSorted((a, b) => endOf(a) - endOf(b));
  // The sessions are what is asked for, also where profiles cannot be read.
  const profiles = recovered(() => profilesOfRoles(deps), ({ message }) => {
    terminal.say("warning", `Cannot show profiles: ${message}`);
    return new Map<string, readonly string[]>();
  });
  const now = deps.now();
  const rows = cached.map((each) => {
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
    await print(printableJson({ sessions: rows }, 2) + "\n");
    return;
  }
  await print(
    rows.length === 0 ? "No cached sessions\n" : table(
      ["ACCOUNT", "ROLE", "WHO", "PROFILES", "UNTIL"],
      rows.map((row) => [
        row.account,
        row.role,
        row.person ?? "",
        row.profiles.join(", "),
        localTimeWithSpan(Date.parse(row.expiration), now),
      ]),
    ),
  );
};

function endOf({ session }: CachedSession): number {
  return session.credentials.expiration;
}
