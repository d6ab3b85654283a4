/**
 * From a waiting terminal to delivered credentials of one role.
 *
 * @module
 */

import type { Exchange } from "../aws/sts.ts";
import { UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { assertionRemarks } from "../saml/remarks.ts";
import type { OfferedRole } from "../saml/roles.ts";
import type { Secret } from "../secret.ts";
import { chooseRole } from "./choose_role.ts";
import { converse } from "./conversation.ts";
import { type ChoiceMemory, showingEndpoint, type SignInRequest } from "./request.ts";
import type { ConversationWorld, End, Next } from "./next.ts";
import { type SignedIn, warningsOf } from "./outcome.ts";
import { type DoneWords, successPage } from "./pages/pages.ts";
import { redeem, sharedError } from "./redeem.ts";

/** The world of a sign-in. */
export interface SignInWorld extends ConversationWorld {
  /** The SDK, loaded once the port is ours. */
  readonly loadExchange: () => Promise<Exchange>;
}

/**
 * Hands the credentials to whoever asked, while the tab still waits for its page.
 *
 * @returns what became of them, for the terminal, as a sentence without its final period
 */
export type Deliver = (signedIn: SignedIn) => Promise<string | Delivered>;

/** A delivery with more to it than a sentence. */
export interface Delivered {
  readonly sentence: string;
  /** The console's login URL, where the tab goes on to. */
  readonly console?: Secret | undefined;
  /** The words of its page. */
  readonly page?: DoneWords | undefined;
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
  { memory, deliver }: { readonly memory: ChoiceMemory; readonly deliver: Deliver },
): Promise<void> {
  const { watch, now } = world;

  const take = async (pair: OfferedRole, read: ReadAssertion): Promise<Next> => {
    const asked = { durationSeconds: request.durationSeconds, now: now() };
    for (const message of assertionRemarks(read.response.assertion, asked)) {
      watch({ kind: "detail", message });
    }
    const outcome = await redeem(pair, { read, request, world });
    if (outcome instanceof UserError) {
      return sharedError([outcome], read) ?? { kind: "failed", error: outcome };
    }
    // Two tabs, two good assertions: the first one that STS took is delivered, once.
    return { kind: "deliver", work: () => handOver(outcome) };
  };

  const handOver = async (signedIn: SignedIn): Promise<End> => {
    const done = await deliver(signedIn);
    const { sentence: delivered, console, page }: Delivered = typeof done === "string"
      ? { sentence: done }
      : done;
    // Also what nobody had to pick: a cached session is found by it, and somebody else is asked.
    const { role, provider, person } = signedIn;
    await memory.remember({ roleArn: role.text, providerArn: provider.text, person });
    watch({ kind: "signed-in", signedIn, delivered });
    for (const message of warningsOf(signedIn, now())) watch({ kind: "warning", message });
    return console !== undefined
      ? { kind: "console", login: console }
      : { kind: "done", page: successPage(signedIn, now(), page) };
  };

  await converse(request, { ...world, watch: showingEndpoint(watch, request) }, {
    title: request.role?.text ?? "a role to pick",
    expected: request,
    use: (read) => chooseRole(read, request, { memory, watch, use: (pair) => take(pair, read) }),
    prepare: world.loadExchange,
  });
}
