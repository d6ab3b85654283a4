import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { UserError } from "../../src/errors.ts";
import { acsHandler } from "../../src/sign_in/listener/acs.ts";
import { html } from "../../src/sign_in/pages/page.ts";
import { type Listener, listenOnLoopback } from "../../src/system/listen.ts";
import { freePort } from "../support/driver.ts";
import { portIsFree, type RawConnection, rawConnection, strayTexts } from "../support/raw_http.ts";

const CHILD = fileURLToPath(new URL("listen_child.ts", import.meta.url));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Handler = (request: Request) => Promise<Response>;

const answer: Handler = (request) =>
  Promise.resolve(new Response(`page for ${new URL(request.url).pathname}`));

/** The real handler, which counts what is posted. */
function acs(port: number, scheme = "http"): { handler: Handler; received: string[] } {
  const received: string[] = [];
  const page = { status: 200, title: "Page", mood: "neutral", body: html`<p>body</p>` } as const;
  const handler = acsHandler({
    origin: new URL(`${scheme}://localhost:${port}`),
    start: undefined,
    waiting: () => page,
    receive: (field) => {
      received.push(field);
      return Promise.resolve(page);
    },
    bodyDeadlineMs: 2000,
  });
  return { handler, received };
}

async function post(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/saml`, {
    method: "POST",
    body: new URLSearchParams({ SAMLResponse: "abc" }),
    headers: { host: `127.0.0.1:${port}` },
  });
  await response.body?.cancel();
  return response.status;
}

/** How long something takes, milliseconds; for deadlines with a generous bound only. */
async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

/** A generous bound for what must not wait for a stray: those would hold it forever. */
const SOON_MS = 1500;

Deno.test("listenOnLoopback: both families are ours, and both are free after close", async () => {
  const port = freePort();
  const listener = await listenOnLoopback({ port, handler: answer });
  try {
    assert.deepEqual(listener.addresses, ["127.0.0.1", "::1"]);
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
      const response = await fetch(`http://${host}:${port}/x`);
      assert.equal(await response.text(), "page for /x");
    }
    assert.ok(!portIsFree(port));
  } finally {
    await listener.close(1000);
  }
  assert.ok(portIsFree(port));
});

