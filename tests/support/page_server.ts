/**
 * A listener that has nothing but pages, each at its name.
 *
 * @module
 */

import { type Page, pageResponse } from "../../src/sign_in/pages/page.ts";

/** A listener that runs. */
export interface PageServer extends AsyncDisposable {
  readonly urlOf: (name: string) => string;
}

/** Serves pages; what goes on by itself to another address stays. */
export function servePages(pages: Readonly<Record<string, Page>>): PageServer {
  const stop = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, signal: stop.signal };
  const server = Deno.serve(options, (request) => {
    const page = pages[new URL(request.url).pathname.slice(1)];
    if (page === undefined) return new Response(null, { status: 404 });
    const { refresh: _, ...stays } = page;
    return pageResponse(stays);
  });
  return {
    urlOf: (name) => `http://localhost:${server.addr.port}/${name}`,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await server.finished;
    },
  };
}
