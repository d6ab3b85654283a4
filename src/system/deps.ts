/**
 * The outside world of the program as one record: wired by hand to the real world here, and to fakes in
 * tests.
 *
 * @module
 */

import { entryName, SessionCache, type SessionKey } from "../credentials/cache.ts";
import { Choices } from "../credentials/choices.ts";
import { ExitCode, systemReason, UserError } from "../errors.ts";
import { originalEnvironment, settleEnvironment } from "./runtime_environment.ts";
import type { BrowserOutcome } from "../sign_in/browser.ts";
import type { BrowserSurroundings } from "../sign_in/browser_candidates.ts";
import type { Watch } from "../sign_in/events.ts";
import type { SignInWorld } from "../sign_in/sign_in.ts";
import type { MeetingPlace } from "../sharing/caller.ts";
import { sshTunnelHint } from "../sign_in/ssh_tunnel.ts";
import type { ConsoleRequest } from "../aws/console.ts";
import type { Secret } from "../secret.ts";
import type { Dialog } from "./dialog.ts";
import { cacheFolder, expandHome, isHomeless } from "./folders.ts";
import { listenForInterrupts } from "./interrupts.ts";
import type { ChildCommand, ChildEnvironment } from "./run_child.ts";

/** A stream of text that is written at once. */
export interface TextStream {
  write(text: string): void;
  /** `true` when a person sees it. */
  readonly isTerminal: boolean;
}

/** The outside world, as the commands see it. */
export interface Deps extends Omit<SignInWorld, "watch"> {
  /** An environment variable. */
  readonly env: (name: string) => string | undefined;
  /** The names of all environment variables. */
  readonly variableNames: () => readonly string[];
  /** The output of the product; rejects when nobody reads it. */
  readonly stdout: { readonly isTerminal: boolean; write(text: string): Promise<void> };
  readonly stderr: TextStream;
  /** Opens the terminal itself, past all redirections; `undefined` when there is none. */
  readonly openTerminal: () => TextStream | undefined;
  /** The terminal, to ask the person something; `undefined` where nobody is there to answer. */
  readonly openDialog: () => Promise<Dialog | undefined>;
  /** Puts the home folder in the place of a leading `~/`. */
  readonly expand: (path: string) => string;
  /** Makes a path absolute; one that begins with `~/` stays. */
  readonly absolute: (path: string) => string;
  /** Resolves a path's symlinks; a path that does not exist yet stays. */
  readonly realPath: (path: string) => string;
  readonly os: typeof Deno.build.os;
  /** The command line that starts this program: its path, or Deno's with main.ts. */
  readonly self: readonly string[];
  /** The cached sessions; throws a UserError when there is no place for a cache folder. */
  readonly cache: () => { readonly sessions: SessionCache; readonly choices: Choices };
  /** Where callers of the same IdP settings meet; throws a UserError where no folder can be named for it. */
  readonly meetingPlace: (settings: SessionKey) => MeetingPlace;
  /** Opens a URL in a container of Firefox. */
  readonly openContainer: (
    url: string,
    how: { readonly container: string; readonly browser: string | undefined },
  ) => Promise<BrowserOutcome>;
  /** The endpoint of STS that the shared files name for the profile in use. */
  readonly configuredEndpoint: () => Promise<string | undefined>;
  /** Signs in to the console, trusting the CAs of the settings. */
  readonly consoleLogin: (request: ConsoleRequest) => Promise<Secret>;
  /** Listens on any free port of this machine's loopback addresses. */
  readonly listenAnywhere: (handler: (request: Request) => Promise<Response>) => Promise<
    { readonly port: number; close(graceMs: number): Promise<void> }
  >;
  /** Runs a program in our place; resolves to its exit code. Must be the last thing that we do. */
  readonly runChild: (child: ChildCommand, environment: ChildEnvironment) => Promise<number>;
  /** The names of the program that started this one. */
  readonly parentNames: () => Promise<readonly string[]>;
  /** Reads a file's text, `~/` being the home folder; `undefined` when there is no such file. */
  readonly readTextFile: (path: string) => Promise<string | undefined>;
}

