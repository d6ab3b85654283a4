/**
 * A machine for `doctor`: a home, an STS and the programs that its commands call, around the program's own checks
 * in this process. Everything is real but for the environment, which is the machine's own.
 *
 * @module
 */

import { VERSION } from "../../src/version.ts";
import { run } from "../../src/cli/program.ts";
import { reachSts } from "../../src/aws/sts_reach.ts";
import { Choices } from "../../src/credentials/remembered.ts";
import { SessionCache } from "../../src/credentials/cache.ts";
import { cacheFolderIfAny, cacheFolderOrFail } from "../../src/system/folder_trust.ts";
import type { Deps } from "../../src/deps.ts";
import { checkRoute, configured, routeToAws } from "../../src/route_to_aws.ts";
import { containerHint, sshTunnelHint } from "../../src/sign_in/browser/elsewhere.ts";
import { claimPort } from "../../src/sign_in/listener/port.ts";
import { isFile, realPath } from "../../src/system/paths.ts";
import { portHolders } from "../../src/system/processes.ts";
import { putFiles } from "./aws_files.ts";
import { driverEnv, freePort, FROM_SOURCE, temporaryHome } from "./driver.ts";
import { sdkEnvironment } from "./exchange.ts";
import { fakeDeps, type FakeDepsOptions } from "./fakes.ts";
import { shellLine } from "./pty.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "./saml_response.ts";
import { startSts, type Sts } from "./sts.ts";

/** A finding in the JSON of `doctor`. */
export interface ReportedFinding {
  readonly check: string;
  readonly status: "ok" | "warning" | "problem";
  readonly message: string;
  readonly details?: readonly string[];
  readonly why?: string;
  readonly fix?: string;
  readonly advice?: string;
}

