/**
 * Takes a port and prints how long that took, milliseconds: with our own listener, or with Deno.serve alone on
 * both addresses.
 *
 *   listener.ts ours|alone PORT
 *
 * @module
 */

import { listenOnLoopback } from "../../src/system/listen.ts";

const [whose, port] = [Deno.args[0], Number(Deno.args[1])];
const answer = () => Promise.resolve(new Response());
const since = performance.now();
if (whose === "ours") await listenOnLoopback({ port, handler: answer });
else {
  for (const hostname of ["127.0.0.1", "::1"]) {
    Deno.serve({ hostname, port, onListen: () => {} }, answer);
  }
}
console.log(performance.now() - since);
Deno.exit();
