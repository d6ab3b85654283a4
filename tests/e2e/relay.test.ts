/** The relay as a command: what it answers, logs and forgets, and how it starts and ends. */

import assert from "node:assert/strict";
import { hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { freePort, FROM_SOURCE, programs, runDriver } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { headingOf } from "../support/page_text.ts";
import { portIsFree, rawConnection, strayTexts } from "../support/raw_http.ts";
import { formOf, postAll, type Relay, startRelay } from "../support/relaying.ts";
import { buildResponse } from "../support/saml_response.ts";
import { assertFailed, endOf, soon } from "../support/sign_ins.ts";

const [program] = programs();
const FORM = "application/x-www-form-urlencoded";

interface Line {
  readonly path: string;
  readonly status: number;
  readonly peer: string;
}

/** The access log of a relay that has ended. */
function linesOf(stdout: string): readonly Line[] {
  return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

async function stopped({ driver }: Relay, signal: Deno.Signal = "SIGTERM") {
  driver.kill(signal);
  return await endOf(driver);
}

/** The status of the answer to one request, as bytes. */
async function exchange(port: number, text: string): Promise<string> {
  using connection = await rawConnection(port);
  await connection.send(text).catch(() => {});
  return await soon("an answer", connection.until("\r\n\r\n"));
}

const kilobytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]);

for (const program of programs()) {
  Deno.test(`${program.name}: the relay passes on 1,000 sign-ins through 50 connections, forgets them, and stays as small`, async () => {
    await using relay = await startRelay({ program });
    const one = buildResponse({ count: 3 });
    // Each has a state of its own, which tells the answers apart.
    const crowd = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => formOf(one.base64, `${name}-${index}.`));
    let right = 0;
    let bytes = 0;
    const check = (answer: string, form: string, status: number) => {
      const state = new URLSearchParams(form).get("RelayState") ?? "";
      assert.equal(status, 200);
      assert.ok(answer.includes(`name="SAMLResponse" value="${one.base64}"`));
      assert.ok(answer.includes(`name="RelayState" value="${state}"`), state);
      right++;
      bytes += form.length + answer.length;
    };
    await postAll(`${relay.url}/saml`, crowd(1000, "a"), { atOnce: 50, check });
    assert.equal(right, 1000, "none is lost");
    if (Deno.build.os === "linux") {
      const before = kilobytes(relay.driver.pid);
      bytes = 0;
      await postAll(`${relay.url}/saml`, crowd(4000, "b"), { atOnce: 50, check });
      // The runtime's own memory grows by some 45 MB meanwhile, and levels off later.
      const grown = kilobytes(relay.driver.pid) - before;
      assert.ok(grown < 0.75 * bytes / 1000, `${grown} kB more after 5,000 than after 1,000`);
    }
    const { code, stdout, stderr } = await stopped(relay);
    assert.equal(code, 0, stderr);
    const lines = linesOf(stdout);
    assert.equal(lines.length, right);
    assert.ok(
      lines.every(({ path, status, peer }) =>
        path === "/saml" && status === 200 && peer === "127.0.0.1"
      ),
    );
    for (
      const secret of [one.base64.slice(0, 40), one.base64.slice(-40), one.assertionId, "a-1."]
    ) {
      assert.ok(!stdout.includes(secret) && !stderr.includes(secret), "nothing of it in any log");
    }
  });
}

Deno.test("relay: who sends too much is told when to come back, and the others are served", async () => {
  await using relay = await startRelay({ program, args: ["--trust-proxy", "127.0.0.1"] });
  const get = (from: string) =>
    `GET /favicon.ico HTTP/1.1\r\nHost: relay.example\r\nX-Forwarded-For: ${from}\r\n\r\n`;
  using connection = await rawConnection(relay.port);
  const sending = connection.send(get("192.0.2.1").repeat(7000)).catch(() => {});
  const answer = await soon("an answer", connection.until("HTTP/1.1 429 "));
  assert.match(answer, /^HTTP\/1\.1 204 /);
  assert.match(await exchange(relay.port, get("192.0.2.2")), /^HTTP\/1\.1 204 /);
  // Meanwhile it may have earned a few more, but not so many.
  using again = await rawConnection(relay.port);
  const sendingAgain = again.send(get("192.0.2.1").repeat(3000)).catch(() => {});
  const refused = await soon("a refusal", again.until("retry-after: 1\r"));
  assert.match(refused, /HTTP\/1\.1 429 /);
  connection[Symbol.dispose]();
  again[Symbol.dispose]();
  await Promise.all([sending, sendingAgain]);
});

const smuggled = (framing: string, body: string) =>
  `POST /saml HTTP/1.1\r\nHost: relay.example\r\nContent-Type: ${FORM}\r\n${framing}\r\n\r\n${body}`;

