// A driver's hold on a port in a process of its own: says what happens, and ends when stdin does.
import { claimPort } from "../../../src/sign_in/listener/port.ts";

const [folder, port, timeoutMs, purpose] = Deno.args;
try {
  const listener = await claimPort(folder || undefined, {
    listen: { port: Number(port), handler: () => Promise.resolve(new Response(purpose)) },
    purpose: purpose ?? "",
    timeoutMs: Number(timeoutMs),
    watch: (event) => console.log(JSON.stringify(event)),
    signal: new AbortController().signal,
  });
  console.log("claimed");
  await Deno.stdin.read(new Uint8Array(1));
  await listener.close(100);
  console.log("closed");
} catch (error) {
  const { name, exitCode, message } = error as { name: string; exitCode: number; message: string };
  console.log(`${name} ${exitCode} ${message}`);
}
Deno.exit(0);
