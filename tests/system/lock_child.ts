/**
 * A process that takes the lock named by its first argument, leaves its second argument in the note, says
 * `held`, and keeps the lock until its stdin ends (it then releases) or it is killed (it cannot).
 */
import { lockFile } from "../../src/system/file_lock.ts";

const [path = "", purpose = ""] = Deno.args;
const lock = await lockFile(path, { deadlineMs: 30_000 });
lock.writeNote({ pid: Deno.pid, purpose });
console.log("held");
await Deno.stdin.read(new Uint8Array(1));
lock.release();
