/**
 * A bare server that sends each form back as it came: prints its URL.
 *
 * @module
 */

const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  async (request) => new Response(await request.text()),
);
console.log(`http://127.0.0.1:${server.addr.port}`);
