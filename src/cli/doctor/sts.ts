/**
 * Whether STS can be reached and by which way, and this machine's clock by its answer.
 *
 * @module
 */

import type { StsReached } from "../../aws/sts_reach.ts";
import type { Route } from "../../aws/unreachable.ts";
import { ExitCode, UserError } from "../../errors.ts";
import { foreign, span } from "../../text.ts";
import { REGION_FLAG } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import { beforeSignIn, stsPlace } from "../session/new_session.ts";
import { stsEndpoint } from "../settings/sign_in_request.ts";
import { shellLine } from "../shell_line.ts";
import {
  type Check,
  type CheckWorld,
  type Finding,
  ok,
  problem,
  problemOf,
  warning,
} from "./finding.ts";

/** Asks STS as a sign-in would, with nothing to sign in. */
export const checkSts: Check = async (world) => {
  const { deps, settings } = world;
  try {
    const reached = await deps.reachSts(await regionOf(world));
    const way = await wayTo(reached.endpoint, await deps.route());
    const wsl = (await deps.browserSurroundings()).wsl;
    const from = settings.request?.endpointFrom;
    const named = from === undefined ? "" : ` (${from})`;
    return [
      ok("sts", `STS answers at ${new URL(reached.endpoint).host}${named}${way}`),
      ...clockFindings(reached, { deps, wsl }),
    ];
  } catch (error) {
    if (!(error instanceof UserError) || deps.signal.aborted) throw error;
    // An endpoint that cannot be used is a wrong setting already.
    if (settings.findings.some(({ message }) => message === error.message)) return [];
    const why = error.exitCode === ExitCode.UNREACHABLE
      ? "A sign-in fails once you have signed in"
      : "Every sign-in ends with this message";
    return [problemOf("sts", error, { deps, why })];
  }
};

/** Where a sign-in would ask; where its settings are wrong, where one without them would. */
async function regionOf({ deps, settings: { values, request } }: CheckWorld): Promise<string> {
  if (request !== undefined) return stsPlace(await beforeSignIn(request, values, deps)).region;
  const endpoint = (await stsEndpoint(deps))?.url;
  const { region } = values;
  const named = region === undefined ? undefined : { name: region, from: REGION_FLAG };
  const place = stsPlace({ endpoint, region: named, role: undefined, provider: undefined });
  await deps.checkRoute(place.host);
  return place.region;
}

/** By which proxy, whose certificate was shown, and which CAs are trusted. */
async function wayTo(endpoint: string, route: Route): Promise<string> {
  if (!endpoint.startsWith("https:")) return ", without TLS";
  const [proxy, issuer, extra] = await Promise.all([
    route.proxyFor(new URL(endpoint).hostname),
    route.issuerOf(endpoint),
    route.extraCas(),
  ]);
  return [
    "",
    proxy === undefined
      ? "without a proxy"
      : `through the proxy ${foreign(proxy.address)} (${proxy.name})`,
    ...issuer === undefined ? [] : [`certificate issued by "${foreign(issuer, 100)}"`],
    `trusted CAs: this system's${extra === undefined ? "" : ` and ${extra}`}`,
  ].join(", ");
}

/** From here on a difference is worth a word, milliseconds. */
const WORTH_A_WORD_MS = 10_000;

/**
 * AWS refuses signed requests beyond this, milliseconds.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
const REFUSED_MS = 5 * 60_000;

/** This machine's clock, by STS's. */
export function clockFindings(
  { skewMs, exactMs }: StsReached,
  { deps, wsl }: { readonly deps: Pick<Deps, "os" | "env">; readonly wsl: boolean },
): readonly Finding[] {
  if (skewMs === undefined) return [];
  // What may come of the way there and back counts for the clock.
  const least = Math.max(0, Math.abs(skewMs) - exactMs);
  if (least < WORTH_A_WORD_MS) {
    return [ok("clock", `The clock agrees with AWS's to ${span(Math.max(1000, least))}`)];
  }
  const message = `The clock is ${span(Math.abs(skewMs))} ${
    skewMs > 0 ? "behind" : "ahead of"
  } AWS's`;
  const remedy = {
    fix: clockCommand(deps, wsl),
    advice: "Set the clock, or in a container or a virtual machine that of its host.",
  };
  if (least < REFUSED_MS) {
    const why =
      "An IdP may refuse the request of this sign-in, and one-time codes may not be taken";
    return [warning("clock", message, { why, ...remedy })];
  }
  const why =
    "AWS refuses requests whose time is off by more than 5 minutes: the credentials do not work";
  return [problem("clock", message, { exitCode: ExitCode.REFUSED, why, ...remedy })];
}

/** Has the system set its clock. */
function clockCommand(deps: Pick<Deps, "os" | "env">, wsl: boolean): string {
  // WSL's clock stands still while Windows sleeps.
  if (wsl) return shellLine(["sudo", "hwclock", "--hctosys"], deps);
  switch (deps.os) {
    case "windows":
      return shellLine(["w32tm", "/resync"], deps);
    case "darwin":
      return shellLine(["sudo", "sntp", "-sS", "time.apple.com"], deps);
    default:
      return shellLine(["sudo", "timedatectl", "set-ntp", "true"], deps);
  }
}
