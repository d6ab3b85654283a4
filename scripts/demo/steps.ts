/**
 * The commands that the demo runs, one after the other, as they look on a terminal.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { signIn } from "./browser.ts";
import { ended, interrupted, kill } from "./children.ts";
import type { Home } from "./home.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const WHOAMI = "scripts/demo/whoami.ts";

/** What the commands have in common. */
export interface Stage {
  readonly home: Home;
  /** What those that sign in are given. */
  readonly flags: readonly string[];
  /** The IdP's page. */
  readonly startUrl: string;
  /** Who signs in. */
  readonly user: string;
  /** The driver's port. */
  readonly port: number;
  /** Whether the demo stands in for the browser. */
  readonly automatic: boolean;
}

/** Signs in with the browser, or in its place; returns the command's exit code. */
export async function signInStep(stage: Stage): Promise<number> {
  const { flags, user, automatic } = stage;
  heading(
    automatic
      ? `Sign in. The demo stands in for the browser, as ${user}:`
      : `Sign in as ${user}, or as anybody else on the page, and choose a role:`,
  );
  const onTerminal = Deno.stdout.isTerminal();
  const driver = startDriver(stage, ["--cache", ...flags], onTerminal ? "inherit" : "piped");
  const printed = onTerminal ? undefined : new Response(driver.stdout).text();
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, interrupted]);
  const browser = automatic ? standIn(stage, driver, signal) : undefined;
  try {
    const code = await ended(driver);
    if (code !== 0) over.abort();
    const failure = await browser;
    if (failure !== undefined) throw failure;
    if (printed !== undefined) console.log(shortened(await printed));
    return code;
  } finally {
    over.abort();
    await browser;
  }
}

/** Lists the cached session; returns the command's exit code. */
export async function statusStep(stage: Stage): Promise<number> {
  heading("The session is cached:");
  return await ended(startDriver(stage, ["status"]));
}

/** Runs a program with the session, without a browser; returns its exit code. */
export async function execStep(stage: Stage): Promise<number> {
  heading("Run a program with its credentials. No sign-in this time:");
  const program = ["deno", "run", "--cached-only", "--allow-all", WHOAMI];
  return await ended(startDriver(stage, ["exec", ...stage.flags, "--", ...program]));
}

/** Signs in as a browser would; resolves to what went wrong, never rejects. The driver ends with it. */
async function standIn(
  stage: Stage,
  driver: Deno.ChildProcess,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    const taken = await signIn({ ...stage, signal, say: sayBeside });
    if (taken) return undefined;
    sayBeside(
      "The driver keeps waiting for another sign-in. There is none here, so the demo stops it",
    );
    kill(driver.pid, "SIGINT");
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    kill(driver.pid, "SIGINT");
    return error;
  }
}

/** Shows a command and starts it, from the sources. */
function startDriver(
  { home, automatic }: Stage,
  words: readonly string[],
  stdout: "inherit" | "piped" = "inherit",
): Deno.ChildProcess {
  // Ctrl-C was for what ran before; this one would not hear of it.
  interrupted.throwIfAborted();
  console.log(bold(`$ stssamldriver ${words.join(" ")}`));
  const program = words.map((word) => word === "deno" ? Deno.execPath() : word);
  return new Deno.Command(Deno.execPath(), {
    // Nothing is fetched from now on, so Deno has nothing to say.
    args: ["run", "--cached-only", "--allow-all", "--no-prompt", "main.ts", ...program],
    cwd: ROOT,
    env: home.env,
    clearEnv: true,
    // What nobody types must not be waited for.
    stdin: automatic ? "null" : "inherit",
    stdout,
    stderr: "inherit",
  }).spawn();
}

function heading(text: string): void {
  console.log(`\n${text}\n`);
}

/** Says what the browser does; on a terminal in the place of the driver's line that counts down. */
function sayBeside(text: string): void {
  console.log(`${Deno.stdout.isTerminal() ? "\r\x1b[2K" : ""}  browser: ${text}`);
}

function bold(text: string): string {
  return Deno.stdout.isTerminal() && !Deno.noColor ? `\x1b[1m${text}\x1b[0m` : text;
}

/** The JSON with the middle of its long values cut out: what it looks like, in two lines. */
function shortened(json: string): string {
  return json.trim().replace(/"([^"]{24})[^"]*([^"]{4})"/g, '"$1…$2"');
}
