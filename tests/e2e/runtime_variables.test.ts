/**
 * The variables that the runtime in the executable reads, and what each can do to us: a runtime that reads
 * another one is looked at before it is shipped.
 */

import assert from "node:assert/strict";
import { peer } from "../support/peers.ts";

/**
 * By the beginning of the name: in the executable the next text may stand right behind it. Who sets a
 * variable of the person's can run programs as the person already; what counts is what comes about by
 * accident, or by a tool that sets it for another purpose.
 */
const READ: Readonly<Record<string, string>> = {
  DENO_SERVE_ADDRESS: "would have the listener listen elsewhere: removed at the start",
  DENO_TRUST_PROXY_HEADERS: "would have the listener believe who forwards: removed at the start",
  DENO_CERT: "a CA to trust, as the person says",
  DENO_TLS_CA_STORE: "which CAs to trust, as the person says",
  DENO_KV_: "nothing: no database is opened",
  DENO_CACHE_: "nothing: no cache of the Web is opened",
  DENO_CRON_: "nothing: there is no cron",
  DENO_TOKIO_: "how often the runtime looks at its tasks, and what it measures",
  DENO_USE_: "how the runtime writes and counts processors",
  DENO_USR2_: "gives memory back at a signal",
  DENO_WEBGPU_: "nothing: there is no GPU",
  DENO_VSOCK: "the end of OTEL_DENO_VSOCK, or where a server listens with DENO_SERVE_ADDRESS",
  DENO_LOG: "the runtime's own log on stderr: no secret is in it, as secrets.test.ts holds",
  DENO_TRACE_PERMISSIONS: "stacks of refused permissions on stderr",
  DENO_AUDIT_PERMISSIONS: "a file of the permissions that were used, names only",
  DENO_PERMISSION_BROKER_PATH: "who is asked for permissions; it can only refuse",
  DENO_DONT_USE_INTERNAL_: "a descriptor for Node's children, of which there are none",
  DENO_EXTRA_STDIO_FDS: "descriptors for Node's children, of which there are none",
  DENO_TRACING: "the end of a name of OpenTelemetry's",
  DENO_METRICS: "the end of a name of OpenTelemetry's",
  DENO_CONSOLE: "the end of a name of OpenTelemetry's",
  DENO_UNSTABLE_: "features that are not used",
  DENO_NO_: "what the runtime does not ask or look up",
  DENO_INTERNAL_: "the runtime's own",
  DENO_NODE_: "how Node's modules behave",
  DENO_DIR: "where the runtime keeps its files: none of ours",
  DENO_AUTO_SERVE: "serves a default export; ours has none",
  DENO_SNAPSHOT_: "the runtime's own, when it is built",
  DENO_STARTUP_: "times of the start",
  DENO_V8_FLAGS: "flags for V8, as the person says",
  DENO_COVERAGE_DIR: "which functions ran, in a file",
  DENO_DISABLE_: "features that are not used",
  DENO_TLS_FINISHED: "a name in a list of TLS's, no variable",
  DENO_SERVE_AUTOMATIC_COMPRESSION: "compresses answers; ours are for one tab",
  DENO_DESKTOP_: "nothing: there is no desktop window",
  DENO_JOBS: "nothing: nothing runs in parallel",
  DENO_COMPAT: "how Node's modules behave",
  DENO_CONNECTED: "the runtime's own",
  DENO_CONDITIONS: "nothing: modules are embedded",
  DENO_USE: "the runtime's own",
};

const executable = peer("executable");

Deno.test({
  name: "the executable's runtime reads no variable that nobody has looked at" +
    (executable.found ? "" : ` (${executable.reason})`),
  ignore: !executable.found,
  fn: () => {
    assert.ok(executable.found);
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(executable.path));
    const names = new Set(text.match(/DENO_[A-Z0-9_]{2,}/g));
    assert.ok(names.size > 10, "the names are found");
    const known = Object.keys(READ);
    assert.deepEqual([...names].filter((name) => !known.some((each) => name.startsWith(each))), []);
  },
});
