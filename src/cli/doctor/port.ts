/**
 * Whether the port of a sign-in is free on both loopback addresses, and who has it.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { PortHolder } from "../../system/processes.ts";
import { foreign } from "../../text.ts";
import { DEFAULT_PORT } from "../settings/sign_in_request.ts";
import { type LineDeps, shellLine } from "../shell_line.ts";
import { type Check, type Finding, ok, problem, problemOf, warning } from "./finding.ts";

/** How long another sign-in is waited for, milliseconds: only to see that there is one. */
const AT_ONCE_MS = 1;

/** Takes the port as a sign-in would, and gives it back. */
export const checkPort: Check = async ({ deps, input, settings: { values, request } }) => {
  if (values.paste) return [ok("port", "No port is needed: --paste is set")];
  const port = request?.port ?? values.port ?? DEFAULT_PORT;
  try {
    const handler = () => Promise.resolve(new Response(null, { status: 503 }));
    const listener = await deps.claimPort({
      listen: { port, tls: request?.tls, handler },
      purpose: "stssamldriver doctor",
      timeoutMs: AT_ONCE_MS,
      watch: (event) => event.kind === "detail" && input.terminal.watch(event),
      signal: deps.signal,
    });
    const { addresses } = listener;
    await listener.close(0);
    return [ok("port", `Port ${port} is free on ${addresses.join(" and ")}`)];
  } catch (error) {
    if (!(error instanceof UserError) || deps.signal.aborted) throw error;
    return [portFinding(error, { holders: await deps.portHolders(port), deps })];
  }
};

/** Who has the port, and how to get it. */
export function portFinding(
  error: UserError,
  { holders, deps }: { readonly holders: readonly PortHolder[]; readonly deps: LineDeps },
): Finding {
  const { code, message, exitCode, hint } = error;
  const pids = holders.map(({ pid }) => String(pid));
  const kill = deps.os === "windows"
    ? ["taskkill", "/F", ...pids.flatMap((pid) => ["/PID", pid])]
    : ["kill", ...pids];
  const fix = pids.length === 0 ? undefined : shellLine(kill, deps);
  if (code === "port-busy") {
    return warning("port", message, {
      why: "A sign-in that starts now waits until that one has ended",
      fix,
      advice: "Finish it in the browser, or press Ctrl-C where it runs.",
    });
  }
  if (code !== "port-taken") return problemOf("port", error, { deps });
  const names = holders.map(({ pid, name }) => `${foreign(name, 60)}, process ${pid}`);
  const named = names.length === 0 ? message : `${message} (${names.join("; ")})`;
  const why = "Your IdP posts the sign-in to this port, so no sign-in can begin";
  const advice = fix === undefined
    ? hint
    : "Choose another port with --port; your IdP must then post to that port.";
  return problem("port", named, { exitCode, why, fix, advice });
}
