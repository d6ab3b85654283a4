/**
 * Attacks on a sign-in, with the real command line: what comes is not delivered, does not end the wait, drives
 * neither page nor terminal, and the person's own sign-in goes through after it.
 */

import assert from "node:assert/strict";
import { otherKey } from "../support/keys.ts";
import { asNobody, whyNoOther } from "../support/nobody.ts";
import { exchange, type RawConnection, rawConnection } from "../support/raw_http.ts";
import { hostileResponse, WRAPPING_KINDS } from "../support/saml_hostile.ts";
import { endOf, headingOf, post, soon, stagedDriver, waitingDriver } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

/** Control characters, and those that turn the writing direction; line breaks are the driver's own. */
// deno-lint-ignore no-control-regex
const DRIVES_A_TERMINAL = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

interface Attack {
  readonly name: string;
  readonly args?: readonly string[];
  /** What is done while the driver waits. */
  readonly attack: (stage: Stage) => Promise<void>;
}

const trueForm = (stage: Stage) => stage.idp.signIn("alice").fields;
const field = (fields: ReturnType<typeof trueForm>) =>
  new URLSearchParams(Object.fromEntries(fields)).toString();

/** A POST of a form, as bytes. */
function wire(stage: Stage, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    "Host": `localhost:${stage.port}`,
    "Content-Type": "application/x-www-form-urlencoded",
    "Content-Length": String(body.length),
    "Connection": "close",
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `POST /saml HTTP/1.1\r\n${head}\r\n${body}`;
}

/** Sends bytes; resolves to the answer, of a form the one at its address. */
const sent = (stage: Stage, text: string) =>
  soon("an answer, or the end of the connection", exchange(stage.port, text));

const refused = (answer: string, status: number) =>
  assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));

/** Ways to have two readers see two requests in one stretch of bytes; the hidden one has a true assertion. */
function smuggled(stage: Stage): readonly string[] {
  const hidden = wire(stage, field(trueForm(stage)), { Host: "evil.example" });
  const head = `POST /saml HTTP/1.1\r\nHost: localhost:${stage.port}\r\n` +
    "Content-Type: application/x-www-form-urlencoded\r\n";
  return [
    `${head}Content-Length: ${
      hidden.length + 5
    }\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    `${head}Content-Length: 0, ${hidden.length}\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}X: y\r\n Content-Length: 0\r\n\r\n${hidden}`,
    `${head.replaceAll("\r\n", "\n")}Content-Length: 0\n\n${hidden}`,
    `${head}Content-Length: +0\r\n\r\n${hidden}`,
    `${head}Content-Length: 0\r\n\r\n${hidden}`,
  ];
}

const ATTACKS: readonly Attack[] = [
  {
    name: "DNS rebinding: a true assertion under another host's name",
    attack: async (stage) => {
      for (const host of ["evil.example", `evil.example:${stage.port}`, "localhost.evil.example"]) {
        refused(await sent(stage, wire(stage, field(trueForm(stage)), { Host: host })), 403);
      }
    },
  },
  {
    name: "a page posts a true assertion in the background, or into a frame",
    attack: async (stage) => {
      for (const dest of ["empty", "iframe", "image", "script"]) {
        const headers = { "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": "no-cors" };
        refused(await sent(stage, wire(stage, field(trueForm(stage)), headers)), 403);
      }
    },
  },
  {
    name: "a foreign IdP's assertion for the right role, its IdP not the pinned one",
    args: ["--idp", "https://idp.example/saml"],
    attack: async (stage) => {
      const issuer = "https://evil.example/saml";
      const page = await post(stage, stage.idp.signIn("alice", { issuer, key: otherKey() }).fields);
      assert.equal(page.status, 400);
    },
  },
  {
    name: "a foreign IdP's assertion for the right role, nothing pinned",
    attack: async (stage) => {
      const issuer = "https://evil.example/saml";
      const page = await post(stage, stage.idp.signIn("alice", { issuer, key: otherKey() }).fields);
      assert.equal(page.status, 400);
    },
  },
  {
    name: "a forged assertion that names the right role, signed by another key or by nobody",
    attack: async (stage) => {
      for (const changes of [{ key: otherKey() }, { sign: "none" as const }]) {
        assert.equal((await post(stage, stage.idp.signIn("alice", changes).fields)).status, 400);
      }
    },
  },
  {
    name: "signature wrapping",
    attack: async (stage) => {
      for (const kind of WRAPPING_KINDS) {
        const { base64 } = hostileResponse(kind, { recipient: stage.acsUrl });
        assert.equal((await post(stage, [["SAMLResponse", base64]])).status, 400, kind);
      }
    },
  },
  {
    name: "request smuggling: what is hidden in another request is not taken",
    attack: async (stage) => {
      for (const text of smuggled(stage)) {
        const answer = await sent(stage, text);
        // A form that cannot be used is answered at an address of its own.
        for (const [, code] of answer.matchAll(/^HTTP\/1\.1 (\d+) /gm)) {
          assert.ok(code === "303" || Number(code) >= 400, `${code}: ${text.slice(0, 200)}`);
        }
      }
    },
  },
  {
    name: "oversized headers, lines and counts of them",
    attack: async (stage) => {
      const long = "a".repeat(1_000_000);
      const body = field(trueForm(stage));
      const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`X-${n}`, "y"]));
      for (const headers of [{ "X-Long": long }, { [`X-${long}`]: "y" }, { Cookie: long }, many]) {
        const answer = await sent(stage, wire(stage, body, headers));
        assert.doesNotMatch(answer, /^HTTP\/1\.1 [23]/);
      }
      const answer = await sent(stage, `GET /${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      assert.doesNotMatch(answer, /^HTTP\/1\.1 [23]/);
    },
  },
];

