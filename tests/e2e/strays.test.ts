/** Whatever else comes to the port: it gets its answer, and neither ends the wait nor holds it up. */

import assert from "node:assert/strict";
import { type Driver, programs } from "../support/driver.ts";
import {
  exchange,
  type RawConnection,
  rawConnection,
  strayTexts,
  wayOf,
} from "../support/raw_http.ts";
import { hostileResponse } from "../support/saml_hostile.ts";
import { toBase64 } from "../support/saml_response.ts";
import {
  assertFree,
  detailOf,
  endOf,
  headingOf,
  post,
  soon,
  waitingDriver,
} from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const FORM = "application/x-www-form-urlencoded";

interface Stray {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ((stage: Stage) => string);
  readonly status: number;
  /** What its page says of it. */
  readonly says: string | RegExp;
}

const field = (value: string) => `SAMLResponse=${encodeURIComponent(value)}`;
const unreadable = (reason: string) => `Cannot read the posted SAMLResponse: it is ${reason}`;

const STRAYS: readonly Stray[] = [
  { name: "no body", body: "", status: 400, says: "The form has no SAMLResponse" },
  {
    name: "no field",
    body: "RelayState=x&samlresponse=AAAA",
    status: 400,
    says: "The form has no SAMLResponse",
  },
  {
    name: "an empty field",
    body: "SAMLResponse=",
    status: 400,
    says: "The form has an empty SAMLResponse",
  },
  {
    name: "a field of blanks",
    body: "SAMLResponse=++%0d%0a",
    status: 400,
    says: "The form has an empty SAMLResponse",
  },
  {
    name: "two fields",
    body: ({ idp }) => [1, 2].map(() => field(idp.signIn("alice").fields[0]?.[1] ?? "")).join("&"),
    status: 400,
    says: "The form has more than one SAMLResponse",
  },
  {
    name: "JSON",
    type: "application/json",
    body: '{"SAMLResponse":"AAAA"}',
    status: 415,
    says: 'The form has type "application/json"',
  },
  {
    name: "text, as a form may be sent without asking",
    type: "text/plain",
    body: ({ idp }) => field(idp.signIn("alice").fields[0]?.[1] ?? ""),
    status: 415,
    says: 'The form has type "text/plain"',
  },
  {
    name: "no content type",
    type: "",
    body: "SAMLResponse=AAAA",
    status: 415,
    says: 'The form has type ""',
  },
  {
    name: "multipart",
    type: "multipart/form-data; boundary=b",
    body: ({ idp }) =>
      `--b\r\nContent-Disposition: form-data; name="SAMLResponse"\r\n\r\n${
        idp.signIn("alice").fields[0]?.[1]
      }\r\n--b--\r\n`,
    status: 415,
    says: 'The form has type "multipart/form-data"',
  },
  {
    name: "5 MB",
    body: field("A".repeat(5_000_000)),
    status: 413,
    says: "The form is larger than 400000 bytes",
  },
  {
    name: "100,000 nested tags",
    body: () => field(hostileResponse("deep-nesting").base64),
    status: 413,
    says: "The form is larger than 400000 bytes",
  },
  {
    name: "more than STS takes",
    body: field("A".repeat(100_004)),
    status: 400,
    says: "The assertion has 100004 characters, but STS accepts at most 100000",
  },
  {
    name: "as many nested tags as STS takes",
    body: field(toBase64("<a>".repeat(25_000))),
    status: 400,
    says: "Cannot read the posted SAMLResponse: it is nested deeper than 64",
  },
  {
    name: "as many elements as STS takes",
    body: field(toBase64(`<a>${"<b/>".repeat(18_000)}</a>`)),
    status: 400,
    says: /^The posted XML is .*a.*, not a SAML 2\.0 Response$/,
  },
  {
    name: "100,000 blanks",
    body: `SAMLResponse=${"+".repeat(100_000)}%0a${"+".repeat(100_000)}A`,
    status: 400,
    says: /^Cannot read the posted SAMLResponse|^The assertion has \d+ characters/,
  },
  { name: "not base64", body: field("<Response/>"), status: 400, says: unreadable("not base64") },
  {
    name: "base64url",
    body: field("PHNhbWxwOlJlc3BvbnNl_-"),
    status: 400,
    says: unreadable("not base64"),
  },
  {
    name: "base64 of bytes",
    body: field("/////w=="),
    status: 400,
    says: "Cannot read the posted SAMLResponse: its decoded content is not UTF-8 text",
  },
  {
    name: "not XML",
    body: field(toBase64("hello")),
    status: 400,
    says: unreadable("not well-formed XML"),
  },
  {
    name: "a DOCTYPE",
    body: () => field(hostileResponse("doctype").base64),
    status: 400,
    says: "Cannot read the posted SAMLResponse: it has a DOCTYPE, which SAML forbids",
  },
  {
    name: "a LogoutResponse",
    body: () => field(hostileResponse("logout-response").base64),
    status: 400,
    says: /^The posted XML is .*LogoutResponse.*, not a SAML 2\.0 Response$/,
  },
  {
    name: "the name of another host",
    headers: { host: "evil.example:8090" },
    body: ({ idp }) => field(idp.signIn("alice").fields[0]?.[1] ?? ""),
    status: 403,
    says: "Wrong address",
  },
  {
    name: "this host with another port",
    headers: { host: "localhost:1" },
    status: 403,
    says: "Wrong address",
  },
  {
    name: "the answer in the URL",
    method: "GET",
    path: "/saml?SAMLResponse=AAAA",
    status: 405,
    says: "Your IdP used HTTP-Redirect",
  },
  {
    name: "somebody looks at the ACS",
    method: "GET",
    status: 405,
    says: "Nothing to see here",
  },
  {
    name: "PUT",
    method: "PUT",
    body: "SAMLResponse=AAAA",
    status: 405,
    says: "Nothing to see here",
  },
  {
    name: "a POST to the front page",
    path: "/",
    body: "x=y",
    status: 405,
    says: "Wrong address",
  },
  {
    name: "a scanner",
    method: "GET",
    path: "/.git/config",
    status: 404,
    says: "This sign-in link has expired",
  },
  {
    name: "a start that is not this sign-in's",
    method: "GET",
    path: "/start/00000000-0000-0000-0000-000000000000",
    status: 404,
    says: "This sign-in link has expired",
  },
  {
    name: "way out of the path",
    method: "GET",
    path: "/saml/../../etc/passwd",
    status: 404,
    says: "This sign-in link has expired",
  },
  {
    name: "the ACS with a slash too many",
    path: "/saml/",
    body: "SAMLResponse=AAAA",
    status: 404,
    says: "This sign-in link has expired",
  },
];

