import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { UserError } from "../../src/errors.ts";
import { checkProxy, proxyFor, proxyTrouble } from "../../src/system/proxy.ts";
import { checked } from "../support/checks.ts";

const CHILD = fileURLToPath(new URL("proxy_child.ts", import.meta.url));

/** Values that can be used; `HOST` stands for the proxy's host and port. */
const USABLE: readonly string[] = [
  "http://HOST",
  "HTTP://HOST",
  "https://HOST",
  "HOST",
  "http://HOST/",
  "http://HOST/path?query#part",
  "http://me:secret@HOST",
  "me:secret@HOST",
  "http://me:@HOST",
  "http://:secret@HOST",
  "http://me:a:b@HOST",
  "http://me:100%@HOST",
  "http://me:a%40b%23c@HOST",
  "http://corp%5Cme:!$&'()*+,;=-._~@HOST",
  "socks5://HOST",
  "socks5h://me:secret@HOST",
];

/** Values that cannot, and what must be said. */
const UNUSABLE: readonly (readonly [value: string, says: RegExp])[] = [
  [" http://HOST", /white space/],
  ["http://HOST ", /white space/],
  ["http://HOST\n", /white space/],
  ['"http://HOST"', /quotes/],
  ["'http://HOST'", /quotes/],
  ["socks4://HOST", /scheme/],
  ["socks://HOST", /scheme/],
  ["tcp://HOST", /scheme/],
  ["ftp://HOST", /scheme/],
  ["http://me:a#b@HOST", /percent-encoded/],
  ["http://me:a/b@HOST", /percent-encoded/],
  ["http://me:a?b@HOST", /percent-encoded/],
  ["http://me:a b@HOST", /percent-encoded/],
  ['http://me:a"b@HOST', /percent-encoded/],
  ["http://me:a\\b@HOST", /percent-encoded/],
  ["http://corp\\me:ab@HOST", /percent-encoded/],
  ["http://me:a[b@HOST", /percent-encoded/],
  ["http://me:a^b@HOST", /percent-encoded/],
  ["http://me:äb@HOST", /percent-encoded/],
  ["http://me@HOST", /colon/],
  ["me@HOST", /colon/],
  ["http:HOST", /form|port/],
  ["http:/HOST", /form|port/],
  ["//HOST", /form/],
  ["http://", /form/],
  ["http://:8080", /form/],
  [":8080", /form/],
  ["http://pro xy:8080", /form/],
  ["http://pröxy:8080", /form/],
  ["http://HOSTx", /port/],
  ["http://HOST;", /port/],
  ["http://127.0.0.1:99999", /port/],
  ["http://127.0.0.1:0", /port/],
  ["http://127.0.0.1:", /port/],
  ["http://127.0.0.1:-1", /port/],
  ["http://[::1]:x", /port/],
];

Deno.test("proxyTrouble: what can be used, and what cannot with the reason", () => {
  for (const value of USABLE) {
    assert.equal(proxyTrouble(value.replace("HOST", "proxy.example:8080")), undefined, value);
  }
  for (const value of ["http://proxy", "proxy.example", "http://[2001:db8::1]:3128"]) {
    assert.equal(proxyTrouble(value), undefined, value);
  }
  for (const [value, says] of UNUSABLE) {
    assert.match(proxyTrouble(value.replace("HOST", "proxy.example:8080")) ?? "", says, value);
  }
});

Deno.test("proxyTrouble: the runtime asks those that can be used, and no other", async () => {
  const values = [...USABLE, ...UNUSABLE.map(([value]) => value)];
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-prompt", CHILD, ...values],
    clearEnv: true,
    env: { HOME: Deno.env.get("HOME") ?? "", PATH: Deno.env.get("PATH") ?? "" },
    stderr: "inherit",
  }).output();
  const asked = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual(asked, USABLE);
});

Deno.test("checkProxy: what names the proxy of a host, and what keeps it from being used", () => {
  const bad = "socks4://me:s3cret@proxy.example";
  const good = "http://proxy.example:8080";
  const cases: readonly [env: Record<string, string>, named: string | undefined][] = [
    [{}, undefined],
    [{ HTTPS_PROXY: good }, undefined],
    [{ HTTPS_PROXY: "" }, undefined],
    [{ HTTP_PROXY: bad, http_proxy: bad }, undefined],
    [{ HTTPS_PROXY: bad }, "HTTPS_PROXY"],
    [{ https_proxy: bad }, "https_proxy"],
    [{ ALL_PROXY: bad }, "ALL_PROXY"],
    [{ all_proxy: bad }, "all_proxy"],
    [{ HTTPS_PROXY: bad, https_proxy: good }, undefined],
    [{ HTTPS_PROXY: bad, ALL_PROXY: good }, "HTTPS_PROXY"],
    [{ HTTPS_PROXY: good, ALL_PROXY: bad }, undefined],
    [{ HTTPS_PROXY: bad, NO_PROXY: "*" }, undefined],
    [{ HTTPS_PROXY: bad, NO_PROXY: "a, amazonaws.com" }, undefined],
    [{ HTTPS_PROXY: bad, no_proxy: ".amazonaws.com" }, undefined],
    [{ HTTPS_PROXY: bad, NO_PROXY: "azonaws.com,,corp.example" }, "HTTPS_PROXY"],
  ];
  for (const [env, named] of cases) {
    const check = () => checkProxy("sts.us-east-1.amazonaws.com", (name) => env[name]);
    if (named === undefined) check();
    else {
      assert.throws(check, (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.exitCode, 2);
        assert.ok(checked(error).message.includes(` ${named}: `), error.message);
        assert.ok(!`${error.message}${error.hint}`.includes("s3cret"));
        return true;
      }, JSON.stringify(env));
    }
  }
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) checkProxy(host, () => bad);
});

Deno.test("proxyFor: the proxy that the runtime takes, without who signs in to it", () => {
  const cases: readonly [env: Record<string, string>, proxy: string | undefined][] = [
    [{}, undefined],
    [
      { HTTPS_PROXY: "http://me:s3c%40ret@proxy.example:8080/path" },
      "HTTPS_PROXY proxy.example:8080",
    ],
    [{ https_proxy: "me:s3cret@proxy.example" }, "https_proxy proxy.example"],
    [{ HTTPS_PROXY: "http://a", ALL_PROXY: "socks5://[::1]:1080" }, "ALL_PROXY [::1]:1080"],
    [{ HTTPS_PROXY: "http://a", ALL_PROXY: "socks4://b" }, "HTTPS_PROXY a"],
    [{ HTTPS_PROXY: "http://a", NO_PROXY: ".amazonaws.com" }, undefined],
  ];
  for (const [env, expected] of cases) {
    const proxy = proxyFor("sts.us-east-1.amazonaws.com", (name) => env[name]);
    assert.equal(proxy && `${proxy.name} ${proxy.address}`, expected, JSON.stringify(env));
  }
});
