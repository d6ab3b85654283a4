// Which of these proxies the runtime itself asks, by their values with HOST for the proxy's host and port.
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
let came = 0;
const accepting = (async () => {
  for await (const connection of listener) {
    came++;
    connection.close();
  }
})();
const asked: string[] = [];
for (const value of Deno.args) {
  // Read anew for each client.
  Deno.env.set("HTTPS_PROXY", value.replace("HOST", `127.0.0.1:${listener.addr.port}`));
  using client = Deno.createHttpClient({});
  const before = came;
  const signal = AbortSignal.timeout(1000);
  await fetch("https://sts.nowhere.invalid:8443/", { client, signal }).catch(() => {});
  if (came > before) asked.push(value);
}
listener.close();
await accepting;
console.log(JSON.stringify(asked));
