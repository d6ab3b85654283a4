import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { checkTlsPair } from "../../src/system/tls_pair.ts";
import { hasOpenssl } from "../support/certificates.ts";

/** Runs openssl in a folder of its own that is gone afterwards. */
function made(): Readonly<Record<string, string>> {
  const folder = Deno.makeTempDirSync({ prefix: "stssaml-pair-" });
  try {
    const openssl = (...args: string[]) => {
      const { success, stderr } = new Deno.Command("openssl", { args, cwd: folder }).outputSync();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
    };
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const certificate = (name: string, san: string, kind = ec) =>
      openssl(
        ...["req", "-x509", ...kind, "-days", "2", "-subj", "/O=test"],
        ...["-addext", `subjectAltName=${san}`, "-keyout", `${name}.key`, "-out", `${name}.pem`],
      );
    certificate("one", "DNS:localhost,IP:127.0.0.1,IP:::1");
    certificate("rsa", "DNS:localhost", ["-newkey", "rsa:2048", "-nodes"]);
    certificate("ip", "IP:::1");
    certificate("other", "DNS:localhost.example.com");
    openssl(
      ...["req", "-x509", ...ec, "-days", "20000", "-subj", "/CN=localhost"],
      ...["-keyout", "nameless.key", "-out", "nameless.pem"],
    );
    openssl(
      ...["req", "-x509", ...ec, "-days", "20000", "-subj", "/O=test"],
      ...["-addext", "subjectAltName=critical,DNS:LOCALHOST"],
      ...["-keyout", "far.key", "-out", "far.pem"],
    );
    openssl("pkey", "-in", "one.key", "-aes256", "-passout", "pass:x", "-out", "encrypted.key");
    openssl("rsa", "-in", "rsa.key", "-traditional", "-out", "traditional.key");
    openssl(
      ...["rsa", "-in", "rsa.key", "-traditional", "-aes256", "-passout", "pass:x"],
      ...["-out", "traditional-encrypted.key"],
    );
    openssl("ec", "-in", "one.key", "-out", "sec1.key");
    openssl("pkey", "-in", "one.key", "-pubout", "-out", "public.key");
    openssl("x509", "-in", "one.pem", "-outform", "DER", "-out", "one.der");
    openssl("req", "-new", "-key", "one.key", "-subj", "/CN=localhost", "-out", "one.csr");
    return Object.fromEntries(
      [...Deno.readDirSync(folder)].map(({ name }) => [
        name,
        Deno.readTextFileSync(`${folder}/${name}`),
      ]),
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const DAY = 86_400_000;

const GOOD: readonly (readonly [cert: string, key: string])[] = [
  ["one.pem", "one.key"],
  ["one.pem", "sec1.key"],
  ["rsa.pem", "rsa.key"],
  ["rsa.pem", "traditional.key"],
  ["ip.pem", "ip.key"],
  ["far.pem", "far.key"],
  ["one.pem + other.pem", "one.key"],
  ["one.key + one.pem", "one.pem + one.key"],
];

const BAD: readonly (readonly [cert: string, key: string, says: RegExp, days?: number])[] = [
  ["one.pem", "encrypted.key", /the key of --tls-key is encrypted, and nobody can be asked/],
  ["rsa.pem", "traditional-encrypted.key", /the key of --tls-key is encrypted/],
  ["one.pem", "public.key", /--tls-key has no PEM private key, but a public key$/],
  ["one.pem", "one.pem", /--tls-key has no PEM private key, but a certificate$/],
  ["one.pem", "", /--tls-key has no PEM private key: it is empty$/],
  ["one.pem", "hello", /--tls-key has no PEM private key: it is no PEM file$/],
  ["one.key", "one.pem", /--tls-cert has no PEM certificate, but a private key$/],
  ["one.csr", "one.key", /--tls-cert has no PEM certificate, but a certificate request$/],
  ["one.der", "one.key", /--tls-cert has no PEM certificate: it is no PEM file$/],
  ["", "one.key", /--tls-cert has no PEM certificate: it is empty$/],
  ["cut", "one.key", /--tls-cert has no PEM certificate: it is cut short$/],
  ["garbled", "one.key", /the certificate of --tls-cert cannot be read$/],
  ["one.pem", "one.key", /the certificate expired at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/, 3],
  ["one.pem", "one.key", /the certificate is not valid before .* UTC$/, -1],
  ["other.pem", "other.key", /the certificate is not for localhost$/],
  ["nameless.pem", "nameless.key", /the certificate is not for localhost$/],
];

if (hasOpenssl) {
  const files = made();
  const one = files["one.pem"] ?? "";
  const others: Readonly<Record<string, string>> = {
    cut: one.slice(0, 200),
    garbled: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  };
  const textOf = (names: string) =>
    names.split(" + ").map((name) => files[name] ?? others[name] ?? name).join("");

  for (const [cert, key] of GOOD) {
    Deno.test(`checkTlsPair: ${cert} and ${key} go together`, async () => {
      await checkTlsPair({ cert: textOf(cert), key: textOf(key) }, Date.now());
    });
  }

  Deno.test("checkTlsPair: no byte of a certificate that is another one is a fault of ours", async () => {
    const [head = "", body = "", tail = ""] = one.split(/(?<=-----\n)|(?=-----END)/);
    const bytes = Uint8Array.from(atob(body.replace(/\s/g, "")), (each) => each.charCodeAt(0));
    for (let at = 0; at < bytes.length; at++) {
      for (const change of [1, 0x80, 0xff]) {
        const other = bytes.with(at, (bytes[at] ?? 0) ^ change);
        const cert = `${head}${btoa(String.fromCharCode(...other))}\n${tail}`;
        try {
          await checkTlsPair({ cert, key: textOf("one.key") }, Date.now());
        } catch (error) {
          assert.ok(error instanceof UserError, `byte ${at}: ${error}`);
        }
      }
    }
  });

  for (const [cert, key, says, days = 0] of BAD) {
    Deno.test(`checkTlsPair: ${cert || "nothing"} and ${key || "nothing"}: ${says.source}`, async () => {
      const pair = { cert: textOf(cert), key: textOf(key) };
      await assert.rejects(checkTlsPair(pair, Date.now() + days * DAY), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, /^Cannot use --tls-cert and --tls-key for https: /);
        assert.match(error.message, says);
        assert.deepEqual([error.code, error.exitCode], ["tls-unusable", 2]);
        assert.ok(error.hint);
        assert.ok(
          !`${error.message}${error.hint}${error.cause}`.includes(pair.key.slice(40, 80) || "?"),
        );
        return true;
      });
    });
  }
} else {
  Deno.test({ name: "checkTlsPair (skipped: no openssl)", ignore: true, fn: () => {} });
}
