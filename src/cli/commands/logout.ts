/**
 * What `logout` does.
 *
 * @module
 */

import { usageError } from "../arguments.ts";
import { plural } from "../../text.ts";
import type { CommandRun } from "../command.ts";

/** Removes the sessions, and says how many. */
export const runLogout: CommandRun = ({ values, terminal }, deps) => {
  const role = values["role-arn"];
  if (values.all !== true && role === undefined) {
    throw usageError(
      "logout-what",
      "Which session? Use --profile, --role-arn or --all",
    );
  }
  const { sessions } = deps.cache();
  const gone = sessions.forget(({ session }) =>
    values.all === true || session.roleArn === role?.text
  );
  terminal.say("success", `Removed ${plural(gone, "session")}`);
};
