/**
 * The commands there are.
 *
 * @module
 */

import type { Commands } from "./arguments.ts";
import { consoleCommand } from "./commands/console.ts";
import { credentialsCommand } from "./commands/credentials.ts";
import { envCommand } from "./commands/env.ts";
import { execCommand } from "./commands/exec.ts";
import { logoutCommand } from "./commands/logout.ts";
import { rolesCommand } from "./commands/roles.ts";
import { serveCommand } from "./commands/serve.ts";
import { setupCommand } from "./commands/setup.ts";
import { statusCommand } from "./commands/status.ts";
import { syncCommand } from "./commands/sync.ts";

/** Every command, in the order of the help. */
export const COMMANDS: Commands = [
  credentialsCommand,
  setupCommand,
  envCommand,
  execCommand,
  consoleCommand,
  rolesCommand,
  syncCommand,
  statusCommand,
  logoutCommand,
  serveCommand,
];
