/**
 * Bytes at the sockets: real listeners in this process, and after every hostile connection an honest one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { drawn, isMessage, Lines, parsed } from "../../src/sharing/messages.ts";
import { fieldsOf } from "../../src/text.ts";
import { connect, readMeeting } from "../../src/sharing/meeting.ts";
import { acsHandler } from "../../src/sign_in/listener/acs.ts";
import { html } from "../../src/sign_in/pages/page.ts";
import { listenAnywhere } from "../../src/system/listen.ts";
import { eventually } from "../support/eventually.ts";
import { Scene } from "../support/sharing_scene.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import type { Subject, Taken, Target } from "./fuzz.ts";
import type { Material } from "./mutate.ts";

/** How long the other end may take to hang up, milliseconds: many times what it takes on a busy machine. */
const PATIENCE_MS = 60_000;

/** Hostile connections at once; the listener takes 64, and knows whose they are together. */
const AT_ONCE = 40;

/** An input as bytes: one for each character, where none is beyond a byte. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  // deno-lint-ignore no-control-regex -- all bytes
  if (!/^[\x00-\xff]*$/.test(text)) return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** How somebody ends who has sent all. */
type End =
  /** Says so, and reads on. */
  | "half"
  /** Hangs up when the first of an answer has come, or none has for a while. */
  | "answered"
  /** Waits for the other end to hang up. */
  | "whole";

/** How long an answer may take until it is given up by those who want any, milliseconds. */
const SILENT_MS = 100;

/** Sends bytes and returns what comes back. */
async function exchange(
  address: Deno.ConnectOptions,
  bytes: Uint8Array,
  end: End,
): Promise<string> {
  const connection = await Deno.connect(address);
  let late = false;
  let closed = false;
  const close = () => {
    if (!closed) connection.close();
    closed = true;
  };
  const timer = setTimeout(() => {
    late = end !== "answered";
    close();
  }, end === "answered" ? SILENT_MS : PATIENCE_MS);
  const sending = (async () => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    if (end === "half") await connection.closeWrite();
  })().catch(() => {});
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  try {
    for (let size; (size = await connection.read(buffer)) !== null;) {
      text += decoder.decode(buffer.subarray(0, size), { stream: true });
      if (end === "answered" && text.includes("\n")) break;
    }
  } catch {
    // Reset, or closed here.
  }
  clearTimeout(timer);
  if (end !== "half") close();
  await sending;
  close();
  assert.ok(!late, "the other end does not hang up");
  return text;
}

/** Sends bytes and hangs up before anything comes. */
async function leave(address: Deno.ConnectOptions, bytes: Uint8Array): Promise<void> {
  using connection = await Deno.connect(address);
  await connection.write(bytes).catch(() => {});
}

/** Open descriptors of this process; Linux says. */
function descriptors(): number {
  return Deno.build.os === "linux" ? [...Deno.readDirSync("/proc/self/fd")].length : 0;
}

/** Fails unless every connection has been let go of. */
async function assertClosed(before: number): Promise<void> {
  await eventually("descriptors to be closed", () => descriptors() <= before + 2 || undefined);
}

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

const ORDER = {
  kind: "order",
  flags: { role: ["111122223333/Ops"], timeout: [], duration: [] },
};

/** What is sent to a sharing; what begins with "key" comes behind a proof of the right key. */
function lines(): Material {
  const nonce = JSON.stringify({ nonce: "11111111-2222-3333-4444-555555555555" });
  const proof = JSON.stringify({ proof: `${"A".repeat(43)}=` });
  const order = JSON.stringify(ORDER);
  const corpus = [
    `${nonce}\n${proof}\n${order}\n`,
    `${order}\n`,
    `${nonce}\n${order}\n{"kind":"leave"}\n`,
    `${nonce}\n`,
    `${nonce}\n${nonce}\n`,
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    `{"nonce":null}\n{"proof":null}\n`,
    `key${order}\n`,
    `key{"kind":"order","flags":{"role":["nonsense"]},"policy":"{}","region":{"name":"x"}}\n`,
    `key{"kind":"leave"}\n`,
  ];
  const words = [
    ...[
      "\n",
      "{",
      "}",
      "[",
      "]",
      '"',
      ":",
      ",",
      "null",
      "true",
      "1e999",
      '"nonce"',
      '"proof"',
      '"kind"',
    ],
    ...[
      '"order"',
      '"leave"',
      '"flags"',
      '"error"',
      '"__proto__"',
      "\\u0000",
      "\\ud800",
      "\0",
      "\xff",
    ],
    ...["A".repeat(43), "=", '{"kind":"kept"}\n', '{"kind":"failed","error":{}}\n', "key", "\r\n"],
  ];
  return { corpus, words };
}

