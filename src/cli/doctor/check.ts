/**
 * What a check of `doctor` is.
 *
 * @module
 */

import type { Deps } from "../../deps.ts";
import type { CommandInput } from "../command.ts";
import type { Finding } from "./finding.ts";
import type { Settings } from "./settings.ts";

/** What a check looks at. */
export interface CheckWorld {
  readonly input: CommandInput;
  readonly deps: Deps;
  readonly settings: Settings;
}

/** Looks at one thing. */
export type Check = (world: CheckWorld) => Promise<readonly Finding[]>;
