import assert from "node:assert/strict";
import { pause } from "../../src/wait.ts";
import {
  type HeadHandler,
  listenForPrograms,
  type RequestHead,
} from "../../src/system/program_listener.ts";

const GET = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

const ok: HeadHandler = ({ target }) =>
  Promise.resolve({ status: 200, headers: { "x-own": "y" }, body: `of ${target}` });

/** What comes back for these pieces, until the listener closes or the answers are there. */
async function sent(pieces: readonly string[], handler: HeadHandler = ok): Promise<string> {
  const listener = listenForPrograms(handler);
  try {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
    const reply = readAll(conn);
    for (const piece of pieces) {
      const bytes = Uint8Array.from(piece, (letter) => letter.charCodeAt(0));
      // One that was refused is not heard any more.
      await conn.write(bytes).catch(() => {});
      // Apart on the wire.
      await pause(5);
    }
    await conn.closeWrite().catch(() => {});
    return await reply;
  } finally {
    await listener.close();
  }
}

async function readAll(conn: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const buffer = new Uint8Array(1000);
  for (let size; (size = await conn.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
  }
  return text;
}

/** Status and connection header of each answer. */
const outline = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+) [\w ]+\r\n(?:.*\r\n)*?connection: ([\w-]+)\r\n/g)].map(
    ([, status, connection]) => `${status} ${connection}`,
  );

Deno.test("listenForPrograms: an answer has its length, a date and what the handler says", async () => {
  const [head = "", body] = (await sent([GET])).split("\r\n\r\n");
  const [first, ...lines] = head.split("\r\n");
  assert.equal(first, "HTTP/1.1 200 OK");
  assert.equal(body, "of /x");
  const headers = new Headers(lines.map((line) => line.split(": ", 2) as [string, string]));
  assert.equal(headers.get("content-length"), "5");
  assert.equal(headers.get("x-own"), "y");
  assert.ok(Math.abs(Date.parse(headers.get("date") ?? "") - Date.now()) < 60_000);
});

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["in one piece", [GET], ["200 keep-alive"]],
  ["in bytes", [...GET], ["200 keep-alive"]],
  ["after one another", [GET, GET], ["200 keep-alive", "200 keep-alive"]],
  ["at once", [GET + GET + GET], ["200 keep-alive", "200 keep-alive", "200 keep-alive"]],
  ["of HTTP/1.0", ["GET / HTTP/1.0\r\n\r\n"], ["200 close"]],
  [
    "of HTTP/1.0 that keeps its connection",
    ["GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"],
    ["200 keep-alive"],
  ],
  ["that is the last", ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n" + GET], ["200 close"]],
  ["with an empty body", ["GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"], ["200 keep-alive"]],
  ["that is not whole", ["GET / HTTP/1.1\r\nHost: h\r\n"], []],
  ["of line feeds only", ["GET / HTTP/1.1\n\nGET / HTTP/1.1\r\n\r\n"], ["400 close"]],
  ["with a body", ["POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n" + GET], ["400 close"]],
  [
    "attack: smuggled in a body's length",
    ["GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n" + GET],
    ["400 close"],
  ],
  [
    "attack: smuggled in chunks",
    ["GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET],
    ["400 close"],
  ],
  ["attack: a header that goes on", ["GET / HTTP/1.1\r\nA: b\r\n c: d\r\n\r\n"], ["400 close"]],
  ["attack: a blank before the colon", ["GET / HTTP/1.1\r\nHost : h\r\n\r\n"], ["400 close"]],
  ["attack: a NUL", ["GET / HTTP/1.1\r\nHost: h\0\r\n\r\n"], ["400 close"]],
  ["attack: blanks in the path", ["GET /a b HTTP/1.1\r\n\r\n"], ["400 close"]],
  ["attack: bytes beyond ASCII in the path", ["GET /\u00e9 HTTP/1.1\r\n\r\n"], ["400 close"]],
  ["attack: a head without end", [`GET / HTTP/1.1\r\nA: ${"a".repeat(17_000)}`], ["400 close"]],
  ["attack: a greeting of TLS", ["\x16\x03\x01\x02\0\x01\r\n\r\n"], ["400 close"]],
  ["of HTTP/2", ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], ["400 close"]],
];

for (const [what, pieces, answers] of CASES) {
  Deno.test(`listenForPrograms: a request ${what}`, async () => {
    assert.deepEqual(outline(await sent(pieces)), answers);
  });
}

Deno.test("listenForPrograms: the handler sees names in small letters, and what came twice with a comma", async () => {
  const heads: RequestHead[] = [];
  await sent(["GET /a?b HTTP/1.1\r\nX-A:  1 \r\nx-a: 2\r\nE:\r\n\r\n"], (head) => {
    heads.push(head);
    return ok(head);
  });
  const [{ method, target, headers } = assert.fail()] = heads;
  assert.deepEqual({ method, target, headers: [...headers] }, {
    method: "GET",
    target: "/a?b",
    headers: [["x-a", "1, 2"], ["e", ""]],
  });
});

Deno.test("listenForPrograms: an answer that the handler calls the last closes the connection", async () => {
  const last: HeadHandler = () =>
    Promise.resolve({ status: 503, headers: {}, body: "", last: true });
  assert.deepEqual(outline(await sent([GET + GET], last)), ["503 close"]);
});

Deno.test("listenForPrograms: an answer longer than a read goes out whole", async () => {
  const body = "é".repeat(50_000);
  const long: HeadHandler = () => Promise.resolve({ status: 200, headers: {}, body });
  assert.ok((await sent([GET], long)).endsWith(`\r\n\r\n${body}`));
});

Deno.test("listenForPrograms: one that has closed answers nobody, and its port is free", async () => {
  const listener = listenForPrograms(ok);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  await conn.write(new TextEncoder().encode(GET));
  assert.notEqual(await conn.read(new Uint8Array(1000)), null);
  await listener.close();
  assert.equal(await conn.read(new Uint8Array(1)).catch(() => null), null);
  Deno.listen({ hostname: "127.0.0.1", port: listener.port }).close();
});

Deno.test("listenForPrograms: fetch keeps a connection for all its requests", async () => {
  const listener = listenForPrograms(ok);
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 1 });
  for (let left = 20; left > 0; left--) {
    const response = await fetch(`http://127.0.0.1:${listener.port}/${left}`, { client });
    assert.equal(await response.text(), `of /${left}`);
  }
  await listener.close();
});
