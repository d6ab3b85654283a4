/**
 * A process that changes a file, for the tests of `transform_file.ts`:
 * `transform_child.ts {"action": …, "path": …, …}`. It prints what came of it as one line of JSON.
 */
import { UserError } from "../../src/errors.ts";
import { readTextFile } from "../../src/system/text_file.ts";
import { checkWritable, transformFile } from "../../src/system/transform_file.ts";

/** What the process is to do. */
export interface ChildTask {
  /** `signal`: append, and send this process a signal at `step`. */
  readonly action: "append" | "check" | "read" | "signal";
  readonly path: string;
  /** What is appended. */
  readonly line?: string;
  readonly step?: string;
  /** `SIGINT` is handled as the program does: the process exits with 130 as soon as it may. */
  readonly signal?: "SIGKILL" | "SIGINT";
}

/** What the process prints. */
export interface ChildResult {
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

async function run({ action, path, line, step, signal }: ChildTask): Promise<unknown> {
  if (action === "check") return await checkWritable(path);
  if (action === "read") return readTextFile(path) ?? {};
  if (signal === "SIGINT") Deno.addSignalListener("SIGINT", () => Deno.exit(130));
  const report = await transformFile(path, (old = "") => old + line, {
    lockDeadlineMs: 60_000,
    onStep: (now) => {
      if (action === "signal" && now === step) Deno.kill(Deno.pid, signal ?? "SIGKILL");
    },
  });
  // The handler runs when the event loop turns; a process that ends first would hide that.
  if (signal === "SIGINT") await new Promise((resolve) => setTimeout(resolve, 5000));
  return report;
}

/** Runs a task in a process; `as` another user from a copy of Deno, for root's may be out of reach. */
export async function runChild(
  task: ChildTask,
  as?: { readonly uid: number; readonly home: string },
): Promise<{ readonly status: Deno.CommandStatus; readonly result: ChildResult }> {
  const args = ["run", "-A", "--no-lock", import.meta.url, JSON.stringify(task)];
  const { stdout, stderr, ...status } = await new Deno.Command(
    as ? `${as.home}/deno` : Deno.execPath(),
    as
      ? {
        ...{ args, uid: as.uid, gid: as.uid, cwd: as.home },
        env: { DENO_DIR: `${as.home}/cache`, HOME: as.home },
      }
      : { args },
  ).output();
  const text = new TextDecoder().decode(stdout);
  if (text === "" && status.code === 1) throw new Error(new TextDecoder().decode(stderr));
  return { status, result: text === "" ? {} : JSON.parse(text) };
}

if (import.meta.main) {
  let result: unknown;
  try {
    result = await run(JSON.parse(Deno.args[0] ?? "") as ChildTask);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    result = { code: error.code, message: error.message, hint: error.hint };
  }
  console.log(JSON.stringify(result));
}
