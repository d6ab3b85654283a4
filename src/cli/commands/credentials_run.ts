/**
 * What `credentials` does.
 *
 * @module
 */

import type { CommandRun } from "../command.ts";
import { prepareDelivery } from "../prepare_delivery.ts";
import { signInRequest } from "../sign_in_request.ts";
import { consoleAsked, takeSession } from "../take_session.ts";

/** Signs in, or takes the session from the cache, and delivers it. */
export const runCredentials: CommandRun = async (input, deps) => {
  const request = await signInRequest(input.values, deps);
  const deliver = await prepareDelivery({ input, deps });
  const cached = input.values.cache ?? false;
  const console = await consoleAsked(input, request, deps);
  await takeSession({ input, deps, request, cached, deliver, console });
};
