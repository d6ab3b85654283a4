/**
 * Where the credentials of a sign-in go: stdout, or a profile.
 *
 * @module
 */

import { processJson } from "../../delivery/process_json.ts";
import type { Delivery, DeliveryPlan } from "./delivery.ts";

/**
 * Prepares the delivery that the flags ask for. All that can fail is tried now, before anybody signs in.
 *
 * @throws UserError exit code 2 or 8
 */
export async function prepareDelivery(plan: DeliveryPlan): Promise<Delivery> {
  const { values, print } = plan.input;
  if (values["profile-to-update"] !== undefined) {
    const { profileDelivery } = await import("./profile_delivery.ts");
    return await profileDelivery(values["profile-to-update"], plan);
  }
  return async ({ session }) => {
    await print(processJson(session.credentials));
    return "The credentials went to the program that asked for them";
  };
}
