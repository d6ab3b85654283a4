/**
 * Opening the browser, beside the sign-in and never in its way: whatever happens here, the person has the
 * address and the listener listens.
 *
 * @module
 */

import { pause } from "../../wait.ts";
import { ifPossible, messageOf } from "../../errors.ts";
import {
  type BrowserCommand,
  browserCommands,
  type BrowserPlan,
  type BrowserSurroundings,
} from "./browser_candidates.ts";

/** A helper that was started. It ends, if ever: a browser that runs in the foreground lives on. */
export interface BrowserHelper {
  readonly status: Promise<Pick<Deno.CommandStatus, "success" | "code">>;
}

/** The world that {@linkcode openBrowser} needs. */
export interface BrowserDeps extends BrowserSurroundings {
  /**
   * Starts a program in a session of its own with exactly this environment; throws when it cannot be
   * started. `spawnDetached` of system/spawn_detached.ts.
   */
  readonly spawn: (
    command: BrowserCommand,
    env: Readonly<Record<string, string>>,
  ) => BrowserHelper;
  /** Resolves after this many milliseconds, or when the signal aborts; a timer unless a test has its own. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Opens the address in this container of Firefox, by the extension that makes them addressable. */
  readonly container?: string | undefined;
  /** Ends the watching, not the helper: for a sign-in that is over sooner. */
  readonly signal?: AbortSignal | undefined;
}

/** The outcome of opening a URL. */
export type BrowserOutcome =
  | {
    readonly opened: true;
    /** The program that took the address. */
    readonly by: string;
  }
  | {
    readonly opened: false;
    /** The reason, as the end of a sentence: one line, no final period. */
    readonly reason: string;
  };

/** The time for a helper to say that it failed, milliseconds. */
const SETTLE_MS = 1500;

/**
 * Opens `url` with the first command that works. A helper that exits with another code than 0 within 1.5
 * seconds failed, and the next one is tried; one that runs on counts as a browser in the foreground.
 *
 * Never throws. Do not wait for it before the sign-in goes on.
 */
export async function openBrowser(url: string, deps: BrowserDeps): Promise<BrowserOutcome> {
  try {
    const plan = deps.container === undefined
      ? browserCommands(deps, url)
      : containerCommands(deps, url, deps.container);
    if ("reason" in plan) return { opened: false, reason: plan.reason };
    const env = browserEnvironment(deps.env);
    const failures: string[] = [];
    for (const candidate of plan.candidates) {
      // Over already, so that nobody wants one more tab.
      if (deps.signal?.aborted) return { opened: false, reason: "the sign-in is over" };
      const failure = await tryCandidate(candidate, env, deps);
      if (failure === undefined) return { opened: true, by: candidate.command };
      failures.push(`${candidate.command}: ${failure}`);
    }
    return { opened: false, reason: summary(failures) };
  } catch (error) {
    return { opened: false, reason: messageOf(error) };
  }
}

/** The program that {@linkcode openBrowser} tries first; `undefined` for none. Never throws. */
export function browserName(surroundings: BrowserSurroundings): string | undefined {
  const plan = ifPossible(() => browserCommands(surroundings, "http://localhost/"));
  return plan !== undefined && "candidates" in plan ? plan.candidates[0]?.command : undefined;
}

/**
 * The same commands with the address in the container's form; Firefox alone knows it.
 * https://github.com/honsiorovskyi/open-url-in-container
 */
function containerCommands(deps: BrowserDeps, url: string, container: string): BrowserPlan {
  const plan = browserCommands({ ...deps, browser: deps.browser ?? "firefox" }, url);
  if ("reason" in plan) return plan;
  const href = new URL(url).href;
  const query = new URLSearchParams({ name: container, url: href }).toString().replaceAll(
    "+",
    "%20",
  );
  const inContainer = `ext+container:${query}`;
  return {
    candidates: plan.candidates.map(({ command, args }) => ({
      command,
      args: args.map((arg) => arg.replaceAll(href, () => inContainer)),
    })),
  };
}

/** Starts one helper and watches it for a moment; why it failed, or undefined. */
async function tryCandidate(
  candidate: BrowserCommand,
  env: Readonly<Record<string, string>>,
  { spawn, delay = timer, signal }: BrowserDeps,
): Promise<string | undefined> {
  let helper: BrowserHelper;
  try {
    helper = spawn(candidate, env);
  } catch (error) {
    const missing = error instanceof Error && error.name === "NotFound";
    return missing ? "not found" : messageOf(error);
  }
  const watched = new AbortController();
  const stop = () => watched.abort();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    const status = await Promise.race([
      helper.status,
      delay(SETTLE_MS, watched.signal).then(() => undefined),
    ]);
    return status === undefined || status.success ? undefined : `exit code ${status.code}`;
  } catch (error) {
    return messageOf(error);
  } finally {
    stop();
    signal?.removeEventListener("abort", stop);
  }
}

/** Returns what the person needs of a list of failures: those that were there and failed, else that none was. */
function summary(failures: readonly string[]): string {
  const there = failures.filter((failure) => !failure.endsWith(": not found"));
  if (there.length > 0) return there.join("; ");
  if (failures.length === 1) return failures.join();
  return `no program that opens addresses was found (${
    failures.map((failure) => failure.slice(0, -": not found".length)).join(", ")
  })`;
}

/** Resolves after a while, or as soon as the signal aborts. */
async function timer(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, signal);
  } catch {
    // Nobody waits any more.
  }
}

/**
 * Variables that are ours, secret, or meant for the program that embeds us. An SDK in an AppImage, a snap
 * or PyInstaller (as the AWS CLI is) sets these for its own libraries and interpreter; xdg-open and the
 * browser break on them: https://github.com/aws/aws-cli/issues/5506
 */
const NOT_PASSED_ON: readonly RegExp[] = [
  // Credentials and settings of this program and its callers.
  /^(AWS|STSSAMLDRIVER|DENO)_/,
  // Dynamic loaders.
  /^(LD|DYLD)_/,
  /^(LIBPATH|SHLIB_PATH)$/,
  // Interpreters.
  /^PYTHON/,
  /^(_MEIPASS2|_PYI_.*)$/,
  /^PERL(5LIB|5OPT|LIB)$/,
  /^(RUBYLIB|RUBYOPT|GEM_HOME|GEM_PATH|BUNDLE_GEMFILE)$/,
  /^NODE_(OPTIONS|PATH|EXTRA_CA_CERTS)$/,
  /^ELECTRON_RUN_AS_NODE$/,
  /^(JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS)$/,
  /^(BASH_ENV|ENV)$/,
  // Plug-ins of graphical toolkits.
  /^(GTK_PATH|GTK_EXE_PREFIX|GTK_IM_MODULE_FILE|GIO_MODULE_DIR|GSETTINGS_SCHEMA_DIR)$/,
  /^GDK_PIXBUF_(MODULE_FILE|MODULEDIR)$/,
  /^QT_(PLUGIN_PATH|QPA_PLATFORM_PLUGIN_PATH)$/,
];

/** The environment of the helper: everything but what would break it or is none of its business. */
export function browserEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    // Windows does not tell capitals from small letters in these names.
    const upper = name.toUpperCase();
    if (value !== undefined && !NOT_PASSED_ON.some((pattern) => pattern.test(upper))) {
      kept[name] = value;
    }
  }
  return kept;
}