async function openSharing(): Promise<Subject> {
  const before = descriptors();
  const scene = new Scene({ lingerMs: 600_000 });
  await scene.serve();
  const meeting = readMeeting(scene.path);
  assert.ok(meeting);
  const { port, key } = meeting;
  const address = { hostname: "127.0.0.1", port };
  // Who waits for a sign-in that goes on all the time. To prove itself it has a second: on a busy machine that is not
  // enough, and a caller of the program tries again as well.
  const waiting = await eventually("the server", () => scene.order("111122223333/Dev"));
  await waiting.answer("draw");
  const serving = descriptors();
  let active = 0;
  const connected = () => eventually("a caller with the key to be served", () => connect(meeting));
  const honestly = async () => {
    const caller = await connected();
    caller.write(ORDER);
    const kinds: unknown[] = [];
    while (!kinds.includes("wait")) {
      const answer = fieldsOf(await caller.read());
      assert.ok(answer.has("kind"), `an honest order ends behind ${kinds}`);
      kinds.push(answer.get("kind"));
    }
    await caller.write({ kind: "leave" });
    caller.close();
  };
  /** With the right key. */
  const proven = async (text: string) => {
    const caller = await connected();
    const sent = parsed(text.split("\n", 1)[0] ?? "");
    caller.write(sent === undefined ? "nothing" : sent);
    caller.write({ kind: "leave" });
    const kinds: unknown[] = [];
    for (let answer; (answer = await caller.read()) !== undefined;) {
      kinds.push(fieldsOf(answer).get("kind"));
    }
    caller.close();
    return `proven: ${kinds}`;
  };
  return {
    read: async (input) => {
      active++;
      try {
        let outcome = "hung up";
        if (input.startsWith("key") && input.length < 100_000) {
          outcome = await proven(input.slice(3));
        } else if (input.length % 5 === 0) await leave(address, bytesOf(input));
        else {
          const answer = await exchange(address, bytesOf(input), "half");
          assert.ok(!answer.includes(key), "the key is told");
          const told = answer.split("\n").slice(0, -1).map((
            line,
          ) => [...fieldsOf(parsed(line)).keys()]);
          if (answer !== "") assert.deepEqual(told, [["nonce", "proof"]], "more than the proof");
          outcome = answer === "" ? "nothing" : "a nonce and a proof";
        }
        await honestly();
        assert.ok(!waiting.kinds().includes("failed"), "who waits was told that it failed");
        return [outcome];
      } finally {
        active--;
      }
    },
    async settle() {
      if (active === 0) await assertClosed(serving);
    },
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await assertClosed(before + 2);
    },
  };
}

/** Lines as a connection brings them, in pieces of any size. */
function openMessages(): Subject {
  return {
    read: async (input): Promise<Taken> => {
      const bytes = bytesOf(input);
      const piece = 1 + bytes.length % 97;
      let at = 0;
      let closed = 0;
      const end = new Lines({
        read: (buffer) => {
          if (closed > 0) return Promise.reject(new Deno.errors.BadResource("closed"));
          const part = bytes.subarray(at, at + Math.min(buffer.length, piece * 100));
          at += part.length;
          buffer.set(part);
          return Promise.resolve(part.length === 0 ? null : part.length);
        },
        write: (part) => Promise.resolve(part.length),
        close: () => void closed++,
      });
      const kinds: string[] = [];
      for (let value; (value = await end.read(1000)) !== undefined;) {
        if (isMessage(value, "failed")) {
          assert.ok(!("error" in value) || value.error instanceof UserError);
        }
        if (isMessage(value, "state") && Array.isArray(value.state)) drawn(value.state);
        await end.write(value);
        kinds.push(String(fieldsOf(value).get("kind")).slice(0, 10));
      }
      end.close();
      assert.equal(closed, 1);
      return [`${kinds.length} lines`, kinds];
    },
  };
}

/** The targets that are sockets, and the lines of one of them. */
export const SOCKET_TARGETS: readonly Target[] = [
  { name: "sharing/messages", material: lines, open: openMessages },
  {
    name: "socket of the listener",
    socket: true,
    material: requests,
    open: openListener,
    // Answered with a 500.
    found: [`GET http://e>vil.example/ HTTP/1.1\r\nHost: localhost:${PORT}\r\n\r\n`],
    atOnce: AT_ONCE,
    shortRuns: 60,
  },
  {
    name: "socket of the sharing",
    socket: true,
    material: lines,
    open: openSharing,
    // Ended the process.
    found: [`{"nonce":"n"}\n{"proof":"${"_".repeat(43)}="}\n`],
    atOnce: 8,
    shortRuns: 60,
  },
];
