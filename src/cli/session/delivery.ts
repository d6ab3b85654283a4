/**
 * What a delivery is to those who take a session.
 *
 * @module
 */

import type { Region } from "../../aws/partition.ts";
import type { Session, SessionKey } from "../../credentials/cache.ts";
import type { Deps } from "../../deps.ts";
import type { CommandInput } from "../command.ts";

/** Hands a session to whoever asked; says in a sentence what was done. */
export type Delivery = (taken: TakenSession) => Promise<string>;

/** A session, and what else a delivery needs to know of it. */
export interface TakenSession {
  readonly session: Session;
  readonly region: Region;
  /** Under which it is cached. */
  readonly key: SessionKey;
}

/** What a delivery is prepared from. */
export interface DeliveryPlan {
  readonly input: CommandInput;
  readonly deps: Deps;
}
