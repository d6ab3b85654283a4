/** `doctor --assertion`: recordings explained. */

import assert from "node:assert/strict";
import { type Ended, type Program, programs, runDriver, temporaryHome } from "../support/driver.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { driverEnv } from "../support/driver.ts";
import { buildResponse, wrapped76 } from "../support/saml_response.ts";
import { assertFailed, soon } from "../support/sign_ins.ts";

const FIXTURES = new URL("../fixtures/responses/", import.meta.url);

const RECORDINGS = [...Deno.readDirSync(FIXTURES)].map(({ name }) => name).toSorted();

const AUDIENCE = /^Problem: The assertion's Audience is "urn:amazon:webservices:\w+-only"/m;

/** What is wrong with those recordings that are not fine. */
const FAULTY: Readonly<Record<string, RegExp>> = {
  "ssp-assertion-only": AUDIENCE,
  "ssp-nopassive": /^Problem: The IdP did not sign you in: Responder\/NoPassive, /m,
  "ssp-response-only": AUDIENCE,
  "ssp-norole": /^Problem: Your sign-in does not include any role$/m,
};

async function doctor(
  program: Program,
  content: string | Uint8Array,
  { words = [], stdin = false }: { readonly words?: readonly string[]; readonly stdin?: boolean } =
    {},
): Promise<Ended> {
  using home = temporaryHome();
  const path = `${home.path}/response`;
  Deno.writeFileSync(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  const fed = ["sh", "-c", 'exec "$@" <"$0"', path, ...program.command] as const;
  return await runDriver(["doctor", "--assertion", stdin ? "-" : "~/response", ...words], {
    program: stdin ? { ...program, command: fed } : program,
    home: home.path,
  });
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + 2 * text.length);
  bytes.set([0xff, 0xfe]);
  for (let index = 0; index < text.length; index++) bytes[2 + 2 * index] = text.charCodeAt(index);
  return bytes;
}

