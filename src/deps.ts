/**
 * The outside world of the program as one record: wired by hand to the real world here, and to fakes in
 * tests.
 *
 * @module
 */

import { entryName, SessionCache, type SessionKey } from "./credentials/cache.ts";
import { cacheFolderIfAny, cacheFolderOrFail } from "./system/folder_trust.ts";
import { Choices } from "./credentials/remembered.ts";
import {
  listenForInterrupts,
  openTerminal,
  originalEnvironment,
  settleEnvironment,
  STDERR,
  STDOUT,
  type TextStream,
} from "./system/process.ts";
import type { BrowserOutcome } from "./sign_in/browser/browser.ts";
import type { BrowserSurroundings } from "./sign_in/browser/browser_candidates.ts";
import type { SignInWorld } from "./sign_in/sign_in.ts";
import type { MeetingPlace } from "./sharing/caller.ts";
import { containerHint, isOverSsh, sshTunnelHint } from "./sign_in/browser/elsewhere.ts";
import type { ConsoleRequest } from "./aws/console.ts";
import type { StsReached } from "./aws/sts_reach.ts";
import type { Route } from "./aws/unreachable.ts";
import type { Secret } from "./secret.ts";
import type { PortHolder } from "./system/processes.ts";
import type { Dialog } from "./system/dialog.ts";
import {
  absolute,
  expandHome,
  inFolder,
  isFile,
  isHomeless,
  isThere,
  machineFilePath,
  realPath,
  selfWords,
} from "./system/paths.ts";
import type { ConfiguredProperty } from "./route_to_aws.ts";
import { confine, keepNetworkOnly, startNothingMore } from "./system/confinement.ts";
import { OS_RELEASE, readKernelFile } from "./system/machine.ts";
import type { MachineFile } from "./system/machine_file.ts";
import type { HeadHandler, ProgramListener } from "./system/program_listener.ts";
import { keepStreams } from "./system/windows.ts";
import type { ChildCommand, ChildEnvironment } from "./system/run_child.ts";

/** The outside world, as the commands see it. */
export interface Deps extends Omit<SignInWorld, "watch"> {
  /** An environment variable. */
  readonly env: (name: string) => string | undefined;
  /** The names of all environment variables. */
  readonly variableNames: () => readonly string[];
  /** The output of the product; rejects when nobody reads it. */
  readonly stdout: typeof STDOUT;
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
  /** A property of the profile in use, with that profile and the file that has it. */
  readonly configured: (key: string) => Promise<ConfiguredProperty | undefined>;
  /**
   * Looks at the proxies and CAs of the way to an https host; throws a UserError, exit code 2, for a setting that
   * cannot be used.
   */
  readonly checkRoute: (host: string) => Promise<void>;
  /** Finds out about the way to AWS. */
  readonly route: () => Promise<Route>;
  /** Asks STS without credentials; throws a UserError, exit code 7, when it does not answer. */
  readonly reachSts: (region: string) => Promise<StsReached>;
  /** What decides how a browser is opened. */
  readonly browserSurroundings: () => Promise<BrowserSurroundings>;
  /** The programs that listen on a port, as far as this user may know. */
  readonly portHolders: (port: number) => Promise<readonly PortHolder[]>;
  /** Signs in to the console, trusting the CAs of the settings. */
  readonly consoleLogin: (request: ConsoleRequest) => Promise<Secret>;
  /** Listens on any free port of this machine's loopback addresses. */
  readonly listenAnywhere: (
    handler: (request: Request) => Promise<Response>,
  ) => Promise<{ readonly port: number; close(graceMs: number): Promise<void> }>;
  /** Listens on a free port of 127.0.0.1 for requests that prove by themselves who asks. */
  readonly listenForPrograms: (handler: HeadHandler) => Promise<ProgramListener>;
  /** Gives up everything but the network. */
  readonly keepNetworkOnly: () => void;
  /** Runs a program in our place; resolves to its exit code. Must be the last thing that we do. */
  readonly runChild: (child: ChildCommand, environment: ChildEnvironment) => Promise<number>;
  /** The names of the program that started this one. */
  readonly parentNames: () => Promise<readonly string[]>;
  /** The file in which whoever manages this machine has put settings; `undefined` when there is none. */
  readonly machineFile: () => Promise<MachineFile | undefined>;
  /** Reads a file's text, `~/` being the home folder; `undefined` when there is no such file. */
  readonly readTextFile: (path: string) => Promise<string | undefined>;
}

