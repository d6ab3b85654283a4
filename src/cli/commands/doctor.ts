/**
 * What `doctor` does: it looks at this machine and its settings, or explains a recorded SAML Response.
 *
 * @module
 */

import type { CommandRun } from "../command.ts";

/** With `--assertion` it is the recording alone that is looked at. */
export const runDoctor: CommandRun = async (input, deps) => {
  const { assertion } = input.values;
  if (assertion !== undefined) {
    const { explainAssertion } = await import("../doctor/assertion.ts");
    return await explainAssertion(assertion, { input, deps });
  }
  const { examineMachine } = await import("../doctor/machine.ts");
  return await examineMachine(input, deps);
};