/** Longer than a start takes, and too short to press Ctrl-C, milliseconds. */
const INTERRUPTS_AFTER_MS = 40;

/** Wires the real world. Opens, starts and loads nothing until it is used. */
export function realDeps(): Deps {
  settleEnvironment();
  const env = (name: string) => Deno.env.get(name);
  const interrupts = listenForInterrupts(INTERRUPTS_AFTER_MS);
  return {
    env,
    variableNames: () => Object.keys(Deno.env.toObject()),
    now: Date.now,
    stdout: {
      get isTerminal() {
        return Deno.stdout.isTerminal();
      },
      write: writeOut,
    },
    stderr: {
      get isTerminal() {
        return Deno.stderr.isTerminal();
      },
      write: (text) => writeTo(Deno.stderr, text),
    },
    openTerminal,
    openDialog: async () => {
      interrupts.begin();
      const { openDialog } = await import("./dialog.ts");
      return openDialog(interrupts.signal);
    },
    expand: (path) => expandHome(path, env),
    absolute,
    realPath,
    os: Deno.build.os,
    get self() {
      return selfWords();
    },
    meetingPlace: (settings) => {
      interrupts.begin();
      const path = `${cacheFolderOrFail(env)}/sharing/${entryName(settings)}`;
      return { path, startServer: () => startServer(path) };
    },
    openContainer: (url, { container, browser }) =>
      open(url, { browser, container, signal: interrupts.signal }),
    configuredEndpoint: async () =>
      (await import("../aws/configured_endpoint.ts")).configuredEndpoint(),
    consoleLogin: async (request) => {
      const [{ consoleLogin }, { trustedClient }] = await Promise.all([
        import("../aws/console.ts"),
        import("./trust.ts"),
      ]);
      return await consoleLogin(request, {
        signal: interrupts.signal,
        client: await trustedClient(env),
      });
    },
    listenAnywhere: async (handler) => {
      interrupts.begin();
      const { listenAnywhere } = await import("./listen.ts");
      return await listenAnywhere(handler);
    },
    runChild: async (child, environment) => {
      const { runChild } = await import("./run_child.ts");
      return await runChild(child, environment, interrupts);
    },
    parentNames: async () => (await import("./parent_shell.ts")).parentNames(),
    cache: () => {
      const folder = cacheFolderOrFail(env);
      return { sessions: new SessionCache(folder, Date.now), choices: new Choices(folder) };
    },
    readTextFile: (path) => readTextFile(expandHome(path, env)),
    claimPort: async (options) => {
      // Who waits in the queue can press Ctrl-C already.
      const watch: Watch = (event) => {
        interrupts.begin();
        options.watch(event);
      };
      const { claimPort } = await import("../sign_in/port.ts");
      const listener = await claimPort(cacheFolder(env, Deno.build.os), { ...options, watch });
      interrupts.begin();
      return listener;
    },
    openBrowser: (url, browser) =>
      open(url, { browser, container: undefined, signal: interrupts.signal }),
    browserName: async (browser) => {
      const { browserName } = await import("../sign_in/browser.ts");
      return browserName({ browser, ...await browserSurroundings() });
    },
    tunnelHint: (port) => sshTunnelHint(Deno.env.toObject(), port),
    loadReader: async () => (await import("../saml/reader.ts")).readAssertion,
    loadExchange: async () => {
      const [{ stsExchange }, { StsHandler }, { trustedClient }, { remembering }] = await Promise
        .all([
          import("../aws/sts.ts"),
          import("../aws/sts_handler.ts"),
          import("./trust.ts"),
          import("../sign_in/remembering.ts"),
        ]);
      const exchange = stsExchange({ handler: new StsHandler(await trustedClient(env)) });
      const folder = cacheFolder(env, Deno.build.os);
      if (folder === undefined) return exchange;
      const { GrantedDurations } = await import("../credentials/granted.ts");
      return remembering(exchange, new GrantedDurations(folder, Date.now));
    },
    rehearse: async (region) => {
      const [{ rehearseExchange }, { rehearseReading }] = await Promise.all([
        import("../aws/sts_rehearsal.ts"),
        import("../saml/reader.ts"),
      ]);
      rehearseReading();
      await rehearseExchange(region);
    },
    get signal() {
      return interrupts.signal;
    },
  };
}