const WIRE: Readonly<Record<string, readonly [text: string, status: RegExp]>> = {
  "any Host is served, and none is believed": [
    "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    /^HTTP\/1\.1 200 (?![^]*evil)/,
  ],
  "two lengths": [smuggled("Content-Length: 3\r\nContent-Length: 4", "a=b"), /^HTTP\/1\.1 400 /],
  "a length that is none": [smuggled("Content-Length: -1", "a=b"), /^HTTP\/1\.1 400 /],
  "a line break in a header": [
    "GET / HTTP/1.1\r\nHost: relay.example\r\nX: a\rSet-Cookie: b\r\n\r\n",
    /^HTTP\/1\.1 400 /,
  ],
  "no HTTP": ["hello\r\n\r\n", /^HTTP\/1\.1 400 /],
  "5 MB": [
    smuggled("Content-Length: 5000000", `SAMLResponse=${"A".repeat(500_000)}`),
    /^HTTP\/1\.1 413 /,
  ],
  "a length without a body": [smuggled("Content-Length: 0", ""), /^HTTP\/1\.1 400 /],
};

Deno.test("relay: what no browser sends is answered, and nobody else waits for it", async (t) => {
  await using relay = await startRelay({ program });
  using _silent = await rawConnection(relay.port);
  const hanging = await Promise.all(
    Object.values(strayTexts(relay.port)).map((text) => rawConnection(relay.port, { text })),
  );
  for (const [name, [text, status]] of Object.entries(WIRE)) {
    await t.step(name, async () => {
      assert.match(await exchange(relay.port, text), status);
    });
  }
  const form = formOf(buildResponse().base64);
  const [took] = await postAll(`${relay.url}/saml`, [form], {
    atOnce: 1,
    check: (_, __, status) => assert.equal(status, 200),
  });
  assert.ok(took !== undefined);
  for (const each of hanging) each[Symbol.dispose]();
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name: `relay: ${signal} ends it well, with the answer to a form that was on its way`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using relay = await startRelay({ program });
      const form = formOf(buildResponse().base64);
      using open = await rawConnection(relay.port, {
        text: smuggled(`Content-Length: ${form.length}`, form.slice(0, 50)),
      });
      // It is certain that the head has been read when a later request was answered.
      assert.match(await exchange(relay.port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), / 200 /);
      relay.driver.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await open.send(form.slice(50));
      assert.match(await soon("an answer", open.until("</html>")), /^HTTP\/1\.1 200 /);
      const { code, stdout, stderr } = await endOf(relay.driver);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /The relay has stopped\n$/);
      assert.equal(linesOf(stdout).length, 1);
      assert.ok(portIsFree(relay.port));
    },
  });
}

