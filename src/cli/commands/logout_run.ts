/**
 * What `logout` does.
 *
 * @module
 */

import { usageError } from "../arguments.ts";
import type { CommandRun } from "../command.ts";

/** Forgets, and says how many. */
export const runLogout: CommandRun = ({ values, terminal }, deps) => {
  const role = values["role-arn"];
  if (values.all !== true && role === undefined) {
    throw usageError(
      "logout-what",
      "Nothing says which session to forget",
      "Give --role-arn, a --profile that has one, or --all",
    );
  }
  const { sessions } = deps.cache();
  const gone = sessions.forget(({ session }) =>
    values.all === true || session.roleArn === role?.text
  );
  const message = `${gone} session${gone === 1 ? "" : "s"} forgotten`;
  terminal.watch({ kind: "notice", message });
};
