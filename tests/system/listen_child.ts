// A listener in a process of its own: prints "ready" and what it has, answers, ends when stdin does.
import { listenOnLoopback } from "../../src/system/listen.ts";

const port = Number(Deno.args[0]);
try {
  const listener = await listenOnLoopback({
    port,
    handler: () => Promise.resolve(new Response("page")),
  });
  console.log(`ready ${listener.addresses.join(" ")}`);
  await Deno.stdin.read(new Uint8Array(1));
  await listener.close(200);
  console.log("closed");
} catch (error) {
  const { name, exitCode, message } = error as { name: string; exitCode: number; message: string };
  console.log(`${name} ${exitCode} ${message}`);
}
Deno.exit(0);
