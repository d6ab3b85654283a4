/**
 * A machine with a file of its administrators at its real path, by a mount that only the program sees: for root on
 * Linux.
 *
 * @module
 */

import type { Program } from "./driver.ts";
import { LINUX_ROOT } from "./mounts.ts";

/** The file, as programs of such a machine see it. */
export const PATH = "/etc/stssamldriver/config";

/** Lays the folder $0 over /etc, and becomes the program. */
const LAY = 'mount -t overlay none -o "lowerdir=$0:/etc" /etc && exec "$@"';

/** A machine with such a file. */
export interface Machine extends Disposable {
  /** The program as it runs there. */
  readonly runs: (program: Program) => Program;
}

/** Makes a machine; dispose of it when its programs have ended. */
export function machineWith(text: string, mode = 0o644): Machine {
  const folder = Deno.makeTempDirSync();
  // The temporary folder itself takes the place of /etc.
  Deno.chmodSync(folder, 0o755);
  Deno.mkdirSync(`${folder}/stssamldriver`, { mode: 0o755 });
  Deno.writeTextFileSync(`${folder}/stssamldriver/config`, text);
  Deno.chmodSync(`${folder}/stssamldriver/config`, mode);
  const laid = ["--mount", "sh", "-c", LAY, folder];
  return {
    runs: ({ name, command }) => ({ name, command: ["unshare", ...laid, ...command] }),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Why there can be no such machine here; `undefined` when there can. */
export const WHY_NO_MACHINE: string | undefined = whyNot();

function whyNot(): string | undefined {
  if (!LINUX_ROOT) return "needs root on Linux";
  using machine = machineWith("");
  const [command, ...args] = machine.runs({ name: "test", command: ["test", "-f", PATH] }).command;
  try {
    const { success } = new Deno.Command(command, { args, stderr: "null" }).outputSync();
    return success ? undefined : "needs a mount of a program's own";
  } catch {
    return "needs unshare";
  }
}