for (const program of programs()) {
  for (const name of RECORDINGS) {
    Deno.test(`${program.name}: doctor explains ${name}`, async () => {
      const content = Deno.readFileSync(new URL(name, FIXTURES));
      const fault = FAULTY[name.split(".")[0] ?? ""];
      const { code, stdout, stderr } = await doctor(program, content);
      assert.equal(code, fault === undefined ? 0 : 5, stderr);
      assert.match(stdout, /^From \(Issuer\) +http:\/\/127\.0\.0\.1:810\d\//m);
      if (fault === undefined) {
        assert.match(stdout, /^Valid .*: expired, which is normal for a recording$/m);
        assert.match(stdout, /^Nothing in it is wrong for AWS/m);
        assert.match(stdout, /"SAML:aud": "http:\/\/localhost:8090\/saml"/);
        assert.equal(stderr, "");
      } else {
        assert.match(stdout, fault);
        assert.match(stderr, /^stssamldriver: This SAML Response would be refused: /);
      }
      assert.doesNotMatch(stdout, /SignatureValue|X509|CERTIFICATE|[A-Za-z0-9+/]{100}/);
    });
  }

  const { base64, xml } = buildResponse({ declaration: true });
  const forms: Readonly<Record<string, string | Uint8Array>> = {
    "XML": xml,
    "XML with a byte order mark": `\ufeff${xml}`,
    "indented XML": buildResponse({ pretty: true }).xml,
    "base64": base64,
    "wrapped base64": wrapped76(base64),
    "a form's body": `RelayState=x&SAMLResponse=${encodeURIComponent(base64)}`,
    "a page with the form":
      `<html><form><input name="SAMLResponse" value="${base64}"></form></html>`,
    "what PowerShell writes": utf16(`${base64}\r\n`),
  };
  for (const [name, content] of Object.entries(forms)) {
    Deno.test(`${program.name}: doctor reads ${name}, from a file and from stdin`, async () => {
      for (const stdin of [false, true]) {
        const { code, stdout, stderr } = await doctor(program, content, { stdin });
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^Signed in as +alice@example\.com$/m);
      }
    });
  }

  Deno.test(`${program.name}: doctor prints JSON for programs`, async () => {
    const recipient = "https://signin.aws.amazon.com/saml";
    const { base64 } = buildResponse({
      recipient,
      principalTags: { Team: "hidden" },
      sign: "none",
    });
    const { code, stdout } = await doctor(program, base64, { words: ["--json"] });
    assert.equal(code, 5);
    const report = JSON.parse(stdout);
    assert.equal(report.usable, false);
    assert.deepEqual(report.problems.length, 1);
    assert.deepEqual(report.sessionTags, ["Team"]);
    assert.deepEqual(report.signed, []);
    assert.equal(report.roles[0].roleArn, "arn:aws:iam::111122223333:role/Dev");
    const [{ policy }] = report.trustPolicies;
    assert.deepEqual(policy.Statement[0].Action, ["sts:AssumeRoleWithSAML", "sts:TagSession"]);
    assert.doesNotMatch(stdout, /hidden/);
  });

  Deno.test(`${program.name}: doctor lets nothing in the Response drive the terminal`, async () => {
    const bad = "\u202e\u0085<b>x</b>\u2028Signed in as  root";
    const { base64 } = buildResponse({
      issuer: `https://idp.example/${bad}`,
      recipient: `https://sp.example/${bad}`,
      audience: bad,
      roleSessionName: bad,
      principalTags: { [bad]: bad },
      roles: [bad],
    });
    for (const words of [[], ["--json"]]) {
      const { code, stdout, stderr } = await doctor(program, base64, { words });
      assert.equal(code, 5, stderr);
      // deno-lint-ignore no-control-regex
      const drives = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e]/;
      assert.doesNotMatch(stdout + stderr, drives);
      assert.doesNotMatch(stdout, /^Signed in as {2}root/m);
    }
  });

  const refused: readonly (readonly [string, string, number, RegExp])[] = [
    ["an empty file", "", 5, /is empty$/],
    ["no base64", "hello, world", 5, /it is not base64$/],
    ["base64 of something else", btoa("hello, world!!!"), 5, /^Cannot read /],
    ["XML of something else", "<html></html>", 5, /not a SAML 2.0 Response$/],
    ["a document type", `<!DOCTYPE x [<!ENTITY e "e">]>${xml}`, 5, /./],
    ["a huge file", "A".repeat(2_000_000), 5, /it is larger than 1048576 bytes$/],
    ["more than STS takes", "A".repeat(200_000), 5, /STS accepts at most 100000$/],
  ];
  for (const [name, content, code, says] of refused) {
    Deno.test(`${program.name}: doctor ends with ${code} at ${name}`, async () => {
      assertFailed(await doctor(program, content), { code, says });
    });
  }

  const usage: readonly (readonly [readonly string[], string | RegExp])[] = [
    [["--assertion", "/no/such/file"], "Cannot read --assertion /no/such/file: no such file"],
    [["--assertion", "/"], /^Cannot read --assertion \/: /],
    [["--assertion", "/dev/zero"], /it is larger than 1048576 bytes$/],
  ];
  for (const [words, says] of usage) {
    Deno.test(`${program.name}: doctor ${words.join(" ")} is refused`, async () => {
      const code = words.includes("/dev/zero") ? 5 : 2;
      assertFailed(await runDriver(["doctor", ...words], { program }), { code, says });
    });
  }

  for (const [what, typed] of [["base64", base64], ["XML", `${xml}\x04`]] as const) {
    Deno.test(
      peerTestDefinition(
        `${program.name}: doctor --assertion - takes a paste of ${what} on a terminal`,
        {
          peer: ptyPeer(),
          required: false,
          fn: async () => {
            using home = temporaryHome();
            await using terminal = onTerminal(
              shellLine([...program.command, "doctor", "--assertion", "-"]),
              driverEnv({ home: home.path, env: { TERM: "xterm" } }),
            );
            await terminal.waitFor("Paste the SAML Response here");
            await terminal.type(typed);
            assert.equal(await soon("the end", terminal.ended), 0, terminal.shown());
            assert.match(terminal.shown(), /Signed in as +alice@example\.com/);
            assert.ok(!terminal.shown().includes(typed.slice(0, 60)));
          },
        },
      ),
    );
  }
}
