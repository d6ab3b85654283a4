/**
 * Another user of the machine: a real one, uid 65534, by setpriv, which takes root; and bash, whose /dev/tcp
 * needs nothing else.
 *
 * @module
 */

/** The other user. */
export const NOBODY = 65_534;

/** Why there can be no other user here; `undefined` when there can. */
export function whyNoOther(): string | undefined {
  if (Deno.build.os !== "linux") return "needs Linux";
  if (Deno.uid() !== 0) return "needs root";
  try {
    return asNobody(["bash", "-c", "true"]).outputSync().success ? undefined : "needs setpriv";
  } catch {
    return "needs setpriv and bash";
  }
}

/** A command of the other user. */
export function asNobody(command: readonly string[]): Deno.Command {
  const who = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  return new Deno.Command("setpriv", {
    args: [...who, ...command],
    cwd: "/",
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Opens connections as another user and holds them until it is disposed of. */
export async function flood(port: number, count: number): Promise<AsyncDisposable> {
  const script = `ulimit -n 5000
    for ((i = 0; i < ${count}; i++)); do
      if ((i % 2)); then exec {fd}<>/dev/tcp/127.0.0.1/${port}; else exec {fd}<>/dev/tcp/::1/${port}; fi
    done 2>/dev/null
    echo open; sleep 60`;
  const child = asNobody(["bash", "-c", script]).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      reader.releaseLock();
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    },
  };
}