Deno.test("listenOnLoopback: the port can be taken again at once, connections or not", async () => {
  const port = freePort();
  for (let round = 0; round < 5; round++) {
    const listener = await listenOnLoopback({ port, handler: answer });
    using kept = await rawConnection(port, { text: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" });
    await kept.until("page for");
    // Odd rounds: cut by us, so that the system remembers the connection for a minute.
    await listener.close(round % 2 === 0 ? 1000 : 0);
    assert.ok(portIsFree(port));
  }
});

for (const kind of Object.keys(strayTexts(1))) {
  Deno.test(`listenOnLoopback: a connection with ${kind} neither blocks the wait nor the end`, async () => {
    const port = freePort();
    const { handler, received } = acs(port);
    const listener = await listenOnLoopback({ port, handler });
    const text = strayTexts(port)[kind] ?? "";
    using _four = await rawConnection(port, { text });
    using _six = await rawConnection(port, { text, hostname: "::1" });
    await pause(50);
    assert.equal(await post(port), 200);
    assert.deepEqual(received, ["abc"]);
    assert.ok(await timed(listener.close(100)) < SOON_MS);
    assert.ok(portIsFree(port));
  });

  Deno.test(`listenOnLoopback: a close without grace cuts a connection with ${kind}`, async () => {
    const port = freePort();
    const listener = await listenOnLoopback({ port, handler: acs(port).handler });
    using stray = await rawConnection(port, { text: strayTexts(port)[kind] ?? "" });
    await pause(50);
    assert.ok(await timed(listener.close(0)) < SOON_MS);
    assert.ok(portIsFree(port));
    await stray.rest();
  });
}

Deno.test("listenOnLoopback: 50 strays at once do not keep a post from its answer", async () => {
  const port = freePort();
  const { handler, received } = acs(port);
  const listener = await listenOnLoopback({ port, handler });
  const texts = Object.values(strayTexts(port));
  const strays: RawConnection[] = await Promise.all(
    Array.from({ length: 50 }, (_, index) => {
      const hostname = index % 2 === 0 ? "127.0.0.1" : "::1";
      return rawConnection(port, { hostname, text: texts[index % texts.length] ?? "" });
    }),
  );
  try {
    assert.equal(await post(port), 200);
    assert.deepEqual(received, ["abc"]);
    assert.ok(await timed(listener.close(100)) < SOON_MS);
    assert.ok(portIsFree(port));
  } finally {
    for (const stray of strays) stray[Symbol.dispose]();
  }
});

Deno.test("listenOnLoopback: pipelined requests are answered one by one", async () => {
  const port = freePort();
  const { handler, received } = acs(port);
  const listener = await listenOnLoopback({ port, handler });
  const host = `Host: localhost:${port}\r\n`;
  const body = "SAMLResponse=abc";
  using connection = await rawConnection(port, {
    text: `GET /favicon.ico HTTP/1.1\r\n${host}\r\n` +
      `POST /saml HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}` +
      `GET /nowhere HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
  });
  const answers = await connection.rest();
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), [
    "HTTP/1.1 204",
    // A form is answered by the way to a page.
    "HTTP/1.1 303",
    "HTTP/1.1 404",
  ]);
  assert.deepEqual(received, ["abc"]);
  await listener.close(100);
});

Deno.test("listenOnLoopback: requests that only a socket can send get an answer, never a crash", async () => {
  const port = freePort();
  const { handler, received } = acs(port);
  const listener = await listenOnLoopback({ port, handler });
  const host = `Host: localhost:${port}`;
  const cases: readonly [text: string, status: number][] = [
    [`GET / HTTP/1.1\r\nHost: local host:${port}\r\n\r\n`, 403],
    [`GET / HTTP/1.1\r\nHost: [::1\r\n\r\n`, 403],
    [`GET / HTTP/1.1\r\n\r\n`, 403],
    [`GET / HTTP/1.0\r\n\r\n`, 403],
    [`GET / HTTP/1.1\r\n${host}\r\nHost: evil.example\r\n\r\n`, 400],
    [`GET http://evil.example/ HTTP/1.1\r\n${host}\r\n\r\n`, 200],
    [`GET http://e>vil.example/ HTTP/1.1\r\n${host}\r\n\r\n`, 403],
    [`POST http://e>vil.example/saml HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\n\r\n`, 303],
    [`GET http://localhost:${port}/ HTTP/1.1\r\nHost: evil.example\r\n\r\n`, 403],
    [`OPTIONS * HTTP/1.1\r\n${host}\r\n\r\n`, 404],
    [`GET //evil.example/ HTTP/1.1\r\n${host}\r\n\r\n`, 404],
    [`GET /${"x".repeat(10_000)} HTTP/1.1\r\n${host}\r\n\r\n`, 404],
    [`NONSENSE\r\n\r\n`, 400],
    // HTTP request smuggling needs two readers that disagree; refused anyway.
    [`POST /saml HTTP/1.1\r\n${host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde`, 400],
  ];
  for (const [text, status] of cases) {
    using connection = await rawConnection(port, { text });
    const said = await connection.until("\r\n\r\n");
    assert.match(said, new RegExp(`^HTTP/1\\.[01] ${status} `), text.slice(0, 80));
  }
  assert.deepEqual(received, []);
  await listener.close(100);
});

Deno.test("listenOnLoopback: an unread body is not taken for the next request", async () => {
  const port = freePort();
  const { handler, received } = acs(port);
  const listener = await listenOnLoopback({ port, handler });
  const smuggled = `POST /saml HTTP/1.1\r\nHost: localhost:${port}\r\n` +
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 16\r\n\r\nSAMLResponse=abc";
  using connection = await rawConnection(port, {
    text: `POST /x HTTP/1.1\r\nHost: localhost:${port}\r\n` +
      `Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  });
  // The client is told to hang up.
  const said = await connection.until("\r\n\r\n");
  await pause(50);
  assert.match(said, /^HTTP\/1\.1 303 /);
  assert.match(said, /\r\nconnection: close\r\n/i);
  assert.equal(said.match(/HTTP\/1\.1 /g)?.length, 1);
  assert.deepEqual(received, []);
  await listener.close(100);
});

Deno.test("listenOnLoopback: HEAD has the headers of GET and no body", async () => {
  const port = freePort();
  const listener = await listenOnLoopback({ port, handler: acs(port).handler });
  using connection = await rawConnection(port, {
    text: `HEAD / HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
  });
  const said = await connection.rest();
  assert.match(said, /^HTTP\/1\.1 200 /);
  assert.match(said, /content-type: text\/html/i);
  assert.ok(said.endsWith("\r\n\r\n"), said);
  await listener.close(100);
});

Deno.test("listenOnLoopback: who posts 5 MB reads why they were refused", async () => {
  const port = freePort();
  const { handler, received } = acs(port);
  const listener = await listenOnLoopback({ port, handler });
  const response = await fetch(`http://127.0.0.1:${port}/saml`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `SAMLResponse=${"a".repeat(5 * 1024 * 1024)}`,
  });
  assert.equal(response.status, 413);
  assert.match(await response.text(), /100,000 characters/);
  assert.deepEqual(received, []);
  await listener.close(5000);
});

Deno.test("Listener.close: the page under way arrives, whatever else is open", async () => {
  const port = freePort();
  const long = "page ".repeat(20_000);
  const started = Promise.withResolvers<void>();
  const listener = await listenOnLoopback({
    port,
    handler: async () => {
      started.resolve();
      await pause(50);
      return new Response(long);
    },
  });
  const strays = await Promise.all(
    Object.values(strayTexts(port)).slice(0, 3).map((text) => rawConnection(port, { text })),
  );
  try {
    const page = fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
    await started.promise;
    await listener.close(1000);
    assert.equal(await page, long);
  } finally {
    for (const stray of strays) stray[Symbol.dispose]();
  }
});

Deno.test("Listener.close: a handler that never ends holds nothing up", async () => {
  for (const grace of [50, 0]) {
    const port = freePort();
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<Response>();
    const listener = await listenOnLoopback({
      port,
      handler: () => {
        started.resolve();
        return release.promise;
      },
    });
    const asking = fetch(`http://127.0.0.1:${port}/`).then((response) => response.text())
      .catch(() => "cut");
    await started.promise;
    assert.ok(await timed(listener.close(grace)) < SOON_MS, `grace ${grace}`);
    assert.ok(portIsFree(port));
    // As at the end of the process.
    release.resolve(new Response("late"));
    assert.equal(await asking, grace === 0 ? "cut" : "late");
    await pause(20);
  }
});

Deno.test("Listener.close: a handler that fails is answered, and nothing is unhandled", async () => {
  const port = freePort();
  const listener = await listenOnLoopback({
    port,
    handler: () => Promise.reject(new TypeError("secret detail")),
  });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "stssamldriver failed.\n");
  await listener.close(100);
});

const HOLDERS: readonly [name: string, hostname: string, named: RegExp][] = [
  ["127.0.0.1", "127.0.0.1", /127\.0\.0\.1:\d+$/],
  ["::1", "::1", /\[::1\]:\d+$/],
  ["every IPv4 address", "0.0.0.0", /127\.0\.0\.1:\d+$/],
  ["every address of both families", "::", /(127\.0\.0\.1|\[::1\]):\d+$/],
];

for (const [name, hostname, named] of HOLDERS) {
  Deno.test(`listenOnLoopback: a stranger on ${name} is exit code 3, and nothing stays bound`, async () => {
    const port = freePort();
    const holder = Deno.listen({ hostname, port });
    try {
      await assert.rejects(listenOnLoopback({ port, handler: answer }), (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.exitCode, 3);
        assert.equal(error.code, "port-taken");
        assert.match(
          error.message,
          new RegExp(`^Port ${port} is in use: another program is listening on`),
        );
        assert.match(error.message, named);
        assert.match(error.hint ?? "", new RegExp(`${port}`));
        assert.match(error.hint ?? "", /--port/);
        assert.ok(error.cause instanceof Deno.errors.AddrInUse);
        return true;
      });
    } finally {
      holder.close();
    }
    assert.ok(portIsFree(port));
  });
}

/** Runs the child in a network of its own, after some commands there. */
async function inOwnNetwork(commands: string): Promise<string> {
  const script = `set -e\n${commands}\nexec "$0" run -A --no-prompt "$1" 8090 </dev/null`;
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-n", "sh", "-c", script, Deno.execPath(), CHILD],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 0, `${said}${new TextDecoder().decode(stderr)}`);
  return said;
}

/** Brings loopback up without `ip`, which need not be installed. */
const UP = `python3 -c '
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x1))' 2>/dev/null || ip link set lo up`;
const NO_FOUR = `python3 -c '
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a = struct.pack("16sHH4s8x", b"lo", socket.AF_INET, 0, socket.inet_aton("0.0.0.0"))
fcntl.ioctl(s, 0x8916, a)' 2>/dev/null || ip addr del 127.0.0.1/8 dev lo`;
const NO_SIX = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6";

function whyNoNetwork(): string | undefined {
  if (Deno.build.os !== "linux") return "needs Linux";
  try {
    const { success } = new Deno.Command("unshare", {
      args: ["-n", "sh", "-ec", `${UP}\n${NO_FOUR}\n${NO_SIX}`],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success ? undefined : "needs the right to make a network namespace";
  } catch {
    return "needs unshare";
  }
}

const noNetwork = whyNoNetwork();
const note = noNetwork === undefined ? "" : ` (${noNetwork})`;

Deno.test({
  name: `listenOnLoopback: a machine without IPv6 listens on IPv4${note}`,
  ignore: noNetwork !== undefined,
  fn: async () => {
    assert.equal(await inOwnNetwork(`${UP}\n${NO_SIX}`), "ready 127.0.0.1\nclosed\n");
  },
});

Deno.test({
  name: `listenOnLoopback: a machine without IPv4 on loopback listens on IPv6${note}`,
  ignore: noNetwork !== undefined,
  fn: async () => {
    assert.equal(await inOwnNetwork(`${UP}\n${NO_FOUR}`), "ready ::1\nclosed\n");
  },
});

Deno.test({
  name: `listenOnLoopback: a machine without any loopback address is exit code 3${note}`,
  ignore: noNetwork !== undefined,
  fn: async () => {
    assert.match(
      await inOwnNetwork(`${UP}\n${NO_FOUR}\n${NO_SIX}`),
      /^UserError 3 Cannot listen on any loopback address:8090: /,
    );
  },
});

Deno.test({
  name: "listenOnLoopback: a flood that uses up all file handles ends nothing (POSIX)",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const port = freePort();
    const child = new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 100; exec "$0" run -A "$1" "$2"', Deno.execPath(), CHILD, `${port}`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const ready = new TextDecoder().decode((await reader.read()).value);
    reader.releaseLock();
    assert.match(ready, /^ready /);
    const flood: RawConnection[] = [];
    try {
      while (flood.length < 150) flood.push(await rawConnection(port));
    } catch {
      // Nobody accepts at this moment.
    }
    for (const each of flood) each[Symbol.dispose]();
    assert.ok(await answers(port), "it answers again");
    const stdin = child.stdin.getWriter();
    await stdin.write(new Uint8Array(1));
    await stdin.close();
    const { code, stdout, stderr } = await child.output();
    assert.equal(new TextDecoder().decode(stdout), "closed\n");
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(code, 0);
  },
});

async function answers(port: number): Promise<boolean> {
  for (let round = 0; round < 100; round++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      return await response.text() === "page";
    } catch {
      await pause(50);
    }
  }
  return false;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of its own for localhost; undefined where there is no openssl. */
function selfSigned(): Pair | undefined {
  const folder = Deno.makeTempDirSync();
  try {
    const { success } = new Deno.Command("openssl", {
      args: [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(" "),
        ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`],
      ],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    if (!success) return undefined;
    return {
      cert: Deno.readTextFileSync(`${folder}/cert.pem`),
      key: Deno.readTextFileSync(`${folder}/key.pem`),
    };
  } catch {
    return undefined;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const pair = selfSigned();
const noPair = pair === undefined ? " (openssl is missing)" : "";

async function withTls(
  test: (at: { port: number; listener: Listener; received: string[] }) => Promise<void>,
): Promise<void> {
  const port = freePort();
  const { handler, received } = acs(port, "https");
  const listener = await listenOnLoopback({ port, tls: pair, handler });
  try {
    await test({ port, listener, received });
  } finally {
    await listener.close(100);
  }
  assert.ok(portIsFree(port));
}

for (const version of ["HTTP/1.1", "HTTP/2"]) {
  Deno.test({
    name: `listenOnLoopback: https takes a post by ${version}${noPair}`,
    ignore: pair === undefined,
    fn: async () => {
      await withTls(async ({ port, received }) => {
        using client = Deno.createHttpClient({
          caCerts: [pair?.cert ?? ""],
          http1: version === "HTTP/1.1",
          http2: version === "HTTP/2",
        });
        for (const name of ["localhost", "127.0.0.1"]) {
          const response = await fetch(`https://${name}:${port}/saml`, {
            client,
            method: "POST",
            body: new URLSearchParams({ SAMLResponse: name }),
          });
          assert.equal(response.status, 200, await response.text());
        }
        assert.deepEqual(received, ["localhost", "127.0.0.1"]);
        // HTTP/2 knows no "Connection: close", which such an answer carries in HTTP/1.1.
        const refused = await fetch(`https://localhost:${port}/saml`, {
          client,
          method: "POST",
          body: "SAMLResponse=abc",
        });
        assert.equal(refused.status, 415, await refused.text());
      });
    },
  });
}