Deno.test({
  name: "relay: with a certificate of its own it is https, over HTTP/2 too",
  ignore: !hasOpenssl,
  fn: async () => {
    using certificates = makeCertificates();
    const folder = await Deno.makeTempDir();
    const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
    await Deno.writeTextFile(cert, certificates.cert);
    await Deno.writeTextFile(key, certificates.key);
    {
      await using relay = await startRelay({
        program,
        args: ["--tls-cert", cert, "--tls-key", key],
      });
      assert.match(relay.url, /^https:/);
      const caCerts = [Deno.readTextFileSync(certificates.caFile)];
      for (const http2 of [true, false]) {
        using client = Deno.createHttpClient({ caCerts, http2, http1: !http2 });
        const send = async (body: string) => {
          const headers = { "content-type": FORM };
          const answer = await fetch(`${relay.url}/saml`, {
            method: "POST",
            headers,
            body,
            client,
          });
          return [answer.status, headingOf(await answer.text())];
        };
        const good = formOf(buildResponse().base64);
        assert.deepEqual(await send(good), [200, "Where do you want to sign in?"]);
        assert.deepEqual(await send("a=b"), [400, "The form has no SAMLResponse"]);
        assert.equal((await send(`SAMLResponse=${"A".repeat(450_000)}`))[0], 413);
        assert.deepEqual(await send(good), [200, "Where do you want to sign in?"]);
      }
      const { code } = await stopped(relay);
      assert.equal(code, 0);
    }
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "relay: more connections than it has file handles do not end it",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const [command, ...words] = program.command;
    const limited = {
      name: program.name,
      command: ["sh", "-c", 'ulimit -n 80; exec "$0" "$@"', command, ...words] as const,
    };
    await using relay = await startRelay({
      program: { ...limited, command: [...limited.command] },
    });
    const open = await Promise.all(
      Array.from({ length: 120 }, () => rawConnection(relay.port).catch(() => undefined)),
    );
    // The server of Deno 2.7, which the executable has, waits for a file handle itself and says nothing.
    if (program === FROM_SOURCE) {
      await soon("the relay to say so", relay.driver.waitFor("Cannot accept connections: "));
    }
    for (const each of open) each?.[Symbol.dispose]();
    const health = await eventually("an answer", async () => {
      return await exchange(relay.port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    });
    assert.match(health, /^HTTP\/1\.1 200 /);
    assert.equal((await stopped(relay)).code, 0);
  },
});

Deno.test("relay: serves on when nobody reads its log any more", async () => {
  const [command, ...words] = program.command;
  const port = freePort();
  const shell = `"$0" "$@" relay --listen 127.0.0.1:${port} | true`;
  const child = new Deno.Command("sh", {
    args: ["-c", shell, command, ...words],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  await eventually("the relay", async () => (await (await fetch(`${url}/health`)).json()).status);
  for (let count = 0; count < 3; count++) {
    const answer = await fetch(url);
    await answer.body?.cancel();
    assert.equal(answer.status, 200);
  }
  const relay = new TextDecoder().decode(
    (await new Deno.Command("pgrep", { args: ["-f", `relay --listen 127\\.0\\.0\\.1:${port}$`] })
      .output()).stdout,
  ).split("\n").map(Number).filter((pid) => pid !== child.pid && pid > 0);
  for (const pid of relay) Deno.kill(pid, "SIGTERM");
  const { stderr } = await soon("the end", child.output());
  assert.equal(new TextDecoder().decode(stderr).match(/no more access log/g)?.length, 1);
});

Deno.test("relay: the runtime's own variables do not move it", async () => {
  const other = freePort();
  await using relay = await startRelay({
    program,
    env: { DENO_SERVE_ADDRESS: `tcp:0.0.0.0:${other}` },
  });
  assert.ok(portIsFree(other));
  assert.match(await exchange(relay.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), / 200 /);
});

interface Mistake {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code?: number;
  readonly says: string | RegExp;
}

const NETWORK = "must be a network like 10.0.0.0/8 or fd00::/8, or an address";
const ADDRESS = "must be an address and a port, like 0.0.0.0:8443 or [::]:8443";
const LISTEN = ["--listen", "127.0.0.1:0"];

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "no address": {
    says: "Cannot start the relay without --listen, the address and port to listen on",
  },
  "a port alone": { args: ["--listen", "8443"], says: `Cannot use --listen 8443: ${ADDRESS}` },
  "an address in the variable": {
    env: { STSSAMLDRIVER_LISTEN: "0.0.0.0" },
    says: `Cannot use STSSAMLDRIVER_LISTEN=0.0.0.0: ${ADDRESS}`,
  },
  "an empty address": { args: ["--listen", ""], says: 'Cannot use --listen "": must not be empty' },
  "no network": {
    args: [...LISTEN, "--trust-proxy", "10.0.0.0/8", "--trust-proxy", "proxy.example"],
    says: `Cannot use --trust-proxy proxy.example: ${NETWORK}`,
  },
  "no network in the variable": {
    args: LISTEN,
    env: { STSSAMLDRIVER_TRUST_PROXY: "10.0.0.0/8 10.0.0.0/99" },
    says: `Cannot use STSSAMLDRIVER_TRUST_PROXY=10.0.0.0/99: ${NETWORK}`,
  },
  "a port that no browser opens": {
    args: [...LISTEN, "--driver-port", "25"],
    says:
      "Cannot use --driver-port 25: browsers refuse to open this port: it belongs to another protocol",
  },
  "a port that is none": {
    args: [...LISTEN, "--driver-port", "70000"],
    says: "Cannot use --driver-port 70000: must be a whole number from 1 to 65535",
  },
  "half a certificate": {
    args: [...LISTEN, "--tls-cert", "cert.pem"],
    says: "--tls-cert and --tls-key must be used together",
  },
  "a certificate that is not there": {
    args: [...LISTEN, "--tls-cert", "/nonexistent/cert.pem", "--tls-key", "/nonexistent/key.pem"],
    says: "Cannot read --tls-cert /nonexistent/cert.pem: no such file",
  },
  "a certificate that is none": {
    args: [...LISTEN, "--tls-cert", "/dev/null", "--tls-key", "/dev/null"],
    says: /^Cannot use --tls-cert and --tls-key for https: /,
  },
  "a flag of a sign-in": { args: [...LISTEN, "--role-arn", "x"], says: /--role-arn/ },
  "an address that is not this machine's": {
    args: ["--listen", "192.0.2.1:8443"],
    code: 3,
    says: /^Cannot listen on 192\.0\.2\.1:8443: /,
  },
};

Deno.test("relay: what is typed wrongly is told in a line, exit 2, and nothing listens", async (t) => {
  for (const [name, { args = [], env = {}, code = 2, says }] of Object.entries(MISTAKES)) {
    await t.step(name, async () => {
      const ended = await soon("its end", runDriver(["relay", ...args], { program, env }));
      assertFailed(ended, { code, says });
    });
  }
});

Deno.test("relay: a port that is taken is exit 3", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const listen = ["--listen", `127.0.0.1:${port}`];
  const ended = await soon("its end", runDriver(["relay", ...listen], { program }));
  assertFailed(ended, {
    code: 3,
    says: `Cannot listen on 127.0.0.1:${port}: Address already in use`,
  });
});
