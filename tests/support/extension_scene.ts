/**
 * What the extension is tested with: an IdP whose form goes to AWS, AWS's sign-in, and the driver's listener as
 * often as a test wants one.
 *
 * @module
 */

import { acsHandler } from "../../src/sign_in/listener/acs.ts";
import { EXTENSION_HEADER, startPath } from "../../src/sign_in/listener/start.ts";
import { html, type Page } from "../../src/sign_in/pages/page.ts";
import { type AwsSignIn, startAwsSignIn } from "./aws_sign_in.ts";
import type { Tab } from "./browser_tabs.ts";
import { eventually } from "./eventually.ts";
import { type LoopbackServer, serveLoopback } from "./loopback_http.ts";

/** Where the IdP posts to. */
export const AWS_HOSTS = ["signin.aws.amazon.com", "eu-west-1.signin.aws.amazon.com"];

/** Base64 that is encoded in a form, and a state after it. */
export const FORM = `SAMLResponse=${encodeURIComponent("PHNhbWw+/+A=".repeat(800))}&RelayState=` +
  "https%3A%2F%2Fidp.example%2F%3Fa%3Db%26c%C3%A4";

/** A driver's listener. */
export interface Listener extends AsyncDisposable {
  readonly start: string;
  /** What was posted to the ACS, as it came. */
  readonly bodies: readonly string[];
}

/** A scene of the tests. */
export interface ExtensionScene extends AsyncDisposable {
  readonly aws: AwsSignIn;
  /**
   * The page where a sign-in begins, which leads to `/post`. `?policy` gives it and the next one a form-action,
   * `?to=HOST` another host, `?by=SCRIPT` another way to submit.
   */
  readonly idp: string;
  listen(): Listener;
  /** A program that is no driver, and says what a driver says. */
  listenAsImpostor(): Impostor;
}

/** One that runs. */
export interface Impostor extends AsyncDisposable {
  readonly start: string;
  /** What the extension has asked it. */
  readonly asked: readonly string[];
}

/** Sets the scene. */
export function setExtensionScene(port: number): ExtensionScene {
  const stack = new AsyncDisposableStack();
  const aws = stack.use(startAwsSignIn(AWS_HOSTS));
  const idp = stack.use(startPostingIdp());
  return {
    aws,
    idp: `${idp.url}/`,
    listen: () => startListener(port, `${idp.url}/`),
    listenAsImpostor: () => startImpostor(port),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** An IdP with a sign-in page, a dashboard that opens tabs, and a page whose form posts itself. */
function startPostingIdp(): LoopbackServer {
  return serveLoopback(({ target }) => {
    const { pathname, search, searchParams } = new URL(target, "http://idp");
    const host = searchParams.get("to") ?? AWS_HOSTS[0];
    const policy = searchParams.has("policy")
      ? { "Content-Security-Policy": `form-action 'self' https://${host}` }
      : {};
    const inputs = [...new URLSearchParams(FORM)]
      .map(([name, value]) =>
        `<input type="hidden" name="${name}" value="${value.replaceAll("&", "&amp;")}">`
      );
    const body = pathname === "/post"
      ? `<form method="post" action="https://${host}/saml">${inputs.join("")}
         <button id="go">Continue</button></form>
         <script>${searchParams.get("by") ?? "document.forms[0].submit()"}</script>`
      : `<h1>Identity provider</h1><a id="here" href="/post${search}">Sign in</a>
         <a id="tab" href="/post${search}" target="_blank" rel="noopener">Sign in in a new tab</a>
         <button id="window" onclick="window.open('/post${search}')">Sign in in a window</button>`;
    return {
      status: pathname === "/" || pathname === "/post" ? 200 : 404,
      headers: { "Content-Type": "text/html; charset=utf-8", ...policy },
      body: `<!doctype html>${body}`,
    };
  });
}

function startListener(port: number, idp: string): Listener {
  const nonce = crypto.randomUUID();
  const origin = new URL(`http://localhost:${port}`);
  const bodies: string[] = [];
  let isOver = false;
  const page = (title: string): Page => ({ status: 200, title, mood: "good", body: html`` });
  const handle = acsHandler({
    origin,
    start: { nonce, cookie: crypto.randomUUID(), url: new URL(idp), onOpened: () => {} },
    isOver: () => isOver,
    waiting: () => page("Waiting"),
    receive: () => Promise.resolve(page("Received")),
  });
  const server = serveLoopback(async ({ method, target, headers, body }) => {
    if (method === "POST" && target === "/saml") bodies.push(body);
    const answer = await handle(
      new Request(new URL(target, origin), { method, headers, ...method === "POST" && { body } }),
    );
    const { status } = answer;
    return { status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  }, { port });
  return {
    start: new URL(startPath(nonce), origin).href,
    bodies,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await server.close();
    },
  };
}

function startImpostor(port: number): Impostor {
  const asked: string[] = [];
  const server = serveLoopback(({ method, target }) => {
    if (target.endsWith("/extension")) {
      asked.push(`${method} ${target}`);
      return { status: 204 };
    }
    return {
      status: 200,
      headers: { "Content-Type": "text/html", [EXTENSION_HEADER]: "arm" },
      body: `<h1>Impostor</h1><a id="again" href="/start/again">Again</a>`,
    };
  }, { port });
  return {
    start: `http://localhost:${port}/start/${crypto.randomUUID()}`,
    asked,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Waits until a tab shows a page with this heading. */
export async function arrives(tab: Pick<Tab, "text" | "url">, heading: string): Promise<void> {
  let shown: string | undefined;
  try {
    await eventually(heading, async () => {
      shown = await tab.text("h1");
      return shown === heading || undefined;
    });
  } catch (cause) {
    throw new Error(`Waited for "${heading}", but ${await tab.url()} shows "${shown}"`, { cause });
  }
}