/** What `doctor` said. */
export interface Examined {
  readonly code: number;
  readonly findings: readonly ReportedFinding[];
  /** Those that are not in order. */
  readonly troubles: readonly ReportedFinding[];
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine. */
export interface Machine extends AsyncDisposable {
  readonly home: string;
  readonly port: number;
  readonly sts: Sts;
  /** Its variables; a test may change them. */
  readonly env: Record<string, string>;
  /** The program in its PATH. */
  readonly driver: string;
  /** How far the clock of STS is ahead, milliseconds, until a command of the machine sets the clock. */
  skewMs: number;
  /** What stands in the machine's file, or why that is not believed. */
  machineFile: FakeDepsOptions["machine"] | undefined;
  /** Runs `doctor --json` in this process. */
  examine(args?: readonly string[]): Promise<Examined>;
  /** Runs `doctor` for people. */
  read(args?: readonly string[]): Promise<Pick<Examined, "code" | "stdout" | "stderr">>;
  /** Runs a command in a shell; what it does to variables stays. */
  shell(command: string): Promise<void>;
}

/** The line of the machine's own profile, `dev`, by the path of a program. */
export function lineOf(program: string): string {
  return `${program} --role-arn ${DEFAULT_ROLE} --saml-provider-arn ${DEFAULT_PROVIDER} --cache`;
}

/** A machine in order. */
export function startMachine(): Machine {
  const home = temporaryHome();
  const { path } = home;
  const sts = startSts();
  const port = freePort();
  const bin = `${path}/bin`;
  const driver = `${bin}/stssamldriver`;
  Deno.mkdirSync(bin);
  const programs = {
    stssamldriver: `exec ${shellLine(FROM_SOURCE.command)} "$@"`,
    "a-browser": "exit 0",
    // The commands of root, for whoever runs the tests.
    sudo: 'exec "$@"',
    timedatectl: `[ "$*" = "set-ntp true" ] && : > '${path}/clock-is-set'`,
  };
  for (const [name, script] of Object.entries(programs)) {
    Deno.writeTextFileSync(`${bin}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  putFiles(path, {
    ".aws/config": `[profile dev]\nregion = eu-west-1\ncredential_process = ${lineOf(driver)}\n`,
    ".aws/credentials": "[other]\naws_access_key_id = AKIA\naws_secret_access_key = not-ours\n",
  });
  const inherited = driverEnv({ home: path });
  const env: Record<string, string> = {
    ...inherited,
    PATH: `${bin}:${inherited["PATH"] ?? ""}`,
    AWS_ENDPOINT_URL_STS: sts.url,
    STSSAMLDRIVER_PORT: String(port),
    BROWSER: `${bin}/a-browser`,
    // Tests run in containers, too; this one is a part of the desktop.
    DISTROBOX_ENTER_PATH: "/usr/bin/distrobox-enter",
  };
  const machine: Machine = {
    home: path,
    port,
    sts,
    env,
    driver,
    skewMs: 0,
    machineFile: undefined,
    async read(args = []) {
      const clock = isFile(`${path}/clock-is-set`) ? 0 : machine.skewMs;
      if (clock !== 0) sts.behave({ kind: "answer", ...answerAt(Date.now() + clock) });
      using _environment = sdkEnvironment(
        Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("AWS_"))),
      );
      const deps = depsOf(machine);
      const code = await run(["doctor", ...args], deps);
      return { code, stdout: deps.out(), stderr: deps.err() };
    },
    async examine(args = []) {
      const { code, stdout, stderr } = await machine.read([...args, "--json"]);
      const { version, os, checks } = JSON.parse(stdout);
      if (version !== VERSION || os !== "linux") throw new Error(stdout);
      const findings: readonly ReportedFinding[] = checks;
      const troubles = findings.filter(({ status }) => status !== "ok");
      return { code, findings, troubles, stdout, stderr };
    },
    async shell(command) {
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: ["-c", `${command}\ncode=$?\nenv -0\nexit $code`],
        env,
        clearEnv: true,
        cwd: path,
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      if (code !== 0) throw new Error(`${command} ended with ${code}: ${decoder.decode(stderr)}`);
      for (const name of Object.keys(env)) delete env[name];
      for (const each of decoder.decode(stdout).split("\0").filter((text) => text !== "")) {
        const at = each.indexOf("=");
        // What the command printed stands before the first of them.
        env[each.slice(0, at).split("\n").at(-1) ?? ""] = each.slice(at + 1);
      }
    },
    async [Symbol.asyncDispose]() {
      await sts.close();
      home[Symbol.dispose]();
    },
  };
  return machine;
}

/** STS's refusal of a request with nothing in it, at a time of its clock. */
function answerAt(instant: number) {
  return {
    status: 400,
    headers: { "Content-Type": "text/xml", "Date": new Date(instant).toUTCString() },
    body:
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
      <Code>ValidationError</Code><Message>3 validation errors detected</Message></Error></ErrorResponse>`,
  };
}

function depsOf({ env: variables, driver, machineFile }: Machine): ReturnType<typeof fakeDeps> {
  const env = (name: string) => variables[name];
  const fake = fakeDeps({
    env: variables,
    now: Date.now,
    ...(machineFile !== undefined && { machine: machineFile }),
  });
  const deps: Partial<Deps> = {
    self: [driver],
    realPath,
    absolute: (path) => path,
    configured: (key) => configured(key, env),
    checkRoute: (host) => checkRoute(host, env),
    route: () => Promise.resolve(routeToAws(env)),
    reachSts: (region) =>
      reachSts(region, {
        client: undefined,
        route: routeToAws(env),
        now: Date.now,
        signal: fake.signal,
        deadlineMs: 5000,
      }),
    browserSurroundings: () => Promise.resolve({ os: "linux", env: variables, wsl: false, isFile }),
    portHolders,
    claimPort: (options) => claimPort(cacheFolderIfAny(env), options),
    tunnelHint: (port) => sshTunnelHint(variables, port),
    containerHint: (port) =>
      containerHint({ env: variables, exists: () => false, readText: () => "" }, port),
    cache: () => {
      const folder = cacheFolderOrFail(env);
      return { sessions: new SessionCache(folder, Date.now), choices: new Choices(folder) };
    },
  };
  return { ...fake, ...deps };
}
