/** Gives up permissions as a sign-in does, then tries to break out; says what became of each try, as JSON. */

import { confine, keepNetworkOnly, startNothingMore } from "../../src/system/confinement.ts";
import { readKernelFile } from "../../src/system/machine.ts";

const [url = "", file = ""] = Deno.args;

/** What may be tried; each resolves when it got through. */
const TRIES: Readonly<Record<string, () => unknown>> = {
  "start a program": () => new Deno.Command("true").outputSync(),
  "start a program by a module of Node's": async () => {
    const { execFileSync } = await import("node:child_process");
    execFileSync("true");
  },
  "load a native library": () => Deno.dlopen("libc.so.6", {}),
  "load code from elsewhere": async () => await import(url),
  "run code from elsewhere in a worker": () => workerRuns(new URL(url)),
  "start a program in a worker": () =>
    workerRuns(
      new URL(`data:text/javascript,new Deno.Command("true").outputSync();postMessage(1)`),
    ),
  "ask for what was given up": async () => {
    const { state } = await Deno.permissions.request({ name: "run" });
    if (state !== "granted") throw new Error(state);
  },
  "read the memory of this process": () => Deno.openSync("/proc/self/mem"),
  "ask for the machine's name": () => Deno.hostname(),
  // What a sign-in still needs.
  "read a file": () => Deno.readTextFileSync(file),
  "write a file": () => Deno.writeTextFileSync(file, "written"),
  "read the table of sockets": () => {
    if (!readKernelFile("/proc/net/tcp").includes("local_address")) throw new Error("empty");
  },
};

async function workerRuns(code: URL): Promise<void> {
  const worker = new Worker(code, { type: "module" });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  } finally {
    worker.terminate();
  }
}

async function outcomes(): Promise<Readonly<Record<string, string>>> {
  const outcomes: Record<string, string> = {};
  for (const [what, attempt] of Object.entries(TRIES)) {
    try {
      await attempt();
      outcomes[what] = "through";
    } catch (error) {
      outcomes[what] = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  }
  return outcomes;
}

if (Deno.args[2] === "relay") keepNetworkOnly();
if (Deno.args[2] === "confined") {
  confine();
  // The next sign-in of this process.
  confine();
  startNothingMore();
}
console.log(JSON.stringify(await outcomes()));