type Env = (name: string) => string | undefined;

/** What looks at the way to AWS; an answer from the cache needs nothing of it. */
const wayToAws = () => import("./route_to_aws.ts");

/** Wires the real world. Opens, starts and loads nothing until it is used. */
export function realDeps(): Deps {
  settleEnvironment();
  if (Deno.build.os === "windows") keepStreams();
  const env = (name: string) => Deno.env.get(name);
  const interrupts = listenForInterrupts();
  let folder: string | undefined;
  let exchange: ReturnType<Deps["loadExchange"]> | undefined;
  const cacheFolder = () => folder ??= cacheFolderOrFail(env);
  return {
    env,
    variableNames: () => Object.keys(Deno.env.toObject()),
    now: Date.now,
    stdout: STDOUT,
    stderr: STDERR,
    openTerminal,
    openDialog: async () => (await import("./system/dialog.ts")).openDialog(interrupts.signal),
    expand: (path) => expandHome(path, env),
    absolute,
    realPath,
    os: Deno.build.os,
    self: selfWords(),
    meetingPlace: (settings) => {
      const path = inFolder(inFolder(cacheFolder(), "sharing"), entryName(settings));
      return { path, startServer: () => startServer(path) };
    },
    openContainer: (url, { container, browser }) =>
      open(url, { browser, container, signal: interrupts.signal }),
    configuredEndpoint: async () =>
      (await import("./aws/configured_endpoint.ts")).configuredEndpoint(),
    configured: async (key) => (await wayToAws()).configured(key, env),
    checkRoute: async (host) => (await wayToAws()).checkRoute(host, env),
    route: async () => (await wayToAws()).routeToAws(env),
    reachSts: (region) => askSts(region, env, interrupts.signal),
    browserSurroundings,
    portHolders: async (port) => (await import("./system/processes.ts")).portHolders(port),
    consoleLogin: async (request) => {
      const { consoleLogin, federationEndpoint } = await import("./aws/console.ts");
      const { checkRoute, routeToAws, trustedClient } = await wayToAws();
      await checkRoute(federationEndpoint(request).hostname, env);
      return await consoleLogin(request, {
        signal: interrupts.signal,
        client: await trustedClient(env),
        route: routeToAws(env),
      });
    },
    listenAnywhere: async (handler) =>
      await (await import("./system/listen.ts")).listenAnywhere(handler),
    listenForPrograms: async (handler) =>
      (await import("./system/program_listener.ts")).listenForPrograms(handler),
    runChild: async (child, environment) => {
      const { runChild } = await import("./system/run_child.ts");
      return await runChild(child, environment, interrupts);
    },
    parentNames: async () => (await import("./system/processes.ts")).parentNames(),
    cache: () => {
      const folder = cacheFolder();
      return {
        sessions: new SessionCache(folder, Date.now),
        get choices() {
          return new Choices(folder);
        },
      };
    },
    machineFile: async () => {
      const path = machineFilePath(env, Deno.build.os);
      // Nearly nobody has one.
      if (!isThere(path)) return undefined;
      return (await import("./system/machine_file.ts")).readMachineFile(path);
    },
    readTextFile: (path) => readTextFile(expandHome(path, env)),
    confine,
    startNothingMore,
    keepNetworkOnly,
    claimPort: async (options) => {
      const { claimPort, noLockEvent } = await import("./sign_in/listener/port.ts");
      const folder = cacheFolderIfAny(env, (error) => options.watch(noLockEvent(error)));
      return await claimPort(folder, options);
    },
    openBrowser: (url, browser) =>
      open(url, { browser, container: undefined, signal: interrupts.signal }),
    browserName: async (browser) => {
      const { browserName } = await import("./sign_in/browser/browser.ts");
      return browserName({ browser, ...await browserSurroundings() });
    },
    tunnelHint: (port) => sshTunnelHint(Deno.env.toObject(), port),
    containerHint: (port) => {
      const env = Deno.env.toObject();
      // Reached by SSH, it is a machine like any other.
      return isOverSsh(env)
        ? undefined
        : containerHint({ env, exists: isFile, readText: readKernelFile }, port);
    },
    readMetadata: async (source, signal) => {
      const { readMetadata } = await import("./sign_in/idp_requests.ts");
      const { checkRoute, routeToAws, trustedClient } = await wayToAws();
      return await readMetadata(source, {
        readFile: (path) => readTextFile(expandHome(path, env)),
        checkRoute: (host) => checkRoute(host, env),
        client: () => trustedClient(env),
        route: routeToAws(env),
        signal,
      });
    },
    pasting: {
      openInput: async () => (await import("./system/dialog.ts")).openHiddenInput(),
      openDialog: async (signal) => (await import("./system/dialog.ts")).openDialog(signal),
      // An editor that works on this machine from another one names a program that opens the browser there.
      seesBrowser: () => !isOverSsh(Deno.env.toObject()) || Boolean(env("BROWSER")),
    },
    loadReader: async () => (await import("./saml/reader.ts")).readAssertion,
    // One for all sign-ins of this process, which may ask for it long before they need it.
    loadExchange: () => exchange ??= loadExchange(env),
    signal: interrupts.signal,
  };
}

