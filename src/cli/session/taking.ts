/**
 * What takes a session: for whom, and what becomes of it.
 *
 * @module
 */

import type { Region } from "../../aws/partition.ts";
import type { Session, SessionKey } from "../../credentials/cache.ts";
import type { Deps } from "../../deps.ts";
import type { Secret } from "../../secret.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { CommandInput } from "../command.ts";

/** A session, and what else a delivery needs to know of it. */
export interface TakenSession {
  readonly session: Session;
  readonly region: Region;
  /** Under which it is cached. */
  readonly key: SessionKey;
}

/** Hands a session to whoever asked; says in a sentence what was done. */
export type Delivery = (taken: TakenSession) => Promise<string> | string;

/** What a delivery is prepared from. */
export interface DeliveryPlan {
  readonly input: CommandInput;
  readonly deps: Deps;
}

/** What a session is taken for. */
export interface Taking extends DeliveryPlan {
  readonly request: SignInRequest;
  /** Whether sessions are cached on this machine. */
  readonly cached: boolean;
  /** Whether the cache is all that the session is for: without one nobody should sign in. */
  readonly onlyCached?: boolean;
  readonly deliver: Delivery;
  /** The console, where it is to be opened in another way than by `--console`. */
  readonly console?: SessionConsole | undefined;
}

/** The console for a session. */
export interface SessionConsole {
  /** Signs in to it. Where it is not what the command is for, a failure is a warning: the credentials are delivered. */
  signIn(
    taken: TakenSession,
  ): Promise<{ readonly console?: Secret; readonly warning?: string }>;
  /** Signs in to it and brings a browser there; a failure is a warning as above. */
  openFor(taken: TakenSession): Promise<void>;
}
