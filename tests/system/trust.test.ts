import assert from "node:assert/strict";
import { trustedClient } from "../../src/system/trust.ts";
import { checked, userErrorFrom } from "../support/checks.ts";
import { idpKey } from "../support/keys.ts";

async function withFile<T>(text: string, run: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/ca.pem`, text);
    return await run(`${folder}/ca.pem`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const environment = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("trustedClient: no client where nothing is set, or set to nothing", async () => {
  assert.equal(await trustedClient(environment({})), undefined);
  assert.equal(
    await trustedClient(environment({ AWS_CA_BUNDLE: "", SSL_CERT_FILE: "" })),
    undefined,
  );
});

Deno.test("trustedClient: either variable, a bundle with words around it, CRLF, a home folder", async () => {
  const pem = idpKey().certificatePem;
  const bundle = `# Example Corp\n${pem}\nsubject=/CN=x\n${pem.replaceAll("\n", "\r\n")}`;
  await withFile(bundle, async (path) => {
    const home = path.replace("/ca.pem", "");
    for (
      const variables of [
        { AWS_CA_BUNDLE: path },
        { SSL_CERT_FILE: path },
        { AWS_CA_BUNDLE: path, SSL_CERT_FILE: "/nonexistent" },
        { AWS_CA_BUNDLE: "", SSL_CERT_FILE: path },
        { AWS_CA_BUNDLE: "~/ca.pem", HOME: home },
      ]
    ) {
      const client = await trustedClient(environment(variables));
      assert.ok(client);
      client.close();
    }
  });
});

Deno.test("trustedClient: a bundle that cannot be used names the variable and its value", async () => {
  const inside = (text: string) =>
    `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
  for (
    const text of ["", "hello", idpKey().privateKeyPem, inside(""), inside("AAAA"), inside("!!")]
  ) {
    await withFile(text, async (path) => {
      const error = await userErrorFrom(trustedClient(environment({ AWS_CA_BUNDLE: path })));
      assert.equal(error.exitCode, 2);
      assert.ok(error.message.startsWith(`Cannot use AWS_CA_BUNDLE=${path}: `), error.message);
      assert.match(error.hint ?? "", /PEM file/);
    });
  }
});

Deno.test("trustedClient: a file that is missing or is a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const [path, reason] of [
        [folder, "it is a folder"],
        [`${folder}/missing`, "the file does not exist"],
      ] as const
    ) {
      const error = await userErrorFrom(trustedClient(environment({ SSL_CERT_FILE: path })));
      assert.equal(error.exitCode, 2);
      assert.equal(checked(error).message, `Cannot use SSL_CERT_FILE=${path}: ${reason}`);
    }
  } finally {
    await Deno.remove(folder);
  }
});
