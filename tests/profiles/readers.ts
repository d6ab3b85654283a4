/**
 * The readers that our document is held against: JavaScript's, in this process, and Python's, one process
 * for many texts. Values by key; sub-properties as `s3.addressing_style`.
 */

import { externalDataInterceptor, loadSharedConfigFiles } from "@smithy/core/config";
import type { FileKind } from "../../src/profiles/names.ts";

/** One SDK's reading: profiles, or that it refuses the file. */
export type Profiles = Record<string, Record<string, string>> | "refused";

/** A file to read. */
export interface SharedFile {
  readonly kind: FileKind;
  readonly text: string;
}

/** A file, and the profiles to be looked up in it. */
export interface ReadFile extends SharedFile {
  readonly names: readonly string[];
}

/** What a reader says of a profile; what it cannot say is left out. */
export interface Values {
  readonly key: string | null;
  readonly secret?: string | null;
  readonly token?: string | null;
  readonly region?: string | null;
  /** The `credential_process` line, unless the reader runs it. */
  readonly process?: string | null;
}

/** What a reader says of a file, by profile; null for one that it does not know. */
export type Answer = Readonly<Record<string, Values | null>>;

/** Reads as `@smithy/core/config` does. It hides refusals: they are an empty object. */
export async function readWithSmithy({ kind, text }: SharedFile): Promise<Profiles> {
  const path = `/no/such/${kind}`;
  const none = "/no/such/other";
  externalDataInterceptor.interceptFile(path, text);
  externalDataInterceptor.interceptFile(none, "");
  const files = await loadSharedConfigFiles(
    kind === "config"
      ? { configFilepath: path, filepath: none }
      : { configFilepath: none, filepath: path },
  );
  const read: Record<string, Record<string, string>> = {};
  for (
    const [name, section] of Object.entries(
      files[kind === "config" ? "configFile" : "credentialsFile"],
    )
  ) {
    // In the credentials file these are how it keeps "[profile x]", which nothing looks up.
    if (/^(?:profile|sso-session|services)\./.test(name)) continue;
    read[name] = {};
    for (const [key, value] of Object.entries(section)) {
      if (value !== undefined) read[name][key] = value;
    }
  }
  return read;
}

const SCRIPT = `
import json, os, sys, tempfile
import botocore.configloader as loader, botocore.exceptions as exceptions
def flat(section):
    out = {}
    for key, value in section.items():
        if isinstance(value, dict):
            out.update({f"{key}.{sub}": text for sub, text in value.items()})
        else:
            out[key] = value
    return out
answers = []
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file")
    for case in json.load(sys.stdin):
        with open(path, "wb") as file:
            file.write(case["text"].encode("utf-8"))
        try:
            if case["kind"] == "config":
                read = loader.load_config(path)["profiles"]
            else:
                read = loader.raw_config_parse(path)
            answers.append({name: flat(section) for name, section in read.items()})
        except exceptions.ConfigParseError:
            answers.append("refused")
json.dump(answers, sys.stdout)
`;

/** True where there is a Python with botocore. */
export const HAS_BOTOCORE: boolean = await hasBotocore();

/** Says why a test is ignored. */
export const NEEDS_BOTOCORE = HAS_BOTOCORE ? "" : " (ignored: python3 with botocore is not here)";

async function hasBotocore(): Promise<boolean> {
  try {
    const python = new Deno.Command("python3", {
      args: ["-c", "import botocore.configloader"],
      stdout: "null",
      stderr: "null",
    });
    return (await python.output()).success;
  } catch {
    return false;
  }
}

/** Reads many files with botocore, in one process. */
export async function readWithBotocore(files: readonly SharedFile[]): Promise<Profiles[]> {
  return await askReader<Profiles>(["python3", "-c", SCRIPT], files);
}

/** Gives a program files as JSON on stdin, and returns its answer for each of them. */
export async function askReader<T>(
  [command, ...args]: readonly [string, ...string[]],
  files: readonly SharedFile[],
): Promise<T[]> {
  const reader = new Deno.Command(command, {
    args,
    // A machine without a locale has ASCII, in which Ruby reads no letter beyond it.
    env: { PYTHONUTF8: "1", LC_ALL: "C.UTF-8" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = reader.stdin.getWriter();
  const sent = writer.write(new TextEncoder().encode(JSON.stringify(files))).then(() =>
    writer.close()
  );
  const { success, stdout, stderr } = await reader.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await sent;
  const answers: T[] = JSON.parse(new TextDecoder().decode(stdout));
  if (answers.length !== files.length) throw new Error(`${command} did not answer for every file`);
  return answers;
}