for (const { name, args = [], attack } of ATTACKS) {
  Deno.test(`attack: ${name}`, async () => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { args });
    await attack(stage);
    assert.equal(stage.sts.handedOut.length, 0, "nobody got credentials");
    await thenSignIn(stage, driver);
  });
}

/** The person's own sign-in, after all that. */
async function thenSignIn(stage: Stage, driver: ReturnType<typeof stagedDriver>): Promise<string> {
  const page = await post(stage, trueForm(stage));
  const { code, stdout, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(headingOf(page.text), "Signed in to AWS");
  assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
  assert.equal(stage.sts.handedOut.length, 1);
  assert.doesNotMatch(stderr, DRIVES_A_TERMINAL);
  return stderr;
}

Deno.test("attack: a hundred connections at a byte a second hold up no sign-in", async () => {
  await using stage = setStage();
  await using driver = await waitingDriver(stage);
  const body = field(trueForm(stage));
  const slow: RawConnection[] = [];
  let over = false;
  try {
    for (let count = 0; count < 100; count++) {
      // Half of them at the headers, half at the body, of either address family.
      const text = wire(stage, body);
      const begun = count % 2 === 0 ? 20 : text.length - body.length + 10;
      const hostname = count % 4 < 2 ? "127.0.0.1" : "::1";
      slow.push(await rawConnection(stage.port, { hostname, text: text.slice(0, begun) }));
    }
    const dripping = (async () => {
      while (!over) {
        await Promise.all(slow.map((each) => each.send("A").catch(() => {})));
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    })();
    await thenSignIn(stage, driver);
    over = true;
    await dripping;
  } finally {
    over = true;
    for (const connection of slow) connection[Symbol.dispose]();
  }
});

const hostile = (escape: string) =>
  `${escape}]0;owned${escape}[2J\r\nSet-Cookie: a=b\u202e"><script>alert(1)</script>`;
const HOSTILE_TEXT = hostile("\x1b");
/** XML carries no ESC, but the C1 control that means ESC and a bracket. */
const HOSTILE_XML = hostile("\u009b");

Deno.test("attack: markup, headers and terminal escapes in what an assertion says", async () => {
  await using stage = setStage();
  await using driver = await waitingDriver(stage);
  const attribute = { [`urn:${HOSTILE_XML}`]: [HOSTILE_XML] };
  const offer = { role: `arn:aws:iam::1:role/${HOSTILE_XML}`, provider: HOSTILE_XML };
  for (
    const changes of [
      { issuer: HOSTILE_XML, key: otherKey() },
      { roleSessionName: HOSTILE_XML, key: otherKey() },
      { roles: [offer] },
      { roles: [], attributes: attribute },
      { status: "Responder", statusMessage: HOSTILE_XML },
      { status: HOSTILE_XML },
      { audience: HOSTILE_XML, key: otherKey() },
      { recipient: HOSTILE_XML, destination: HOSTILE_XML, key: otherKey() },
    ]
  ) {
    const { fields } = stage.idp.signIn("alice", changes);
    const page = await post(stage, [...fields, ["RelayState", HOSTILE_TEXT]]);
    assert.equal(page.status, 400, Object.keys(changes).join());
    assert.doesNotMatch(page.text, /<script>alert/);
    assert.doesNotMatch(page.text, DRIVES_A_TERMINAL);
    assert.equal(page.headers.getSetCookie().some((each) => each.startsWith("a=")), false);
  }
  await thenSignIn(stage, driver);
});

Deno.test("attack: markup and terminal escapes in the words of STS", async () => {
  await using stage = setStage({
    sts: {
      behaviours: [{ kind: "error", code: "InvalidIdentityToken", message: HOSTILE_XML, times: 1 }],
    },
  });
  await using driver = await waitingDriver(stage);
  const page = await post(stage, trueForm(stage));
  assert.equal(page.status, 400);
  assert.doesNotMatch(page.text, /<script>alert/);
  assert.doesNotMatch(page.text, DRIVES_A_TERMINAL);
  await thenSignIn(stage, driver);
});

Deno.test("attack: names of profiles, IdPs and files reach neither the terminal nor another file", async (t) => {
  await using stage = setStage();
  const outside = `${stage.home}/outside`;
  for (
    const { name, args, code } of [
      { name: "a profile to write", args: ["--profile-to-update", HOSTILE_TEXT], code: 2 },
      { name: "another section in its name", args: ["--profile-to-update", "a]\n[b"], code: 2 },
      { name: "a profile to read", args: ["--profile", HOSTILE_TEXT], code: 2 },
      {
        name: "a path in the IdP's name",
        args: ["--idp", `../../../../${outside}`, "--cache", "--no-interactive"],
        code: 9,
      },
      {
        name: "an escape in the IdP's name",
        args: ["--idp", HOSTILE_TEXT, "--cache", "--no-interactive"],
        code: 9,
      },
    ]
  ) {
    await t.step(name, async () => {
      await using driver = stagedDriver(stage, { args });
      const end = await endOf(driver);
      assert.equal(end.code, code, end.stderr);
      assert.equal(end.stdout, "");
      assert.doesNotMatch(end.stderr, DRIVES_A_TERMINAL);
      assert.deepEqual(
        [...Deno.readDirSync(stage.home)].map((each) => each.name)
          .filter((each) => !each.startsWith(".")),
        [],
      );
    });
  }
});

Deno.test({
  name: `attack: another user's symlinks in a cache folder they could write to lead nowhere (${
    whyNoOther() ?? "as uid 65534"
  })`,
  ignore: whyNoOther() !== undefined,
  fn: async () => {
    await using stage = setStage();
    const cache = `${stage.home}/shared`;
    const target = `${stage.home}/precious`;
    Deno.writeTextFileSync(target, "precious");
    Deno.mkdirSync(cache);
    Deno.chmodSync(stage.home, 0o755);
    Deno.chmodSync(cache, 0o1777);
    const { success } = await asNobody(["ln", "-s", target, `${cache}/stssamldriver`]).output();
    assert.ok(success);
    const env = { XDG_CACHE_HOME: cache };
    await using driver = await waitingDriver(stage, { args: ["--cache"], env });
    const stderr = await thenSignIn(stage, driver);
    assert.match(stderr, /The session is not cached: /);
    assert.equal(Deno.readTextFileSync(target), "precious");
  },
});
