/**
 * The commands there are.
 *
 * @module
 */

import type { Commands } from "./arguments.ts";
import { OTHER_COMMANDS } from "./other_commands.ts";
import { SIGN_IN_COMMANDS } from "./sign_in_commands.ts";

/** Every command, in the order of the help; the first runs when none is named. */
export const COMMANDS: Commands = [...SIGN_IN_COMMANDS, ...OTHER_COMMANDS];
