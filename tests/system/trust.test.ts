import assert from "node:assert/strict";
import { checkTrust, trustedClient } from "../../src/system/trust.ts";
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

Deno.test("trustedClient: a file that cannot be read is told with the reason", async () => {
  await withFile("", async (path) => {
    for (
      const [value, reason] of [
        [path.replace("/ca.pem", ""), "it is a folder"],
        [`${path}-none`, "the file does not exist"],
        ["none.pem", "the file does not exist in the current folder"],
        [`/${"x".repeat(5000)}`, "File name too long"],
      ] as const
    ) {
      const error = await userErrorFrom(trustedClient(environment({ AWS_CA_BUNDLE: value })));
      assert.ok(error.message.startsWith("Cannot use AWS_CA_BUNDLE="), error.message);
      assert.ok(error.message.endsWith(`: ${reason}`), error.message.slice(-60));
      assert.equal(error.variable, "AWS_CA_BUNDLE");
    }
  });
});

Deno.test("trustedClient: CAs that the runtime itself cannot load are not blamed on AWS_CA_BUNDLE", async () => {
  const { createHttpClient } = Deno;
  await withFile(idpKey().certificatePem, async (path) => {
    try {
      for (
        const [thrown, variables, message] of [
          [
            "Unable to load platform certificates: x",
            { SSL_CERT_FILE: "/s" },
            /use SSL_CERT_FILE=\/s: /,
          ],
          [
            "Unable to add pem file: x",
            { DENO_CERT: "/d", SSL_CERT_FILE: "/s" },
            /use DENO_CERT=\/d: /,
          ],
          [
            "Unable to load platform certificates: x",
            {},
            /load the CA certificates of this machine: /,
          ],
        ] as const
      ) {
        Deno.createHttpClient = () => {
          throw new Error(thrown);
        };
        const env = environment({ AWS_CA_BUNDLE: path, ...variables });
        const error = await userErrorFrom(trustedClient(env));
        assert.deepEqual([error.code, error.exitCode], ["trust-unreadable", 2]);
        assert.match(error.message, message);
      }
    } finally {
      Deno.createHttpClient = createHttpClient;
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

Deno.test("checkTrust: nothing set, and stores that Deno knows, are no trouble", async () => {
  await checkTrust(environment({}));
  for (const store of ["", "system", "mozilla", "mozilla, system"]) {
    await checkTrust(environment({ DENO_TLS_CA_STORE: store }));
  }
});

Deno.test("checkTrust: an unknown store is refused with those that there are", async () => {
  const error = await userErrorFrom(checkTrust(environment({ DENO_TLS_CA_STORE: "system,corp" })));
  assert.equal(error.exitCode, 2);
  assert.equal(
    error.message,
    "Cannot use DENO_TLS_CA_STORE=system,corp: it must be system or mozilla",
  );
});

Deno.test("checkTrust: looks at every file, and at AWS's settings in their order", async () => {
  await withFile(idpKey().certificatePem, async (path) => {
    const profile = { name: "ca_bundle", shown: "ca_bundle=/of/profile", path: "/of/profile" };
    const table: readonly (readonly [Record<string, string>, string | undefined])[] = [
      [{ SSL_CERT_FILE: "/gone" }, "SSL_CERT_FILE=/gone"],
      [{ DENO_CERT: "/gone" }, "DENO_CERT=/gone"],
      [{ AWS_CA_BUNDLE: path, SSL_CERT_FILE: path, DENO_CERT: path }, undefined],
      [{ AWS_CA_BUNDLE: path, REQUESTS_CA_BUNDLE: "/gone" }, undefined],
      [{ REQUESTS_CA_BUNDLE: path }, "ca_bundle=/of/profile"],
    ];
    for (const [variables, named] of table) {
      const ofProfile = named?.startsWith("ca_bundle") ? profile : undefined;
      const checking = checkTrust(environment(variables), ofProfile);
      if (named === undefined) await checking;
      else {
        const { message } = await userErrorFrom(checking);
        assert.equal(message, `Cannot use ${named}: the file does not exist`);
      }
    }
    await userErrorFrom(checkTrust(environment({ REQUESTS_CA_BUNDLE: "gone.pem" }))).then(
      ({ message }) => assert.match(message, /does not exist in the current folder$/),
    );
  });
});
