/** SP-initiated: the sign-in starts with a request of ours, and only the answer to it is taken. */

import assert from "node:assert/strict";
import { filesOf, productOf } from "../support/aws_files.ts";
import { idOf, requestInPage, requestInUrl } from "../support/authn_requests.ts";
import { type Driver, freePort, programs, runDriver } from "../support/driver.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { commandDriver } from "../support/offering.ts";
import {
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  ISSUER,
  type ResponseOptions,
} from "../support/saml_response.ts";
import { hostileResponse } from "../support/saml_hostile.ts";
import {
  assertFailed,
  assertFree,
  detailOf,
  endOf,
  headingOf,
  post,
  soon,
  startAddress,
} from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { browserOf, overNetwork, PickerTab, postAssertion, type Send } from "../support/tab.ts";

const SSO = "https://idp.example/sso?tenant=1";
const NAMED = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

/** Starts a driver that sends requests, and waits until it listens. */
async function asking(
  stage: Stage,
  args: readonly string[],
  more: Parameters<typeof commandDriver>[2] = {},
) {
  const sso = args.some((arg) => /^--(sso-url|idp-metadata)$/.test(arg)) ? [] : ["--sso-url", SSO];
  const driver = commandDriver(stage, [...args, ...sso], more);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  return driver;
}

/** Opens the start address; nothing is followed. */
async function opened(driver: Driver, browser: Send): Promise<Response> {
  const start = startAddress(driver);
  return await browser(new Request(start, { headers: { host: new URL(start).host } }));
}

/** Opens the start address in a browser, and returns the ID of the request that it was given. */
async function askedId(driver: Driver, browser: Send = browserOf(overNetwork)): Promise<string> {
  const answer = await opened(driver, browser);
  await answer.body?.cancel();
  assert.equal(answer.status, 303);
  return idOf(requestInUrl(answer.headers.get("location") ?? ""));
}

/** Posts the Response of a user, who has changed it. */
async function posted(stage: Stage, changes: ResponseOptions, user = "alice") {
  return await post(stage, stage.idp.signIn(user, changes).fields);
}

