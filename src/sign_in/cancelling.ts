/**
 * A conversation that somebody else ends when the person cancels.
 *
 * @module
 */

import type { Secret } from "../secret.ts";
import type { Place, Reply } from "./listener/acs.ts";
import type { Page } from "./pages/page.ts";
import type { Talk } from "./talk.ts";

/** Passes everything on but a failure: with several who wait, it is not for the page to say whose it is. */
export class Cancelling implements Talk {
  readonly #talk: Talk;
  readonly fail: Talk["fail"];

  /** @param fail what a failure ends instead of the conversation */
  constructor(talk: Talk, fail: Talk["fail"]) {
    this.#talk = talk;
    this.fail = fail;
  }

  get over(): boolean {
    return this.#talk.over;
  }

  get startPath(): string | undefined {
    return this.#talk.startPath;
  }

  finish(page: Page): Page {
    return this.#talk.finish(page);
  }

  goOn(login: Secret): Reply {
    return this.#talk.goOn(login);
  }

  refuse(...refusal: Parameters<Talk["refuse"]>): Page {
    return this.#talk.refuse(...refusal);
  }

  serve(path: string, place: Place): void {
    this.#talk.serve(path, place);
  }

  close(): void {
    this.#talk.close();
  }

  busy(key: string, work: () => Promise<Reply>): Promise<Reply> {
    return this.#talk.busy(key, work);
  }

  notBefore(instant: number): void {
    this.#talk.notBefore(instant);
  }
}
