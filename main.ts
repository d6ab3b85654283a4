import { run } from "./src/cli/program.ts";
import { realDeps } from "./src/deps.ts";

if (import.meta.main) {
  Deno.exit(await run(Deno.args, realDeps()));
}
