/**
 * The role that was chosen last with the same settings, and who signed in, kept beside the sessions.
 *
 * @module
 */

import type { SessionKey } from "../../credentials/cache.ts";
import type { Choice } from "../../credentials/remembered.ts";
import type { Deps } from "../../deps.ts";
import { messageOf } from "../../errors.ts";
import type { ChoiceMemory } from "../../sign_in/request.ts";
import type { CommandInput } from "../command.ts";

/** Makes the memory for these settings; where nothing can be cached it has none. */
export function choiceMemory(
  settings: SessionKey,
  { input, deps }: { readonly input: CommandInput; readonly deps: Deps },
): Pick<ChoiceMemory, "remember"> & { readonly last: () => Choice | undefined } {
  return {
    last: () => {
      try {
        return deps.cache().choices.last(settings);
      } catch {
        return undefined;
      }
    },
    remember: async (choice) => {
      try {
        await deps.cache().choices.remember(settings, choice);
      } catch (error) {
        const message = `The choice of role is not remembered: ${messageOf(error)}`;
        input.terminal.watch({ kind: "detail", message });
      }
    },
  };
}