for (const program of programs()) {
  Deno.test(`${program.name}: the answer to our request is taken without a click`, async () => {
    await using stage = setStage();
    await using driver = await asking(stage, ["credentials"], { program });
    assert.match(driver.said(), /^Sign in at http:\/\/localhost:\d+\/start\//m);
    const answer = await opened(driver, browserOf(overNetwork));
    await answer.body?.cancel();
    const location = new URL(answer.headers.get("location") ?? "");
    assert.equal(`${location.origin}${location.pathname}`, "https://idp.example/sso");
    assert.equal(location.searchParams.get("tenant"), "1");
    const { attributes } = requestInUrl(location);
    assert.equal(attributes.get("AssertionConsumerServiceURL"), stage.acsUrl);
    assert.equal(attributes.get("Destination"), SSO);
    const page = await posted(stage, { inResponseTo: attributes.get("ID") });
    assert.equal(headingOf(page.text), "Signed in to AWS");
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
    assertFree(stage.port);
  });
}

const NOT_OURS = "The SAML Response does not answer the request of this sign-in";
const STRAYS: readonly {
  readonly what: string;
  readonly changes: (id: string) => ResponseOptions;
  readonly says: string;
}[] = [
  {
    what: "an unsolicited answer",
    changes: () => ({}),
    says: "The SAML Response answers no request, but this sign-in began with one",
  },
  {
    what: "the answer to another request",
    changes: () => ({ inResponseTo: "_0123456789abcdef0123456789abcdef" }),
    says: NOT_OURS,
  },
  {
    what: "an answer that comes too late",
    changes: (id) => ({ inResponseTo: id, now: Date.now() - 3 * 3_600_000 }),
    says: "This sign-in expired at",
  },
  {
    what: "an answer of another IdP",
    changes: (id) => ({ inResponseTo: id, issuer: "https://other.example" }),
    says: `The assertion is from "https://other.example", not from "${ISSUER}"`,
  },
  {
    what: "an answer that says NoPassive",
    changes: (id) => ({ inResponseTo: id, status: "Responder", subStatus: "NoPassive" }),
    says: "The IdP did not sign you in: Responder/NoPassive",
  },
];
Deno.test("sso: what does not answer our request, or too late, is refused, and the wait goes on", async () => {
  await using stage = setStage();
  await using driver = await asking(stage, ["credentials", "--idp", ISSUER]);
  const id = await askedId(driver);
  for (const { what, changes, says } of STRAYS) {
    const page = await posted(stage, changes(id));
    assert.equal(page.status, 400, what);
    const said = `${headingOf(page.text)} ${detailOf(page.text)}`;
    assert.ok(said.includes(says) || driver.said().includes(says), `${what}: ${said}`);
    assert.ok(driver.said().includes(`Sign-in rejected: ${says}`), what);
  }
  for (const kind of ["wrapped-in-extensions", "wrapped-in-object"] as const) {
    const page = await postAssertion(
      overNetwork,
      stage.acsUrl,
      hostileResponse(kind, { inResponseTo: id, now: Date.now() }).base64,
    );
    assert.equal(page.status, 400, kind);
  }
  assert.equal(stage.sts.calls.length, 0);
  await posted(stage, { inResponseTo: id });
  const { code, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
});

Deno.test("sso: a replayed answer is refused while the person picks a role", async () => {
  await using stage = setStage({ maxSessionDuration: 7200 });
  await using driver = await asking(stage, ["credentials"]);
  const browser = browserOf(overNetwork);
  const inResponseTo = await askedId(driver, browser);
  const { fields } = stage.idp.signIn("bob", { inResponseTo });
  const base64 = fields[0]?.[1] ?? "";
  const first = await postAssertion(browser, stage.acsUrl, base64);
  const tab = new PickerTab(browser, new URL(first.location ?? "", stage.acsUrl));
  await tab.open();
  const again = await postAssertion(overNetwork, stage.acsUrl, base64);
  assert.equal(again.status, 400);
  assert.match(driver.said(), /Sign-in rejected: .* answers a request that was answered before/);
  // Another assertion with the same ID is no better.
  await posted(stage, { inResponseTo }, "alice");
  assert.equal(stage.sts.calls.length, 0);
  assert.equal((await tab.choose("Audit")).heading, "Signed in to AWS");
  assert.equal((await endOf(driver)).code, 0);
});

Deno.test("sso: each look at the start address is a request of its own; both answers are ours", async () => {
  await using stage = setStage();
  await using driver = await asking(stage, ["credentials"]);
  const browser = browserOf(overNetwork);
  const first = await askedId(driver, browser);
  const second = await askedId(driver, browser);
  assert.notEqual(first, second);
  await posted(stage, { inResponseTo: first });
  assert.equal((await endOf(driver)).code, 0);
});

Deno.test("sso: attack: a second visitor of the start address gets no request, and the terminal says so", async () => {
  await using stage = setStage();
  await using driver = await asking(stage, ["credentials"]);
  const browser = browserOf(overNetwork);
  const head = await fetch(startAddress(driver), { method: "HEAD", redirect: "manual" });
  assert.deepEqual([head.headers.get("location"), head.headers.get("set-cookie")], [null, null]);
  const id = await askedId(driver, browser);
  assert.doesNotMatch(driver.said(), /Another browser/);
  const second = await opened(driver, browserOf(overNetwork));
  assert.equal(second.status, 403);
  assert.equal(second.headers.get("location"), null);
  assert.equal(second.headers.get("set-cookie"), null);
  assert.equal(headingOf(await second.text()), "This sign-in was started in another browser");
  await soon(
    "the warning",
    driver.waitFor("Warning: Another browser or program opened the address"),
  );
  const again = new URL("/start/again", stage.acsUrl).href;
  const foreign = await fetch(again, { redirect: "manual" });
  assert.equal(foreign.status, 403);
  await foreign.body?.cancel();
  const own = await browser(new Request(again));
  await own.body?.cancel();
  assert.match(own.headers.get("location") ?? "", /SAMLRequest=/);
  await posted(stage, { inResponseTo: id });
  assert.equal((await endOf(driver)).code, 0);
});

Deno.test("sso: by POST the request is in a form that goes to the IdP", async () => {
  await using stage = setStage();
  const more = [
    "--sso-binding",
    "post",
    "--force-authn",
    "--acs-index",
    "3",
    "--sp-entity-id",
    "urn:x",
  ];
  await using driver = await asking(stage, ["credentials", ...more]);
  const answer = await opened(driver, browserOf(overNetwork));
  assert.equal(answer.status, 200);
  const policy = answer.headers.get("content-security-policy") ?? "";
  assert.doesNotMatch(policy, /form-action/, "it would block the IdP's redirects");
  const text = await answer.text();
  assert.ok(text.includes(`<form method="post" action="${SSO}">`), text);
  const request = requestInPage(text);
  assert.equal(request.attributes.get("ForceAuthn"), "true");
  assert.equal(request.attributes.get("AssertionConsumerServiceIndex"), "3");
  assert.equal(request.children[0]?.text, "urn:x");
  await posted(stage, { inResponseTo: idOf(request) });
  assert.equal((await endOf(driver)).code, 0);
});

function metadata(location = SSO): string {
  return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${ISSUER}">` +
    `<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
    `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" ` +
    `Location="${location}"/></IDPSSODescriptor></EntityDescriptor>`;
}

Deno.test("sso: the metadata, a file or a URL, gives the endpoint and the only issuer", async () => {
  await using stage = setStage();
  await Deno.writeTextFile(`${stage.home}/idp.xml`, metadata());
  const server = serveLoopback(() => ({ status: 200, headers: {}, body: metadata() }));
  try {
    for (const source of [`~/idp.xml`, `${stage.home}/idp.xml`, `${server.url}/idp.xml`]) {
      await using driver = await asking(stage, ["credentials", "--idp-metadata", source]);
      const inResponseTo = await askedId(driver);
      const foreign = await posted(stage, { inResponseTo, issuer: "https://other.example" });
      assert.equal(foreign.status, 400);
      assert.match(driver.said(), /is from "https:\/\/other\.example", not from "/);
      await posted(stage, { inResponseTo });
      const { code, stderr } = await endOf(driver);
      assert.equal(code, 0, stderr);
    }
  } finally {
    await server.close();
  }
});

/** A port where nobody listens. */
const NOBODY = freePort();

const TROUBLES: readonly {
  readonly what: string;
  readonly args: (url: string) => readonly string[];
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    what: "no such file",
    args: () => ["--idp-metadata", "/nowhere/idp.xml"],
    code: 2,
    says: /^Cannot use --idp-metadata \/nowhere\/idp\.xml: no such file$/,
  },
  {
    what: "a page that is none",
    args: (url) => ["--idp-metadata", `${url}/page`],
    code: 2,
    says: /^Cannot use --idp-metadata http:\S+: it is not SAML metadata$/,
  },
  {
    what: "a redirect",
    args: (url) => ["--idp-metadata", `${url}/away`],
    code: 2,
    says: /: the server responded with HTTP 302, a redirect to http:\/\/other\.example\/$/,
  },
  {
    what: "an address without encryption",
    args: () => ["--idp-metadata", "http://idp.example/metadata"],
    code: 2,
    says: /: it must start with https:\/\/ or be on this machine$/,
  },
  {
    what: "an address that is none",
    args: () => ["--idp-metadata", "https://idp.example:port/metadata"],
    code: 2,
    says: /^Cannot use --idp-metadata https:\/\/idp\.example:port\/metadata: it is not a URL$/,
  },
  {
    what: "an address where nobody is",
    args: () => ["--idp-metadata", `http://localhost:${NOBODY}/metadata`],
    code: 7,
    says: /^Cannot reach the IdP's metadata at localhost:\d+: connection refused$/,
  },
  {
    what: "a flag of requests without one",
    args: () => ["--force-authn"],
    code: 2,
    says: /^--force-authn needs --sso-url or --idp-metadata$/,
  },
  {
    what: "an index that is none",
    args: () => ["--sso-url", SSO, "--acs-index", "-1"],
    code: 2,
    says: /acs-index/,
  },
  {
    what: "another binding",
    args: () => ["--sso-url", SSO, "--sso-binding", "artifact"],
    code: 2,
    says: /--sso-binding artifact: must be redirect or post$/,
  },
];
Deno.test("sso: what cannot be used is said before anything is opened", async () => {
  await using stage = setStage();
  const server = serveLoopback(({ target }) =>
    target === "/away"
      ? { status: 302, headers: { Location: "http://other.example/" }, body: "" }
      : { status: 200, headers: {}, body: "<html>Sign in</html>" }
  );
  try {
    for (const { what, args, code, says } of TROUBLES) {
      const ended = await runDriver([
        "credentials",
        "--port",
        String(stage.port),
        ...args(server.url),
      ], {
        home: stage.home,
        env: { BROWSER: "none" },
      });
      assert.doesNotMatch(ended.stderr, /Waiting on/, what);
      assertFailed(ended, { code, says });
    }
  } finally {
    await server.close();
  }
});

Deno.test("sso: STS calling our answer false ends the wait", async () => {
  await using stage = setStage({
    sts: { behaviours: [{ kind: "error", code: "InvalidIdentityToken" }] },
  });
  await using driver = await asking(stage, ["credentials", ...NAMED]);
  await posted(stage, { inResponseTo: await askedId(driver) });
  assertFailed(await endOf(driver), {
    code: 6,
    says: /^STS refused the sign-in: .*InvalidIdentityToken/,
  });
});

Deno.test("sso: setup and sync go straight through", async () => {
  await using stage = setStage();
  for (const args of [["setup", "dev"], ["sync"], ["sync", "--process"], ["roles"]]) {
    await using driver = await asking(stage, args);
    const page = await posted(stage, { inResponseTo: await askedId(driver) });
    assert.equal(page.status, 200, args.join(" "));
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    assert.doesNotMatch(stderr, /has not verified/);
  }
  const config = filesOf(stage.home)[".aws/config"] ?? "";
  assert.match(
    config,
    /^\[profile dev\]\n.* --sso-url "?https:\/\/idp\.example\/sso\?tenant=1"? /m,
  );
});

Deno.test("sso: --prune still asks before it removes", async () => {
  await using stage = setStage();
  await using first = await asking(stage, ["sync", "--process"]);
  await posted(stage, { inResponseTo: await askedId(first) }, "carol");
  assert.equal((await endOf(first)).code, 0);
  await using second = await asking(stage, ["sync", "--process", "--prune"]);
  const { fields } = stage.idp.signIn("alice", { inResponseTo: await askedId(second) });
  const page = await postAssertion(overNetwork, stage.acsUrl, fields[0]?.[1] ?? "");
  assert.equal(page.status, 303, "led to a question");
  assert.match(page.location ?? "", /\/confirm\//);
});

Deno.test("sso: callers share one sign-in, and the session is found again by the same flags only", async () => {
  await using stage = setStage();
  const cached = ["credentials", "--cache", ...NAMED];
  await using one = await asking(stage, cached);
  await using two = commandDriver(stage, [...cached, "--sso-url", SSO]);
  await soon("the second to wait", two.waitFor("Another command is already signing in"));
  await posted(stage, { inResponseTo: await askedId(one) });
  for (const driver of [one, two]) assert.equal((await endOf(driver)).code, 0);
  assert.equal(stage.sts.calls.length, 1);
  const again = [...cached, "--no-interactive", "--port", String(stage.port)];
  const options = { home: stage.home, env: stage.env };
  assert.equal((await runDriver([...again, "--sso-url", SSO], options)).code, 0);
  for (
    const other of [[], ["--sso-url", `${SSO}&x=1`], ["--sso-url", SSO, "--sp-entity-id", "urn:x"]]
  ) {
    assert.equal((await runDriver([...again, ...other], options)).code, 9, other.join(" "));
  }
});
