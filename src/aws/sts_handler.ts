/**
 * Sends requests to STS: protects the assertion on the way, and tells STS from anything else that responds.
 *
 * @module
 */

import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { type HttpHandler, type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { SaxesParser } from "saxes";
import { insecureEndpoint, isGuarded } from "./partition.ts";
import { incomplete, TransportError, transportError } from "./unreachable.ts";
import { readBounded } from "../bounded_body.ts";
import { UserError } from "../errors.ts";
import { Deadline } from "../wait.ts";

/** How long one attempt may take, milliseconds. */
const TRY_MS = 12_000;

/** More than any response from STS; an endless page is cut off here. */
const MAX_ANSWER_BYTES = 1_000_000;

/**
 * The SDK's fetch handler, guarded: it sends an assertion only over TLS or to this machine, follows no
 * redirects, has a deadline for each attempt, and refuses responses that are web pages.
 */
export class StsHandler implements HttpHandler {
  readonly #inner: FetchHttpHandler;
  readonly #tryMs: number;

  /**
   * @param client a client that trusts extra CAs, or `undefined` for fetch's own
   * @param tryMs how long one attempt may take, milliseconds
   */
  constructor(client: Deno.HttpClient | undefined, tryMs: number = TRY_MS) {
    this.#tryMs = tryMs;
    this.#inner = new FetchHttpHandler({
      // An assertion is a bearer token: it goes where it was sent and nowhere else.
      requestInit: () => ({ redirect: "manual", ...(client !== undefined && { client }) }),
    });
  }

  /**
   * Sends one request. Throws a UserError for an endpoint without TLS and for credentials in an answer that is not
   * whole, otherwise a TransportError.
   */
  async handle(
    request: HttpRequest,
    options: { readonly abortSignal?: unknown } = {},
  ): Promise<{ response: HttpResponse }> {
    const { protocol, hostname, port } = request;
    const endpoint = `${protocol}//${hostname}${port ? `:${port}` : ""}`;
    if (!isGuarded({ protocol, hostname })) throw insecureEndpoint(endpoint);
    const outer = options.abortSignal instanceof AbortSignal ? options.abortSignal : undefined;
    // A slow body counts as well.
    using deadline = new Deadline(this.#tryMs, outer);
    const { signal } = deadline;
    try {
      const { response } = await this.#inner.handle(request, { abortSignal: signal });
      const stream: ReadableStream<Uint8Array> | null = response.body instanceof ReadableStream
        ? response.body
        : null;
      const body = await readBounded(stream, { maxBytes: MAX_ANSWER_BYTES, signal });
      refuseWebPage(response, body, endpoint);
      // A refusal that is torn is one all the same.
      if (response.statusCode < 300 && !isWholeXml(body)) throw incomplete();
      return { response: new HttpResponse({ ...response, body }) };
    } catch (error) {
      // Without a cause: the SDK also looks there for reasons to retry, and a retry after the end would
      // keep the process alive for the length of its pause.
      if (outer?.aborted) {
        throw new TransportError("timeout", endpoint, { detail: "given up", final: true });
      }
      if (error instanceof TransportError || error instanceof UserError) throw error;
      throw transportError(error, endpoint, deadline);
    }
  }

  /** Part of the SDK's interface; this handler has no settings. */
  updateHttpClientConfig(): void {}

  /** Part of the SDK's interface. */
  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

/** The beginning of STS's responses, possibly after an XML declaration. */
const STS_ANSWER = /<(AssumeRoleWithSAMLResponse|ErrorResponse)[\s>]/;

/**
 * Refuses responses that are not STS's own XML. A page, or a redirect to one, is from a captive portal or a
 * proxy that wants a sign-in; a line of text or JSON is from a proxy or a gateway.
 */
function refuseWebPage(response: HttpResponse, body: Uint8Array, endpoint: string): void {
  const { statusCode, headers } = response;
  const type = headers["content-type"] ?? "";
  const start = new TextDecoder().decode(body.subarray(0, 1000));
  if (statusCode === 407) {
    throw new TransportError("proxy", endpoint, { detail: "HTTP 407", statusCode });
  }
  const redirected = statusCode >= 300 && statusCode < 400;
  if (redirected || /html/i.test(type) || /<!doctype html|<html[\s>]/i.test(start)) {
    throw new TransportError("not-sts", endpoint, {
      detail: redirected ? `HTTP ${statusCode} redirect` : `HTTP ${statusCode} with a web page`,
      statusCode,
    });
  }
  if (!STS_ANSWER.test(start)) {
    throw new TransportError("not-sts", endpoint, {
      detail: body.byteLength === 0
        ? `HTTP ${statusCode} with an empty body`
        : `HTTP ${statusCode} with unexpected content`,
      statusCode,
    });
  }
}

/** Several times as deep as STS's answers: the parser takes the square of it. */
const MAX_DEPTH = 20;

/** Tells if a body is one well-formed document: the SDK's own parser reads on over what is not. */
function isWholeXml(body: Uint8Array): boolean {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const refuse = () => {
    throw new Error("not STS's own");
  };
  let depth = 0;
  parser.on("doctype", refuse);
  parser.on("opentag", () => {
    if (++depth > MAX_DEPTH) refuse();
  });
  parser.on("closetag", () => void depth--);
  try {
    parser.write(new TextDecoder("utf-8", { fatal: true }).decode(body)).close();
    return true;
  } catch {
    // Its words may quote a secret key.
  }
  return false;
}
