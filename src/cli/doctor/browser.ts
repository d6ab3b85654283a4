/**
 * Whether a browser can be opened from here, and whether it reaches the port.
 *
 * @module
 */

import {
  type BrowserCommand,
  browserCommands,
  type BrowserPlan,
  type BrowserSurroundings,
} from "../../sign_in/browser/browser_candidates.ts";
import { DEFAULT_PORT } from "../settings/sign_in_request.ts";
import { programName } from "../event_lines.ts";
import { programFiles } from "../shell_line.ts";
import { type Check, type Finding, ok, warning } from "./finding.ts";

/** Looks for what a sign-in would start; starts nothing. */
export const checkBrowser: Check = async ({ deps, settings: { values } }) => {
  const surroundings = { ...await deps.browserSurroundings(), browser: values.browser };
  const port = values.port ?? DEFAULT_PORT;
  return browserFindings({
    plan: browserCommands(surroundings, "http://localhost/"),
    surroundings,
    ssh: deps.tunnelHint(port),
    container: deps.containerHint?.(port),
  });
};

/** What decides whether a browser can be opened. */
export interface BrowserFacts {
  readonly plan: BrowserPlan;
  readonly surroundings: BrowserSurroundings;
  /** What to do over SSH, and in a container; `undefined` where this is neither. */
  readonly ssh: string | undefined;
  readonly container: string | undefined;
}

/** What will be opened, and what is in the way of it. */
export function browserFindings(facts: BrowserFacts): readonly Finding[] {
  const { plan, surroundings, ssh, container } = facts;
  const far = ssh ?? container;
  const opens = openingFinding(plan, surroundings, far !== undefined);
  if (far === undefined) return [opens];
  const where = ssh === undefined ? "in a container" : "over SSH";
  return [
    opens,
    warning(
      "browser",
      `You work ${where}, where the browser of your own machine does not see the port`,
      {
        why: "Your IdP posts the sign-in to localhost, which is another one there",
        advice: far,
      },
    ),
  ];
}

function openingFinding(
  plan: BrowserPlan,
  surroundings: BrowserSurroundings,
  isFar: boolean,
): Finding {
  const none = (reason: string, advice: string) =>
    isFar
      ? ok("browser", `No browser is opened here: ${reason}`)
      : warning("browser", `No browser can be opened: ${reason}`, {
        why: "You must open the address that a sign-in shows yourself",
        advice,
      });
  if ("reason" in plan) {
    return /\bnone$/.test(plan.reason)
      ? ok("browser", `No browser is opened: ${plan.reason}`)
      : none(plan.reason, "Name a browser with --browser or BROWSER, or use --paste.");
  }
  const { candidates } = plan;
  const found = candidates.find((each) => isThere(each, surroundings));
  if (found !== undefined) {
    const inside = surroundings.wsl ? " (this is WSL: it opens on Windows)" : "";
    return ok("browser", `The browser is opened with ${programName(found.command)}${inside}`);
  }
  const names = candidates.map(({ command }) => command).join(", ");
  const advice = surroundings.os === "linux" && !surroundings.wsl
    ? "Install xdg-utils and a browser, or name a browser with --browser or BROWSER."
    : "Name a browser with --browser or BROWSER.";
  return none(`not found: ${names}`, advice);
}

/** Whether a program is a file, or one in PATH. */
function isThere({ command }: BrowserCommand, { os, env, isFile }: BrowserSurroundings): boolean {
  if (/[\\/]/.test(command)) return isFile(command);
  // Windows looks for these endings, and finds registered applications besides.
  const endings = os === "windows" ? ["", ".exe", ".cmd", ".bat", ".com"] : [""];
  const files = programFiles(command, { os, env: () => env["PATH"] ?? env["Path"] });
  return files.some((file) => endings.some((ending) => isFile(file + ending)));
}
