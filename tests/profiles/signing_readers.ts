/**
 * Readers that show what they have read in a signed request only: rclone (version 1 of the AWS SDK for Go),
 * Terraform (version 2) and restic (MinIO's library). A stand-in for S3 sees the access key and the token.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Answer, ReadFile, Values } from "./readers.ts";

/** Reads many files with one rclone, by its remote control. Its profiles' processes are run. */
export async function readWithRclone(
  rclone: string,
  files: readonly ReadFile[],
): Promise<Answer[]> {
  await using signed = signedRequests();
  const folder = await Deno.makeTempDir();
  const [config, credentials] = [`${folder}/config`, `${folder}/credentials`];
  const child = new Deno.Command(rclone, {
    args: ["rcd", "--rc-no-auth", "--rc-addr=127.0.0.1:0", "--retries=1", "--low-level-retries=1"],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      RCLONE_CONFIG: `${folder}/rclone.conf`,
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_EC2_METADATA_DISABLED: "true",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said: Promise<void> | undefined;
  try {
    const { url, ended } = await urlIn(child.stderr);
    said = ended;
    let count = 0;
    const read = async (name: string) => {
      // Rclone keeps what it has read under the whole name of a file system.
      const fs = `:s3,provider=Other,env_auth=true,profile="${name}",region=r${count++}`;
      const response = await fetch(`${url}operations/list`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ fs: `${fs},endpoint="${signed.url}":bucket`, remote: "" }),
      });
      await response.body?.cancel();
    };
    return await answersOf(files, { write: intoShared({ config, credentials }), read, signed });
  } finally {
    child.kill();
    await said;
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a file as the shared file that it is, and the other one empty. */
function intoShared(
  { config, credentials }: { readonly config: string; readonly credentials: string },
): Reading["write"] {
  return async ({ kind, text }) => {
    await Deno.writeTextFile(config, kind === "config" ? text : "");
    await Deno.writeTextFile(credentials, kind === "config" ? "" : text);
  };
}

/** How one reader reads files. */
interface Reading {
  /** Puts a file where the reader looks for it. */
  readonly write: (file: ReadFile) => Promise<void>;
  /** Has it sign a request with the keys of a profile. */
  readonly read: (profile: string) => Promise<void>;
  readonly signed: Pick<ReturnType<typeof signedRequests>, "take">;
}

/** What a reader signs with for each profile of each file. */
async function answersOf(
  files: readonly ReadFile[],
  { write, read, signed }: Reading,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const file of files) {
    await write(file);
    const answer: Record<string, Values | null> = {};
    for (const name of file.names) {
      await read(name);
      answer[name] = signed.take();
    }
    answers.push(answer);
  }
  return answers;
}

/** Reads credentials files with restic, one process for every profile. */
export async function readWithRestic(
  restic: string,
  files: readonly ReadFile[],
): Promise<Answer[]> {
  await using signed = signedRequests();
  const path = await Deno.makeTempFile();
  try {
    const write = ({ text }: ReadFile) => Deno.writeTextFile(path, text);
    return await answersOf(files, {
      ...{ write, signed },
      read: async (name) => {
        await new Deno.Command(restic, {
          args: ["-r", `s3:${signed.url}/bucket`, "--no-cache", "--no-lock", "cat", "config"],
          clearEnv: true,
          env: {
            PATH: Deno.env.get("PATH") ?? "",
            AWS_SHARED_CREDENTIALS_FILE: path,
            AWS_PROFILE: name,
            RESTIC_PASSWORD: "x",
          },
          stdin: "null",
        }).output();
      },
    });
  } finally {
    await Deno.remove(path);
  }
}

/** Reads files as Terraform's S3 backend does (version 2 of the AWS SDK for Go), one process for every profile. */
export async function readWithTerraform(
  terraform: string,
  files: readonly ReadFile[],
): Promise<Answer[]> {
  await using signed = signedRequests();
  const folder = await Deno.makeTempDir();
  const [config, credentials] = [`${folder}/config`, `${folder}/credentials`];
  try {
    return await answersOf(files, {
      ...{ write: intoShared({ config, credentials }), signed },
      read: async (name) => {
        await Deno.writeTextFile(`${folder}/main.tf`, backend(name, signed.url));
        await new Deno.Command(terraform, {
          args: ["init", "-input=false", "-reconfigure"],
          cwd: folder,
          clearEnv: true,
          env: {
            PATH: Deno.env.get("PATH") ?? "",
            HOME: folder,
            AWS_CONFIG_FILE: config,
            AWS_SHARED_CREDENTIALS_FILE: credentials,
            CHECKPOINT_DISABLE: "1",
          },
          stdin: "null",
        }).output();
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A Terraform configuration that has nothing but a state in S3. */
const backend = (profile: string, url: string) =>
  `terraform {
  backend "s3" {
    bucket                      = "bucket"
    key                         = "state"
    region                      = "us-east-1"
    profile                     = "${profile}"
    endpoints                   = { s3 = "${url}" }
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    use_path_style              = true
    max_retries                 = 0
  }
}
`;

/** The URL that a server says it listens on, and the end of all that it says: it must have a reader. */
async function urlIn(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<{ readonly url: string; readonly ended: Promise<void> }> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  for (;;) {
    const { done, value = "" } = await reader.read();
    said += value;
    const url = /http:\S+(?=\s)/.exec(said)?.[0];
    if (url !== undefined) return { url, ended: drain(reader) };
    if (done) return assert.fail(`no URL in ${said}`);
  }
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}

/** A server that refuses every request, and knows who signed the last one. */
function signedRequests() {
  let last: Values | null = null;
  const refusal = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ headers }) => {
    const [, key] = /Credential=([^/]*)/.exec(headers.get("authorization") ?? "") ?? [];
    if (key !== undefined) last = { key, token: headers.get("x-amz-security-token") };
    return new Response(refusal, { status: 403, headers: { "content-type": "application/xml" } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    /** Who signed since the last call; null for nobody. */
    take(): Values | null {
      const values = last;
      last = null;
      return values;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
