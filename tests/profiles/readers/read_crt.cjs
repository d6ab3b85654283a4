// Reads shared files with the AWS Common Runtime (C), whose folder is the argument: a list of
// {kind, text, names} on stdin, for each a record of what every profile gives on stdout. What a profile gives
// shows only in a signed request.
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
process.env.AWS_EC2_METADATA_DISABLED = "true";
const { auth, http } = require(process.argv[2]);

const folder = mkdtempSync(join(tmpdir(), "read-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
const none = join(folder, "none");
const path = join(folder, "file");
writeFileSync(none, "");

async function give(name) {
  process.env.AWS_PROFILE = name;
  const headers = new http.HttpHeaders([["host", "example.com"]]);
  try {
    const signed = await auth.aws_sign_request(new http.HttpRequest("GET", "/", headers), {
      algorithm: auth.AwsSigningAlgorithm.SigV4,
      signature_type: auth.AwsSignatureType.HttpRequestViaHeaders,
      provider: auth.AwsCredentialsProvider.newDefault(),
      region: "us-east-1",
      service: "s3",
      date: new Date(),
    });
    const key = /Credential=([^/]*)/.exec(signed.headers.get("Authorization"))?.[1];
    return { key: key ?? null, token: signed.headers.get("X-Amz-Security-Token") ?? null };
  } catch {
    return null;
  }
}

(async () => {
  const answers = [];
  for (const { kind, text, names } of JSON.parse(readFileSync(0, "utf8"))) {
    writeFileSync(path, text);
    process.env.AWS_CONFIG_FILE = kind === "config" ? path : none;
    process.env.AWS_SHARED_CREDENTIALS_FILE = kind === "config" ? none : path;
    const answer = {};
    for (const name of names) answer[name] = await give(name);
    answers.push(answer);
  }
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
})();
