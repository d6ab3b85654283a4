/**
 * From a waiting terminal to delivered credentials of one role.
 *
 * @module
 */

import type { Exchange } from "../aws/sts.ts";
import { converse } from "./conversation.ts";
import type { ConversationWorld } from "./talk.ts";
import type { ChoiceMemory, SignInRequest } from "./request.ts";
import { type Deliver, RoleTaking } from "./take_role.ts";

/** What a sign-in needs of the world. */
export interface SignInWorld extends ConversationWorld {
  /** The SDK, loaded once the port is ours. */
  readonly loadExchange: () => Promise<Exchange>;
  /** Goes through reading and exchange once with made-up material, to be quick when it counts. */
  readonly rehearse: (region: string) => Promise<void>;
  /** How long the wait goes on after a false assertion, milliseconds; tests shorten it. */
  readonly afterFalseMs?: number;
}

/**
 * Signs in once.
 *
 * @param how what was taken last, and where the credentials go
 * @throws UserError with the exit code of what ended it
 */
export async function signIn(
  request: SignInRequest,
  world: SignInWorld,
  how: { readonly memory: ChoiceMemory; readonly deliver: Deliver },
): Promise<void> {
  let loading: Promise<Exchange> | undefined;
  const loadExchange = () => loading ??= world.loadExchange();
  const taking = new RoleTaking(request, { ...world, loadExchange }, how);
  const region = request.region?.name ?? request.role?.partition.defaultRegion ?? "us-east-1";
  await converse(request, world, {
    title: request.role?.text ?? "a role to pick",
    expected: request,
    use: (read, talk) => taking.use(read, talk),
    prepare: loadExchange,
    rehearse: () => world.rehearse(region),
  });
}