/** The text of a stray as it goes over the wire. */
function wire(stray: Stray, stage: Stage): string {
  const { method = "POST", path = "/saml", type = FORM, headers = {}, body = "" } = stray;
  const text = typeof body === "string" ? body : body(stage);
  const all = {
    host: `localhost:${stage.port}`,
    connection: "close",
    ...(type !== "" && { "content-type": type }),
    ...(method !== "GET" && { "content-length": String(text.length) }),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${path} HTTP/1.1\r\n${head}\r\n${text}`;
}

async function thenSignIn(stage: Stage, driver: Driver): Promise<string> {
  const page = await post(stage, stage.idp.signIn("alice").fields);
  const { code, stdout, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(headingOf(page.text), "Signed in to AWS");
  assert.equal(stdout.split("\n").length, 2);
  assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
  assert.equal(stage.sts.calls.length, 1, "STS was asked once");
  assertFree(stage.port);
  return stderr;
}

for (const program of programs()) {
  Deno.test(`${program.name}: every stray gets its answer, and then the good one is taken`, async (t) => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { program });
    for (const stray of STRAYS) {
      await t.step(stray.name, async () => {
        const answer = await exchange(stage.port, wire(stray, stage));
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${stray.status} `));
        // What could be read and not used has the terminal's words below its heading.
        const said = detailOf(answer) || headingOf(answer);
        if (typeof stray.says === "string") assert.equal(said, stray.says);
        else assert.match(said, stray.says);
        assert.match(answer, /^cache-control: no-store\r$/im);
        assert.match(answer, /^content-security-policy: default-src 'none';/im);
        assert.match(answer, /^x-frame-options: DENY\r$/im);
      });
    }
    await thenSignIn(stage, driver);
  });

  Deno.test(`${program.name}: connections that never finish hold nothing up`, async () => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { program });
    const open: RawConnection[] = [];
    try {
      for (const hostname of ["127.0.0.1", "::1"]) {
        for (const text of Object.values(strayTexts(stage.port))) {
          for (let count = 0; count < 3; count++) {
            open.push(await rawConnection(stage.port, { hostname, text }));
          }
        }
      }
      await thenSignIn(stage, driver);
    } finally {
      for (const connection of open) connection[Symbol.dispose]();
    }
  });

  Deno.test(`${program.name}: chunks for ever are cut off, and a slow body waits alone`, async () => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { program });
    const head = (framing: string) =>
      `POST /saml HTTP/1.1\r\nHost: localhost:${stage.port}\r\nContent-Type: ${FORM}\r\n` +
      `${framing}\r\n\r\n`;
    const endless = async () => {
      using connection = await rawConnection(stage.port, {
        text: head("Transfer-Encoding: chunked"),
      });
      let over = false;
      const sending = (async () => {
        const chunk = `10000\r\n${"SAMLResponse=AAA".repeat(4096)}\r\n`;
        while (!over) await connection.send(chunk);
      })().catch(() => {});
      const answer = await soon("an answer", connection.until("\r\n\r\n"));
      over = true;
      connection[Symbol.dispose]();
      await sending;
      using shown = await rawConnection(stage.port, {
        text: `GET ${wayOf(answer)} HTTP/1.1\r\nHost: localhost:${stage.port}\r\n\r\n`,
      });
      assert.match(await soon("its page", shown.until("</h1>")), /^HTTP\/1\.1 413 /);
    };
    // Its own deadline is ten seconds away; the sign-in is over long before.
    using slow = await rawConnection(stage.port, {
      text: head("Content-Length: 500") + "SAMLResponse=",
    });
    await endless();
    await slow.send("A");
    await thenSignIn(stage, driver);
  });

  Deno.test(`${program.name}: a hundred strays at once`, async () => {
    await using stage = setStage();
    await using driver = await waitingDriver(stage, { program, args: ["--verbose"] });
    const paths = ["/favicon.ico", "/", "/robots.txt", "/saml", "/start/x"];
    const statuses = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      const path = paths[index % paths.length] ?? "/";
      const answer = await exchange(
        stage.port,
        wire({ name: "", method: "GET", path, status: 0, says: "" }, stage),
      );
      return Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1]);
    }));
    const counts = Map.groupBy(statuses, (status) => status);
    assert.deepEqual(
      [...counts].map(([status, all]) => [status, all.length]).sort(),
      [[200, 20], [204, 20], [404, 40], [405, 20]],
    );
    await thenSignIn(stage, driver);
  });

  Deno.test(`${program.name}: good, bad and silent at the same time: one is delivered`, async () => {
    await using stage = setStage({ sts: { delayMs: 100 } });
    await using driver = await waitingDriver(stage, { program });
    using silent = await rawConnection(stage.port, { text: "POST /saml HTTP/1.1\r\n" });
    const bad = ["AAAA", hostileResponse("two-assertions").base64, "%%%"];
    const answers = await Promise.all([
      ...bad.map((value) => post(stage, [["SAMLResponse", value]])),
      post(stage, stage.idp.signIn("alice").fields),
      ...bad.map((value) => post(stage, [["SAMLResponse", value]])),
    ]);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.deepEqual(answers.map(({ status }) => status), [400, 400, 400, 200, 400, 400, 400]);
    assert.equal(stage.sts.calls.length, 1);
    assert.equal((await silent.rest()).includes("200 OK"), false);
  });
}
