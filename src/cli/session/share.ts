/**
 * Sharing a sign-in with everybody who wants a session of the same IdP: an IDE that resolves 75 profiles
 * opens one tab.
 *
 * A process of its own signs in; this one owns the terminal and stdout. So a caller that an SDK kills loses
 * nothing: the sign-in goes on and fills the cache.
 *
 * @module
 */

import { type Shared, shareSignIn } from "../../sharing/caller.ts";
import type { Order } from "../../sharing/messages.ts";
import { idpKey, type SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { CommandInput } from "../command.ts";
import { optionOf, SIGN_IN_OPTIONS } from "../options.ts";

/** What is shared, and by whom. */
export interface Sharing {
  readonly input: CommandInput;
  readonly deps: Deps;
  readonly request: SignInRequest;
}

/**
 * Has the session brought into the cache.
 *
 * @throws UserError what ended the sign-in, or this caller's wait
 */
export async function share(sharing: Sharing): Promise<Shared> {
  const { deps, request, input } = sharing;
  return await shareSignIn({
    place: deps.meetingPlace(idpSettings(request)),
    order: {
      kind: "order",
      flags: flagsOf(sharing),
      policy: request.policy,
      region: request.region,
      asker: request.asker,
    },
    request,
    watch: input.terminal.watch,
    signal: deps.signal,
    now: deps.now,
  });
}

/** What the sign-ins of all who wait together have in common: the IdP, and how it is asked. */
function idpSettings(request: SignInRequest) {
  return {
    ...idpKey(request),
    ssoBinding: request.sso?.binding,
    forceAuthn: request.sso?.forceAuthn ? "true" : undefined,
    port: request.port,
    secure: String(request.tls !== undefined),
    endpoint: request.endpoint,
  };
}

/** The flags by which another process makes the same request, whatever its environment. */
function flagsOf({ input, deps }: Sharing): Order["flags"] {
  const flags: Record<string, readonly string[]> = {};
  for (const name of SIGN_IN_OPTIONS) {
    const texts = input.texts[name];
    const { part, isFile } = optionOf(name);
    // A policy is passed on by its text, a region with where it was named.
    const apart = part === "messages" || part === "region" || name === "policy-file";
    if (texts === undefined || apart) continue;
    flags[name] = isFile ? texts.map((text) => deps.absolute(text)) : texts;
  }
  return flags;
}
