// Reads shared files with version 2 of the AWS SDK for JavaScript, whose folder is the argument: a list of
// {kind, text, names} on stdin, for each a record of what every profile gives on stdout.
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const AWS = require(process.argv[2]);

const folder = mkdtempSync(join(tmpdir(), "read-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
const none = join(folder, "none");
const path = join(folder, "file");
writeFileSync(none, "");

function read({ kind, text, names }) {
  writeFileSync(path, text);
  process.env.AWS_SDK_LOAD_CONFIG = "1";
  process.env.AWS_CONFIG_FILE = kind === "config" ? path : none;
  process.env.AWS_SHARED_CREDENTIALS_FILE = kind === "config" ? none : path;
  const profiles = AWS.util.getProfilesFromSharedConfig(new AWS.IniLoader());
  return Object.fromEntries(names.map((name) => {
    const values = profiles[name];
    return [
      name,
      values === undefined ? null : {
        key: values.aws_access_key_id ?? null,
        secret: values.aws_secret_access_key ?? null,
        token: values.aws_session_token ?? null,
        process: values.credential_process ?? null,
      },
    ];
  }));
}

const files = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(files.map(read)));