async function loadExchange(env: Env): ReturnType<Deps["loadExchange"]> {
  const [{ stsExchange }, { StsHandler }, { grantedExchange }, { routeToAws, trustedClient }] =
    await Promise.all([
      import("./aws/sts.ts"),
      import("./aws/sts_handler.ts"),
      import("./sign_in/redeem.ts"),
      wayToAws(),
    ]);
  const exchange = stsExchange({
    handler: new StsHandler(await trustedClient(env)),
    route: routeToAws(env),
  });
  const folder = cacheFolderIfAny(env);
  if (folder === undefined) return exchange;
  const { GrantedDurations } = await import("./credentials/remembered.ts");
  return grantedExchange(exchange, new GrantedDurations(folder, Date.now));
}

/** How long `doctor` waits for STS, milliseconds. */
const REACH_MS = 5000;

async function askSts(region: string, env: Env, signal: AbortSignal): Promise<StsReached> {
  const { reachSts } = await import("./aws/sts_reach.ts");
  const { routeToAws, trustedClient } = await wayToAws();
  return await reachSts(region, {
    client: await trustedClient(env),
    route: routeToAws(env),
    now: Date.now,
    signal,
    deadlineMs: REACH_MS,
  });
}

/** Starts the process that signs in for all who meet there, apart from this one. */
async function startServer(path: string): ReturnType<MeetingPlace["startServer"]> {
  const { spawnDetached } = await import("./system/spawn_detached.ts");
  const [command = "", ...args] = selfWords();
  return spawnDetached({ command, args: [...args, "__serve", path] }, originalEnvironment());
}

async function open(url: string, how: {
  readonly browser: string | undefined;
  readonly container: string | undefined;
  readonly signal: AbortSignal;
}): Promise<BrowserOutcome> {
  const [{ openBrowser }, { spawnDetached }] = await Promise.all([
    import("./sign_in/browser/browser.ts"),
    import("./system/spawn_detached.ts"),
  ]);
  return await openBrowser(url, {
    ...how,
    ...await browserSurroundings(),
    spawn: spawnDetached,
  });
}

async function browserSurroundings(): Promise<BrowserSurroundings> {
  const { isWsl } = await import("./sign_in/browser/browser_candidates.ts");
  const env = originalEnvironment();
  const wsl = Deno.build.os === "linux" && isWsl(env, OS_RELEASE);
  return { os: Deno.build.os, env, wsl, isFile };
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
