import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startProxy } from "../support/proxy.ts";

const CHILD = fileURLToPath(new URL("environment_child.ts", import.meta.url));

const inherited = (...names: readonly string[]) =>
  Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => names.includes(name)));

async function inChild(
  env: Readonly<Record<string, string>>,
  urls: readonly string[],
): Promise<readonly string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-prompt", CHILD, ...urls],
    clearEnv: true,
    env: { ...inherited("HOME", "PATH", "DENO_COVERAGE_DIR"), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trim().split("\n");
}

const SETTINGS: readonly Readonly<Record<string, string>>[] = [
  {},
  { NO_PROXY: "corp.example" },
  { no_proxy: "corp.example" },
  { NO_PROXY: "corp.example", no_proxy: "other.example" },
  { NO_PROXY: "corp.example", no_proxy: "" },
  { NO_PROXY: "", no_proxy: "corp.example" },
];

for (const proxyName of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
  for (const setting of SETTINGS) {
    const name =
      `settleEnvironment: what goes to this machine is not given to ${proxyName}, with ` +
      JSON.stringify(setting);
    Deno.test(name, async () => {
      await using proxy = startProxy();
      const answer = () => new Response("direct");
      const servers = ["127.0.0.1", "127.0.0.2", "::1"].map((hostname) =>
        Deno.serve({ hostname, port: 0, onListen: () => {} }, answer)
      );
      try {
        const urls = servers.map(({ addr: { hostname, port } }) =>
          `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/`
        );
        urls.push(`http://localhost:${servers[0]?.addr.port}/`);
        const said = await inChild({ ...setting, [proxyName]: proxy.url }, urls);
        assert.deepEqual(said.slice(0, 4), ["direct", "direct", "direct", "direct"]);
        assert.deepEqual(proxy.requests, []);
        // A program that is started gets them as they were.
        const own = [setting["NO_PROXY"] ?? null, setting["no_proxy"] ?? null, null];
        assert.deepEqual(JSON.parse(said.at(-1) ?? ""), own.map((value) => [value, value]));
      } finally {
        await Promise.all(servers.map((server) => server.shutdown()));
      }
    });
  }
}

Deno.test("settleEnvironment: DENO_SERVE_ADDRESS moves no listener, and a child has it again", async () => {
  const elsewhere = "tcp:0.0.0.0:0";
  const said = await inChild({ DENO_SERVE_ADDRESS: elsewhere }, []);
  assert.equal(said[0], "127.0.0.1");
  assert.deepEqual(JSON.parse(said.at(-1) ?? "")[2], [elsewhere, elsewhere]);
});
