/**
 * Bytes at the socket of the listener: a real one in this process, and after every hostile connection an honest form.
 *
 * @module
 */

import assert from "node:assert/strict";
import { acsHandler } from "../../src/sign_in/listener/acs.ts";
import { html } from "../../src/sign_in/pages/page.ts";
import { listenAnywhere } from "../../src/system/listen.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import type { Subject, Target } from "./fuzz.ts";
import type { Material } from "./mutate.ts";
import { assertClosed, bytesOf, descriptors, exchange, leave } from "./sockets.ts";

/** Hostile connections at once; the listener takes 64, and knows whose they are together. */
const AT_ONCE = 40;

const PORT = 8090;

/** Requests as they are sent; the port in them is the listener's once it has one. */
function requests(): Material {
  const host = `Host: localhost:${PORT}\r\n`;
  const form = "Content-Type: application/x-www-form-urlencoded\r\n";
  const body = "SAMLResponse=abc&RelayState=x";
  const post = (headers: string, content = body) =>
    `POST /saml HTTP/1.1\r\n${host}${form}${headers}\r\n${content}`;
  const corpus = [
    `GET / HTTP/1.1\r\n${host}Accept: text/html\r\nUser-Agent: x\r\n\r\n`,
    post(`Content-Length: ${body.length}\r\n`),
    post(
      "Transfer-Encoding: chunked\r\n",
      `5\r\nSAMLR\r\n8;x=y\r\nesponse=\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n`,
    ),
    post(`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n`),
    post(`Content-Length: 3\r\nContent-Length: 4\r\n`),
    post(`Content-Length: 1000\r\nExpect: 100-continue\r\n`, ""),
    post(
      `Content-Length: ${body.length}\r\nSec-Fetch-Dest: iframe\r\nOrigin: https://evil.example\r\n`,
    ),
    `GET /saml?SAMLResponse=abc HTTP/1.1\r\n${host}\r\nGET /favicon.ico HTTP/1.1\r\n${host}\r\n`,
    `GET /start/again HTTP/1.1\r\n${host}Cookie: a=b; stssamldriver-${PORT}=c\r\n\r\n`,
    `GET /start/guess HTTP/1.1\r\n${host}X-Stssamldriver-Extension: 1\r\n\r\n`,
    `POST /answer/00000000-0000-0000-0000-000000000000 HTTP/1.1\r\n${host}${form}Content-Length: 3\r\n\r\na=b`,
    `OPTIONS * HTTP/1.1\r\n${host}Access-Control-Request-Method: POST\r\n\r\n`,
    `GET http://evil.example/ HTTP/1.1\r\n${host}\r\n`,
    `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`,
    `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    `GET / HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.0\r\n\r\n",
    `HEAD / HTTP/1.0\r\n${host}\r\n`,
  ];
  const words = [
    ...[
      "\r\n",
      "\r\n\r\n",
      "\n",
      "\r",
      "GET ",
      "POST ",
      "HTTP/1.1",
      "HTTP/1.0",
      "HTTP/9.9",
      "Host: ",
    ],
    ...[`localhost:${PORT}`, "evil.example", "Content-Length: ", "Transfer-Encoding: chunked\r\n"],
    ...[
      "0\r\n\r\n",
      "ffffffff\r\n",
      "Content-Type: ",
      "/saml",
      "/start/",
      "//",
      "/../",
      "%2f",
      "%00",
    ],
    ...[
      "Connection: close\r\n",
      "Connection: keep-alive\r\n",
      "Expect: 100-continue\r\n",
      "Cookie: ",
    ],
    ...[
      "SAMLResponse=",
      "&",
      "X: y\r\n",
      " : ",
      "\t",
      "*",
      "-1",
      "18446744073709551616",
      "\x00",
      "\xff",
    ],
  ];
  return { corpus, words };
}

async function openListener(): Promise<Subject> {
  const before = descriptors();
  const honest = new Set<string>();
  let handler: (request: Request) => Promise<Response> = () => Promise.reject(new Error("not yet"));
  const listener = await listenAnywhere((request) => handler(request));
  const { port } = listener;
  const page = { status: 200, title: "Page", mood: "neutral", body: html`<p>body</p>` } as const;
  handler = acsHandler({
    origin: new URL(`http://localhost:${port}`),
    start: {
      nonce: `${FIXTURE_SECRET_MARKER}Nonce`,
      cookie: `${FIXTURE_SECRET_MARKER}Cookie`,
      url: new URL("https://idp.example/start"),
      onOpened: () => assert.fail("nobody knows the address"),
    },
    waiting: () => page,
    receive: (field) => {
      honest.delete(field);
      return Promise.resolve(page);
    },
  });
  let lost = false;
  listener.lost.catch(() => lost = true);
  const listening = descriptors();
  let active = 0;
  let count = 0;
  const honestly = async (hostname: string) => {
    const field = `honest${count++}`;
    honest.add(field);
    const body = `SAMLResponse=${field}`;
    const answer = await exchange(
      { hostname, port },
      bytesOf(
        `POST /saml HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n` +
          `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
      "whole",
    );
    assert.match(answer, /^HTTP\/1\.1 303 /, "an honest form is not answered");
    assert.ok(!honest.has(field), "an honest form is not taken");
  };
  return {
    read: async (input) => {
      active++;
      try {
        const bytes = bytesOf(input.replaceAll(String(PORT), String(port)));
        const hostname = bytes.length % 2 === 0 ? "127.0.0.1" : "::1";
        let outcome = "hung up";
        if (bytes.length % 5 === 0) await leave({ hostname, port }, bytes);
        else {
          const end = bytes.length % 5 === 1 ? "half" : "answered";
          const answer = await exchange({ hostname, port }, bytes, end);
          assert.ok(!answer.includes(FIXTURE_SECRET_MARKER), "an answer tells a secret");
          // Who asks for HTTP/2 is answered with its frames.
          const isHttp2 = answer.startsWith("\0\0");
          if (answer !== "" && !isHttp2) assert.match(answer, /^HTTP\/1\.[01] \d{3} /);
          const statuses = [...answer.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(([, status]) =>
            status
          );
          assert.ok(!statuses.some((status) => status?.startsWith("5")), `${statuses}`);
          outcome = statuses.slice(0, 4).join(" ") ||
            (isHttp2 ? "HTTP/2" : "no answer");
        }
        await honestly(hostname);
        assert.ok(!lost, "the port is lost");
        return [outcome];
      } finally {
        active--;
      }
    },
    async settle() {
      if (active === 0) await assertClosed(listening);
    },
    async [Symbol.asyncDispose]() {
      await listener.close(0);
      await assertClosed(before + 2);
    },
  };
}

/** The listener as a whole; `src/sign_in/listener/form.ts` is a target of its own. */
export const LISTENER_TARGET: Target = {
  name: "socket of the listener",
  socket: true,
  material: requests,
  open: openListener,
  // Answered with a 500.
  found: [`GET http://e>vil.example/ HTTP/1.1\r\nHost: localhost:${PORT}\r\n\r\n`],
  atOnce: AT_ONCE,
  shortRuns: 60,
};
