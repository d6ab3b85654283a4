/**
 * What `exec --serve` does while its command runs: answers the SDKs, and signs in again when the session is nearly
 * over.
 *
 * @module
 */

import { parseProviderArn, parseRoleArn } from "../../aws/arn.ts";
import type { Session, SessionKey } from "../../credentials/cache.ts";
import { endpointHandler, endpointUrl, newToken } from "../../delivery/credentials_endpoint.ts";
import type { VariableChanges } from "../../delivery/shell.ts";
import { endpointVariables } from "../../delivery/variables.ts";
import type { Deps } from "../../deps.ts";
import { ExitCode, recovered, UserError } from "../../errors.ts";
import { settingsKey, type SignInRequest } from "../../sign_in/request.ts";
import { localTimeWithSpan } from "../../text.ts";
import { RenewingSession } from "./renewing_session.ts";
import { askerOf } from "./new_session.ts";
import { choiceMemory, takeSession } from "./take_session.ts";
import type { DeliveryPlan, TakenSession } from "./taking.ts";
import {
  FIGHTS_WITH_KEYS,
  findProperties,
  sayPlaces,
  STATIC_KEYS,
} from "../../profiles/conflicts.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { readDocument } from "../settings/profile_source.ts";

/** What is served, and how it is renewed. */
export interface Serving extends DeliveryPlan {
  readonly request: SignInRequest;
  /** Whether sessions are cached on this machine. */
  readonly cached: boolean;
  /** The session to begin with. */
  readonly taken: TakenSession;
}

/**
 * Serves credentials for as long as a command runs; resolves to what that resolves to.
 *
 * @param run runs it, with these changes to its environment
 */
export async function serveCredentials(
  serving: Serving,
  run: (changes: VariableChanges) => Promise<number>,
): Promise<number> {
  const { deps, taken, input } = serving;
  const ended = new AbortController();
  const pinned = await pinnedTo(serving);
  const session = renewing(pinned, ended.signal);
  const token = newToken();
  let host = "";
  const listener = await deps.listenForPrograms(
    endpointHandler({ host: () => host, token, answer: () => session.answer() }),
  );
  host = `127.0.0.1:${listener.port}`;
  listener.lost.catch((error) => {
    input.terminal.say("warning", `No more credentials can be served: ${error.message}`);
  });
  try {
    const region = taken.region.named ? taken.region.name : undefined;
    return await run(endpointVariables({ url: endpointUrl(host), token }, { region }));
  } finally {
    ended.abort();
    await Promise.all([listener.close(), session.settled()]);
  }
}

/** @param ended aborts when the command has ended */
function renewing(
  { input, deps, request, cached, taken: { key, session } }: Serving,
  ended: AbortSignal,
): RenewingSession {
  const { say } = input.terminal;
  const interactive = !input.values["no-interactive"];
  // The signals of the terminal are the command's now.
  const renewalDeps = { ...deps, signal: ended };
  return new RenewingSession(session, {
    now: deps.now,
    cached: () => cached ? cachedSession(key, deps) : undefined,
    renew: async (old) => {
      if (interactive) say("notice", endingSentence(old, deps.now()));
      const renewed = await takeSession({
        ...{ input, request, cached, deps: renewalDeps },
        deliver: () => "The command gets the new credentials when it asks",
      });
      return renewed.session;
    },
    onFailure: ({ message, hint }) => {
      if (ended.aborted) return;
      say("warning", `The AWS session was not renewed: ${message}`);
      for (const line of hint?.split("\n") ?? []) say("notice", `  ${line}`);
    },
  });
}

function cachedSession(key: SessionKey, { cache }: Deps): Session | undefined {
  // Where nothing can be cached, that was said before the command began.
  const look = recovered(() => cache().sessions.look(key), () => undefined);
  return look && "session" in look ? look.session : undefined;
}

/** What asks for the same role again, whatever is picked elsewhere meanwhile; and in the words of `login`. */
async function pinnedTo(serving: Serving): Promise<Serving> {
  const { input, taken: { key, session: { roleArn, person } } } = serving;
  const providerArn = String(key.provider);
  const request = {
    ...serving.request,
    asker: askerOf(input),
    ...{ role: parseRoleArn(roleArn), provider: parseProviderArn(providerArn) },
    ...{ accounts: [], filters: [] },
  };
  // Or else who signs in as somebody else would not be asked: these are other settings.
  const memory = choiceMemory(settingsKey(request), serving);
  await memory.remember({ roleArn, providerArn, person });
  const { serve: _, console: __, ...values } = input.values;
  const pinned = { "role-arn": [roleArn], "saml-provider-arn": [providerArn] };
  const without = { account: undefined, "role-filter": undefined, serve: undefined };
  // The terminal is the command's: nobody can paste there.
  const paste = request.paste && { "no-interactive": true };
  return {
    ...serving,
    request,
    input: {
      ...input,
      ...{ name: "login", words: [] },
      values: { ...values, ...paste },
      texts: { ...input.texts, ...without, ...pinned },
      typed: {
        ...input.typed,
        ...{ ...without, console: undefined },
        // Else somebody who runs it might pick another role.
        ...(input.texts["role-arn"] === undefined && pinned),
        ...(paste && { "no-interactive": ["true"] }),
      },
    },
  };
}

function endingSentence({ credentials, roleArn }: Session, now: number): string {
  const { name, account } = parseRoleArn(roleArn);
  const whose = `The AWS session for role ${name} in account ${account}`;
  const { expiration } = credentials;
  return expiration > now
    ? `${whose} ends at ${localTimeWithSpan(expiration, now)}: sign in to renew it`
    : `${whose} is over: sign in to renew it`;
}

const CREDENTIALS = new RegExp(`${STATIC_KEYS.source}|${FIGHTS_WITH_KEYS.source}`);

/**
 * Refuses to serve credentials beside a profile `default` that has some: every SDK asks an endpoint last, so that the
 * command would run in another account and nobody would know.
 *
 * @throws UserError exit code 2
 */
export function refuseShadowing(deps: Pick<Deps, "env" | "expand">): void {
  const { config, credentials } = sharedFiles(deps.env, deps.expand);
  const files = [
    { path: credentials, kind: "credentials", variable: "AWS_SHARED_CREDENTIALS_FILE" },
    { path: config, kind: "config", variable: "AWS_CONFIG_FILE" },
  ] as const;
  for (const { path, kind, variable } of files) {
    const found = findProperties(readDocument(path), { kind, name: "default", keys: CREDENTIALS });
    if (found.length === 0) continue;
    throw new UserError(
      "default-shadows",
      `Cannot use --serve: AWS tools would use the credentials of profile "default" instead ` +
        `(${sayPlaces(found)} of ${path})`,
      {
        exitCode: ExitCode.USAGE,
        hint: `Rename that profile, or set ${variable} to a file without it for this command.`,
      },
    );
  }
}
