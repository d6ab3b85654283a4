import assert from "node:assert/strict";
import { postToAcs, startIdp, USERS } from "../support/idp.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { AWS, DEFAULT_PROVIDER } from "../support/saml_response.ts";
import { accountsFor, startSts } from "../support/sts.ts";
import { verifiedAssertion } from "../support/sts_assertion.ts";

/** The form of the IdP's page, read as a browser would. */
function formIn(html: string): { readonly action: string; readonly fields: [string, string][] } {
  const plain = (text: string) =>
    text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  const action = /<form method="post" action="([^"]*)"/.exec(html)?.[1];
  assert.ok(action);
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return {
    action: plain(action),
    fields: [...inputs].map(([, name = "", value = ""]) => [plain(name), plain(value)]),
  };
}

async function get(url: string): Promise<readonly [Response, string]> {
  const response = await fetch(url);
  return [response, await response.text()];
}

async function signInAt(
  url: string,
  fields: Record<string, string>,
): Promise<readonly [Response, string]> {
  const response = await fetch(`${url}/login`, {
    method: "POST",
    body: new URLSearchParams(fields),
  });
  return [response, await response.text()];
}

function responseOf(fields: readonly (readonly [string, string])[]): string {
  const value = fields.find(([name]) => name === "SAMLResponse")?.[1];
  assert.ok(value);
  return value;
}

Deno.test("startIdp: a person signs in, and the page posts a Response that verifies", async () => {
  const told: string[] = [];
  await using idp = startIdp({ acsUrl: "http://localhost:1/saml", onEvent: (it) => told.push(it) });
  const [start, startPage] = await get(idp.startUrl);
  assert.equal(start.status, 200);
  assert.match(startPage, /<input id="user" name="user"/);
  assert.match(startPage, /<meta name="viewport"/);
  assert.equal(start.headers.get("content-security-policy"), null);

  const [login, page] = await signInAt(idp.url, { user: " bob " });
  assert.equal(login.status, 200);
  assert.match(page, /<button>Continue<\/button>.*document\.forms\[0\]\.submit\(\)/);
  const form = formIn(page);
  assert.equal(form.action, "http://localhost:1/saml");
  const facts = verifiedAssertion(responseOf(form.fields), {
    arn: DEFAULT_PROVIDER,
    issuer: idp.issuer,
    keys: [idp.certificatePem],
  });
  assert.equal(facts.nameId, "bob");
  assert.equal(facts.recipient, "http://localhost:1/saml");
  assert.equal(facts.attributes.get(AWS + "Role")?.length, 5);
  assert.deepEqual(facts.attributes.get(AWS + "RoleSessionName"), ["bob@example.com"]);

  assert.deepEqual(
    idp.visits.map((it) => [it.method, it.target, it.user]),
    [["GET", "/start", undefined], ["POST", "/login", " bob "]],
  );
  assert.equal(idp.responses.at(-1)?.base64, responseOf(form.fields));
  assert.equal(told.length, 2);
  assert.ok(!told.join().includes(responseOf(form.fields)));
});

Deno.test("startIdp: a name that nobody has is asked again, escaped, RelayState kept", async () => {
  await using idp = startIdp();
  const [answer, page] = await signInAt(idp.url, { user: `"><script>`, RelayState: "x&y" });
  assert.equal(answer.status, 401);
  assert.ok(!page.includes("<script>"));
  assert.deepEqual(formIn(page), { action: "/login", fields: [["RelayState", "x&y"]] });
  assert.throws(() => idp.signIn("nobody"), /nobody/);
});

Deno.test("startIdp: RelayState from the start URL, by option, empty, and in either place", async () => {
  await using idp = startIdp({ relayState: "", relayStateFirst: true, autoPost: false });
  const names = (fields: readonly (readonly [string, string])[]) => fields.map(([name]) => name);
  const form = idp.signIn("alice");
  assert.deepEqual(names(form.fields), ["RelayState", "SAMLResponse"]);
  assert.equal(form.fields[0]?.[1], "");
  const [, startPage] = await get(`${idp.startUrl}?RelayState=home`);
  assert.deepEqual(formIn(startPage).fields, [["RelayState", "home"]]);
  const [, page] = await signInAt(idp.url, { user: "alice", RelayState: "home" });
  assert.equal(formIn(page).fields[0]?.[1], "home");
  assert.ok(!page.includes("<script>"));
  await using plain = startIdp();
  assert.deepEqual(names(plain.signIn("alice").fields), ["SAMLResponse"]);
});

