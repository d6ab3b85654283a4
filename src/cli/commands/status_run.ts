/**
 * What `status` does.
 *
 * @module
 */

import type { KeptSession } from "../../credentials/cache.ts";
import { isoSeconds } from "../../credentials/credentials.ts";
import { span } from "../../sign_in/outcome.ts";
import { UserError } from "../../errors.ts";
import type { Deps } from "../../system/deps.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { profilesOfRoles } from "../profile_source.ts";
import { table } from "../table.ts";

/** Prints the sessions, the one that ends first first. */
export const runStatus: CommandRun = async ({ values, terminal }, deps) => {
  const { sessions } = deps.cache();
  const kept = sessions.list().toSorted((a, b) => endOf(a) - endOf(b));
  const profiles = profileNames(terminal, deps);
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

/** Beside the point of the command: sessions are shown also where the profiles cannot be read. */
function profileNames(
  terminal: CommandInput["terminal"],
  deps: Deps,
): ReturnType<typeof profilesOfRoles> {
  try {
    return profilesOfRoles(deps);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const message = `No profiles are shown: ${error.message}`;
    terminal.watch({ kind: "warning", message });
    return new Map();
  }
}

function endOf({ session }: KeptSession): number {
  return session.credentials.expiration;
}