Deno.test({
  name:
    `listenOnLoopback: on https neither plain text nor a broken greeting ends the wait${noPair}`,
  ignore: pair === undefined,
  fn: async () => {
    await withTls(async ({ port, received }) => {
      using plain = await rawConnection(port, {
        text: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      });
      await plain.rest();
      using _silent = await rawConnection(port);
      using _half = await rawConnection(port, { text: "\x16\x03\x01\x02\x00\x01\x00" });
      using client = Deno.createHttpClient({ caCerts: [pair?.cert ?? ""] });
      const response = await fetch(`https://localhost:${port}/saml`, {
        client,
        method: "POST",
        body: new URLSearchParams({ SAMLResponse: "abc" }),
      });
      await response.body?.cancel();
      assert.deepEqual(received, ["abc"]);
    });
  },
});

const other = selfSigned();
const BAD_PAIRS: readonly [name: string, tls: Pair | undefined][] = [
  ["no PEM at all", { cert: "hello", key: "hello" }],
  ["empty files", { cert: "", key: "" }],
  ["a certificate without a key", pair && { cert: pair.cert, key: "" }],
  ["a key without a certificate", pair && { cert: "", key: pair.key }],
  ["the two swapped", pair && { cert: pair.key, key: pair.cert }],
  ["the key of another certificate", pair && other && { cert: pair.cert, key: other.key }],
  ["a certificate cut short", pair && { cert: pair.cert.slice(0, 200), key: pair.key }],
];