Deno.test("startIdp: a policy for forms, base64 in lines, and other paths", async () => {
  await using idp = startIdp({ formAction: ["http://localhost:8090"], wrapBase64: true });
  const [start] = await get(`${idp.url}/`);
  assert.equal(start.url, idp.startUrl);
  assert.equal(
    start.headers.get("content-security-policy"),
    "form-action 'self' http://localhost:8090",
  );
  const [, page] = await signInAt(idp.url, { user: "alice" });
  assert.match(responseOf(formIn(page).fields), /^[\w+/]{76}\r\n/);
  assert.equal((await get(`${idp.url}/favicon.ico`))[0].status, 204);
  assert.equal((await get(`${idp.url}/login`))[0].status, 404);
});

Deno.test("startIdp: a broken and a late Response, by the caller's changes and clock", async () => {
  const clock = () => Date.UTC(2026, 0, 1);
  await using idp = startIdp({ clock, response: { sign: "assertion" } });
  idp.signIn("alice", { notOnOrAfter: 0, assertionId: "_mine" });
  const [made] = idp.responses;
  assert.ok(made);
  assert.match(made.xml, /IssueInstant="2026-01-01T00:00:00Z"/);
  assert.match(made.xml, /NotOnOrAfter="1970-01-01T00:00:00Z"/);
  assert.equal(made.assertionId, "_mine");
  assert.equal(made.xml.match(/<ds:Signature /g)?.length, 1);
});

Deno.test("postToAcs posts as a browser does, and follows no redirect", async () => {
  const seen: [string, string | null, string][] = [];
  await using acs = serveLoopback(({ method, headers, body }) => {
    seen.push([method, headers.get("origin"), body]);
    assert.equal(headers.get("content-type"), "application/x-www-form-urlencoded");
    assert.equal(headers.get("sec-fetch-site"), "cross-site");
    return { status: 303, headers: { Location: "/done" }, body: "see" };
  });
  const answer = await postToAcs(acs.url, [["SAMLResponse", "a+b/c="], ["RelayState", ""]]);
  assert.deepEqual([answer.status, answer.text], [303, "see"]);
  assert.equal(answer.headers.get("location"), "/done");
  assert.deepEqual(seen, [["POST", "null", "SAMLResponse=a%2Bb%2Fc%3D&RelayState="]]);
});

Deno.test("the IdP's users and the STS stand-in: each role is granted, or refused as said", async () => {
  await using idp = startIdp();
  const keys = [idp.certificatePem];
  await using sts = startSts(accountsFor(idp.offers, { issuer: idp.issuer, keys }));
  const outcomes = new Map<string, string>();
  for (const user of USERS) {
    const SAMLAssertion = responseOf(idp.signIn(user.name).fields);
    const [offer = idp.offers[0]] = user.response.roles ?? [];
    assert.ok(offer);
    const response = await fetch(sts.url, {
      method: "POST",
      body: new URLSearchParams({
        Action: "AssumeRoleWithSAML",
        Version: "2011-06-15",
        RoleArn: offer.role,
        PrincipalArn: offer.provider,
        SAMLAssertion,
      }),
    });
    await response.body?.cancel();
    outcomes.set(user.name, sts.calls.at(-1)?.outcome ?? "");
  }
  assert.deepEqual(Object.fromEntries(outcomes), {
    alice: "granted",
    bob: "granted",
    carol: "granted",
    dave: "AccessDenied",
    erin: "granted",
    frank: "IDPRejectedClaim",
    grace: "InvalidIdentityToken",
  });
});

Deno.test("startIdp closes while a browser keeps a silent connection open", async () => {
  const idp = startIdp();
  const silent = await Deno.connect({ hostname: "127.0.0.1", port: idp.port });
  await idp.close();
  await idp.close();
  silent.close();
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: idp.port }));
});
