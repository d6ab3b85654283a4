/**
 * The pages that answer forms, and the tabs that are on their way to them.
 *
 * @module
 */

import type { Page } from "../pages/page.ts";

/** The answer to a form: a page, or the way to one of this listener's own addresses. */
export type Reply = Page | Way;

/** The way to an address of this listener. */
export interface Way {
  readonly redirect: string;
  /** The cookie that the browser is given for it. */
  readonly cookie?: string;
}

/** The most pages that are kept; any web page can have more of them made. */
const MOST_PAGES = 100;

/** The longest time that a tab may be on its way, milliseconds. */
const WAY_MS = 5000;

/**
 * Leads each tab that posts a form to an address: who reloads what is there posts no assertion once more, which
 * another program would receive that has the port by then.
 */
export class Answers {
  readonly #pages = new Map<string, Page>();
  /** The forms that are being used. */
  #forms = 0;
  #led: readonly { readonly path: string; readonly since: number }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onSettled: (() => void) | undefined;

  /** Keeps a page, and returns its path. */
  add(page: Page): string {
    const path = `/answer/${crypto.randomUUID()}`;
    this.#pages.set(path, page);
    const [oldest = path] = this.#pages.keys();
    if (this.#pages.size > MOST_PAGES) this.#pages.delete(oldest);
    return path;
  }

  /** Returns the page at a path. */
  at(path: string): Page | undefined {
    return this.#pages.get(path);
  }

  /** Uses a form, and returns where its tab is led. */
  async lead(use: () => Promise<Reply>): Promise<Way> {
    this.#forms++;
    try {
      const reply = await use();
      const way = "redirect" in reply ? reply : { redirect: this.add(reply) };
      const path = new URL(way.redirect, "http://localhost").pathname;
      this.#led = [...this.#led, { path, since: performance.now() }];
      return way;
    } finally {
      this.#forms--;
      this.#settle();
    }
  }

  /** A tab has come for what is at a path. */
  came(path: string): void {
    const index = this.#led.findIndex((each) => each.path === path);
    if (index >= 0) this.#led = this.#led.toSpliced(index, 1);
    this.#settle();
  }

  /** Calls back once when every tab that posted has come for its page; after so many milliseconds in any case. */
  onSettled(ms: number, settled: () => void): void {
    this.#onSettled = settled;
    this.#timer = setTimeout(settled, ms);
  }

  /** Calls nobody back any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#onSettled = undefined;
  }

  #settle(): void {
    // One that was closed never comes.
    this.#led = this.#led.filter(({ since }) => since > performance.now() - WAY_MS);
    if (this.#forms === 0 && this.#led.length === 0) this.#onSettled?.();
  }
}
