// Settles the environment as the program does, and fetches what it is told to. Prints what a child would get.
import {
  originalEnvironment,
  restoreEnvironment,
  settleEnvironment,
} from "../../src/system/process.ts";

settleEnvironment();
for (const url of Deno.args) {
  const said = await fetch(url).then((response) => response.text(), (error) => String(error));
  console.log(said.trim());
}
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  () => new Response(),
);
console.log(server.addr.hostname);
await server.shutdown();
const names = ["NO_PROXY", "no_proxy", "DENO_SERVE_ADDRESS"];
const original = originalEnvironment();
restoreEnvironment();
console.log(
  JSON.stringify(names.map((name) => [original[name] ?? null, Deno.env.get(name) ?? null])),
);
