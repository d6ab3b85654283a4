/**
 * A browser's tab at the driver's role picker, without a browser: it posts the assertion, follows to the
 * page, and posts what is chosen with the headers that browsers send.
 *
 * @module
 */

import assert from "node:assert/strict";
import { detailOf, headingOf } from "./page_text.ts";

/** Sends a request to the driver and returns its answer; redirects are not followed, cookies are not kept. */
export type Send = (request: Request) => Promise<Response>;

/** What a tab shows. */
export interface Shown {
  readonly status: number;
  readonly heading: string;
  /** The words of an error. */
  readonly detail: string;
  readonly text: string;
  readonly location: string | null;
}

/** Headers to send instead; `null` leaves one out. */
export type Headers = Readonly<Record<string, string | null>>;

/** What browsers send along when a page posts a form to its own origin. */
export const OWN_FORM: Readonly<Record<string, string>> = {
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};

/** A tab of a driver on a network. */
export const overNetwork: Send = (request) => fetch(request, { redirect: "manual" });

/** Makes a browser, which keeps the cookies that it is given, by host as browsers do. */
export function browserOf(send: Send): Send {
  const jars = new Map<string, Map<string, string>>();
  return async (request) => {
    const { hostname } = new URL(request.url);
    const jar = jars.get(hostname) ?? new Map<string, string>();
    jars.set(hostname, jar);
    if (jar.size > 0) request.headers.set("cookie", [...jar.values()].join("; "));
    const answer = await send(request);
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = cookie.split("; ");
      const [name = ""] = pair.split("=");
      if (attributes.includes("Max-Age=0")) jar.delete(name);
      else jar.set(name, pair);
    }
    return answer;
  };
}

/**
 * Goes where a browser is led after a form: to the page that answers it, or back to the same one. The way to a
 * page that asks or leads on is left to the test.
 */
export async function followed(
  send: Send,
  answer: Response,
  to: Pick<Request, "url" | "headers">,
): Promise<Response> {
  if (answer.status !== 303) return answer;
  const way = answer.headers.get("location") ?? "";
  if (!way.startsWith("/answer/") && way !== new URL(to.url).pathname) return answer;
  await answer.body?.cancel();
  const headers = { "sec-fetch-dest": "document", "sec-fetch-site": "cross-site" };
  const host = to.headers.get("host");
  const sent = host === null ? headers : { host, ...headers };
  return await send(new Request(new URL(way, to.url), { headers: sent }));
}

/** Posts an assertion as an IdP's page has it posted. */
export async function postAssertion(send: Send, acsUrl: string, base64: string): Promise<Shown> {
  return await shownBy(
    send,
    new Request(acsUrl, {
      method: "POST",
      headers: {
        host: new URL(acsUrl).host,
        origin: "null",
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
      },
      body: new URLSearchParams({ SAMLResponse: base64 }).toString(),
    }),
  );
}

/**
 * Posts an assertion, and follows to the page on which the person picks.
 *
 * @param start the address that the browser was at first
 */
export async function openPicker(
  send: Send,
  acsUrl: string,
  base64: string,
  start?: string,
): Promise<PickerTab> {
  const browser = browserOf(send);
  if (start !== undefined) await visitStart(browser, start);
  const { status, location, text } = await postAssertion(browser, acsUrl, base64);
  assert.equal(status, 303, text);
  const tab = new PickerTab(browser, new URL(location ?? "", acsUrl));
  await tab.open();
  return tab;
}

/**
 * Makes the browser that the person is signing in with: before it sends anything else it was at the start address.
 *
 * @param start that address; `undefined` for a sign-in that begins at the IdP
 */
export function personsBrowser(
  send: Send,
  start: () => Promise<string | undefined>,
): Send {
  const browser = browserOf(send);
  const visit = async () => {
    const address = await start();
    if (address !== undefined) await visitStart(browser, address);
  };
  let visited: Promise<void> | undefined;
  return async (request) => {
    await (visited ??= visit());
    return await browser(request);
  };
}

/** Takes a browser to the start address, and not on to the IdP; returns where it is led. */
export async function visitStart(browser: Send, start: string): Promise<string> {
  const { host } = new URL(start);
  const answer = await browser(new Request(start, { headers: { host } }));
  await answer.body?.cancel();
  assert.equal(answer.status, 303, start);
  return answer.headers.get("location") ?? "";
}

/** One tab with a picker. */
export class PickerTab {
  /** The page as it was when it was opened. */
  page: Shown = { status: 0, heading: "", detail: "", text: "", location: null };
  readonly url: URL;
  readonly #send: Send;

  constructor(send: Send, url: URL) {
    this.#send = send;
    this.url = url;
  }

  /** Opens the page, and keeps it. */
  async open(): Promise<Shown> {
    return this.page = await this.look();
  }

  /** Asks for the page anew, without keeping it. */
  async look(headers: Headers = {}): Promise<Shown> {
    const sent = present({
      host: this.url.host,
      "sec-fetch-dest": "document",
      "sec-fetch-site": "cross-site",
      ...headers,
    });
    return await shownBy(this.#send, new Request(this.url, { headers: sent }));
  }

  /** What the page's form proves itself with. */
  get token(): string {
    return /name="token" value="([^"]+)"/.exec(this.page.text)?.[1] ?? "";
  }

  /** The roles in the order of the page: what the form posts, and what a person reads. */
  get roles(): readonly { readonly key: string; readonly name: string }[] {
    const buttons = /<button[^>]*name="role"\s+value="([^"]*)">(.*?)<\/button>/gs;
    return [...this.page.text.matchAll(buttons)].map(([, key = "", inner = ""]) => ({
      key,
      name: inner.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ").trim(),
    }));
  }

  /** Picks the role whose button begins with this name. */
  async choose(name: string, headers: Headers = {}): Promise<Shown> {
    const role = this.roles.find((each) => each.name.startsWith(name));
    assert.ok(role, `no ${name} among ${this.roles.map((each) => each.name)}`);
    return await this.submit({ token: this.token, role: role.key }, headers);
  }

  /** Presses Cancel. */
  async cancel(): Promise<Shown> {
    return await this.submit({ token: this.token, cancel: "1" });
  }

  /** Posts any form to the choosing address. */
  async submit(form: Readonly<Record<string, string>>, headers: Headers = {}): Promise<Shown> {
    const sent = present({
      host: this.url.host,
      origin: this.url.origin,
      "content-type": "application/x-www-form-urlencoded",
      ...OWN_FORM,
      ...headers,
    });
    const body = new URLSearchParams(form).toString();
    return await shownBy(
      this.#send,
      new Request(this.url, { method: "POST", headers: sent, body }),
    );
  }
}

function present(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => value === null ? [] : [[name, value]]),
  );
}

async function shownBy(send: Send, request: Request): Promise<Shown> {
  const { url, headers } = request;
  const answer = await followed(send, await send(request), { url, headers });
  const text = await answer.text();
  return {
    status: answer.status,
    heading: headingOf(text),
    detail: detailOf(text),
    text,
    location: answer.headers.get("location"),
  };
}