for (const [name, tls] of BAD_PAIRS) {
  Deno.test({
    name: `listenOnLoopback: ${name} for https is exit code 2${tls === undefined ? noPair : ""}`,
    ignore: tls === undefined,
    fn: async () => {
      const port = freePort();
      await assert.rejects(listenOnLoopback({ port, tls, handler: answer }), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.exitCode, 2, error.message);
        assert.equal(error.code, "tls-unusable");
        assert.match(error.message, /--tls-cert and --tls-key/);
        if (name.startsWith("the key of another")) {
          assert.match(
            error.message,
            /--tls-key does not belong to the certificate of --tls-cert$/,
          );
        }
        assert.ok(!error.message.includes("PRIVATE"), error.message);
        return true;
      });
      assert.ok(portIsFree(port));
    },
  });
}

/** Has the system's temporary folder be another one. */
function temporaryFolder(path: string): Disposable {
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", path);
  return {
    [Symbol.dispose]() {
      if (before === undefined) Deno.env.delete("TMPDIR");
      else Deno.env.set("TMPDIR", before);
    },
  };
}

// It said that this was a bug of the driver.
Deno.test({
  name:
    "listenOnLoopback: a temporary folder with no room for a socket is exit code 8, told by its reason",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = Deno.makeTempDirSync();
    try {
      // A socket's path has at most some 100 bytes.
      const long = `${folder}/${"x".repeat(100)}`;
      Deno.mkdirSync(long);
      Deno.writeTextFileSync(`${folder}/file`, "");
      for (
        const [path, reason] of [[long, /SUN_LEN/], [`${folder}/file`, /Not a directory/]] as const
      ) {
        using _temporary = temporaryFolder(path);
        const port = freePort();
        await assert.rejects(listenOnLoopback({ port, handler: answer }), (error) => {
          assert.ok(error instanceof UserError);
          assert.equal(error.exitCode, 8);
          assert.match(error.message, /^Cannot create a socket in the temporary folder: /);
          assert.match(error.message, reason);
          assert.match(error.hint ?? "", /TMPDIR/);
          return true;
        });
        assert.ok(portIsFree(port));
      }
      assert.deepEqual([...Deno.readDirSync(long)], [], "nothing is left there");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

// A sign-in that had delivered ended with exit 1.
Deno.test({
  name: "Listener.close: a socket's folder that cannot be removed any more is nobody's trouble",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = Deno.makeTempDirSync();
    using _temporary = temporaryFolder(folder);
    const port = freePort();
    const listener = await listenOnLoopback({ port, handler: answer });
    Deno.removeSync(folder, { recursive: true });
    await listener.close(0);
    assert.ok(portIsFree(port));
  },
});
