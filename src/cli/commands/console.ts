/**
 * What `console` does.
 *
 * @module
 */

import { signInRequest } from "../settings/sign_in_request.ts";
import type { CommandRun } from "../command.ts";
import { Console } from "../session/console.ts";
import { takeSession } from "../session/take_session.ts";

/** Opens the console, or prints where it is. */
export const runConsole: CommandRun = async (input, deps) => {
  const request = await signInRequest(input, deps);
  const target = new Console(input, request, deps);
  const cached = input.values.cache ?? true;
  const { values } = input;
  const { container } = values;
  await takeSession({
    input,
    // The tab of the sign-in becomes the console, so it has to be in the container from the start.
    deps: container === undefined ? deps : {
      ...deps,
      openBrowser: (url, browser) => deps.openContainer(url, { container, browser }),
      browserName: (browser) => deps.browserName(browser ?? "firefox"),
    },
    request,
    cached,
    console: values["print-url"] ? undefined : target,
    deliver: async (taken) => {
      if (!values["print-url"]) return "Continuing to the AWS console in your browser";
      const url = await target.login(taken);
      await input.print(`${url.reveal()}\n`);
      return "The console's login URL is in the terminal";
    },
  });
};