function cacheFolderOrFail(env: (name: string) => string | undefined): string {
  const folder = cacheFolder(env, Deno.build.os);
  if (folder !== undefined) return folder;
  throw new UserError("cache-homeless", "Cannot find the cache folder: HOME is not set", {
    exitCode: ExitCode.FILE,
    hint: "Set HOME, or use --no-cache.",
  });
}

/** An executable is started by its path; the sources are started by Deno. */
function selfWords(): readonly string[] {
  const path = Deno.execPath();
  if (Deno.build.standalone) return [path];
  // In a URL, spaces and non-ASCII letters are escaped; in a path they are not.
  const main = decodeURIComponent(new URL(Deno.mainModule).pathname).replace(
    /^\/(?=[A-Za-z]:)/,
    "",
  );
  return [path, "run", "--allow-all", "--no-prompt", main];
}

/** Starts the process that signs in for all who meet there, apart from this one. */
async function startServer(path: string): ReturnType<MeetingPlace["startServer"]> {
  const { spawnDetached } = await import("./spawn_detached.ts");
  const [command = "", ...args] = selfWords();
  return spawnDetached({ command, args: [...args, "__serve", path] }, Deno.env.toObject());
}

function absolute(path: string): string {
  if (/^(~?[\\/]|[A-Za-z]:)/.test(path)) return path;
  return `${Deno.cwd()}${Deno.build.os === "windows" ? "\\" : "/"}${path}`;
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

async function open(url: string, how: {
  readonly browser: string | undefined;
  readonly container: string | undefined;
  readonly signal: AbortSignal;
}): Promise<BrowserOutcome> {
  const [{ openBrowser }, { spawnDetached }] = await Promise.all([
    import("../sign_in/browser.ts"),
    import("./spawn_detached.ts"),
  ]);
  return await openBrowser(url, {
    ...how,
    ...await browserSurroundings(),
    spawn: spawnDetached,
  });
}

async function browserSurroundings(): Promise<BrowserSurroundings> {
  const { isWsl } = await import("../sign_in/browser_candidates.ts");
  const env = originalEnvironment();
  const wsl = Deno.build.os === "linux" && isWsl(env, Deno.osRelease());
  return { os: Deno.build.os, env, wsl, isFile };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** What any empty pipe accepts at once, bytes. */
const AT_ONCE_BYTES = 4096;

async function writeOut(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    // While waiting for a reader, Ctrl-C must work; without a wait, starting the event loop is a waste.
    const atOnce = bytes.length <= AT_ONCE_BYTES;
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done);
      done += atOnce ? Deno.stdout.writeSync(rest) : await Deno.stdout.write(rest);
    }
  } catch (error) {
    // The reader has ended, or the disk is full: not a bug in this program.
    throw new UserError("stdout-unwritable", `Cannot write to stdout: ${systemReason(error)}`, {
      exitCode: ExitCode.FILE,
      hint: "The program that reads it has ended, or the disk is full. Run the command again.",
      cause: error,
    });
  }
}

/** Writes if possible: without a reader the text is lost and the work continues. */
function writeTo(file: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  } catch {
    // A closed terminal must not end the sign-in.
  }
}

function openTerminal(): TextStream | undefined {
  try {
    const path = Deno.build.os === "windows" ? "CONOUT$" : "/dev/tty";
    const file = Deno.openSync(path, { write: true });
    return { isTerminal: file.isTerminal(), write: (text) => writeTo(file, text) };
  } catch {
    return undefined;
  }
}

async function readTextFile(path: string): Promise<string | undefined> {
  if (isHomeless(path)) return undefined;
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
