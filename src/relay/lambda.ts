/**
 * The relay as an AWS Lambda function behind a function URL, or an HTTP API of API Gateway: both send events of
 * version 2.0.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 * @module
 */

import { relayHandler, type RelayOptions } from "./handler.ts";

/** An event, as far as it is needed here. */
export interface LambdaEvent {
  readonly version: string;
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly http: { readonly method: string; readonly sourceIp: string };
  };
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** The answer to an event. */
export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** Makes the function that Lambda calls: `export const handler = lambdaHandler()`. */
export function lambdaHandler(
  options: RelayOptions = {},
): (event: LambdaEvent) => Promise<LambdaResult> {
  const handle = relayHandler(options);
  return async (event) => {
    const { method, sourceIp } = event.requestContext.http;
    const remoteAddr = { transport: "tcp", hostname: sourceIp, port: 0 } as const;
    const response = await handle(requestOf(event, method), { remoteAddr });
    // Lambda has its own connections.
    response.headers.delete("connection");
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
      isBase64Encoded: false,
    };
  };
}

function requestOf(event: LambdaEvent, method: string): Request {
  const { rawPath, rawQueryString, headers, body, isBase64Encoded } = event;
  // Whatever host the request names, it plays no part here.
  const url = new URL("https://relay.invalid");
  url.pathname = rawPath;
  url.search = rawQueryString ?? "";
  const hasBody = body !== undefined && !/^(?:GET|HEAD)$/i.test(method);
  return new Request(url, {
    // Those that no Request can have get the same answer.
    method: METHOD.test(method) ? method : "OPTIONS",
    headers: headersOf(headers),
    ...(hasBody && {
      body: isBase64Encoded ? Uint8Array.from(atob(body), (each) => each.charCodeAt(0)) : body,
    }),
  });
}

/** A method that a Request can have. */
const METHOD = /^(?!(?:CONNECT|TRACE|TRACK)$)[\w!#$%&'*+.^`|~-]+$/i;

function headersOf(from: LambdaEvent["headers"] = {}): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && isHeader(name, value)) headers.set(name, value);
  }
  return headers;
}

/** Tells if a Request can have this header; those that are of use here are plain. */
function isHeader(name: string, value: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
