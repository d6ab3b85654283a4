/**
 * Somebody who has just installed the driver and types what the documents say: a home, a `PATH`, an IdP, an
 * STS and a console on loopback, and a browser in which bob signs in and clicks his way through.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { idOf, requestInUrl } from "./authn_requests.ts";
import { hasOpenssl, makeCertificates } from "./certificates.ts";
import { DOCUMENTED } from "../../scripts/release/repository.ts";
import { VERSION } from "../../src/version.ts";
import { driverEnv, freePort, FROM_SOURCE } from "./driver.ts";
import { enterConsole, refreshOf } from "./console_stage.ts";
import { eventually } from "./eventually.ts";
import { startFederation } from "./federation.ts";
import { responseFor } from "./pasted.ts";
import { fencesOf } from "./markdown.ts";
import { peer } from "./peers.ts";
import { onTerminal, shellLine } from "./pty.ts";
import { portIsFree } from "./raw_http.ts";
import { writeReleaseFiles } from "./release_files.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "./saml_response.ts";
import { soon } from "./sign_ins.ts";
import { setStage, type Stage } from "./stage.ts";
import { browserOf, PickerTab, postAssertion, type Send, type Shown, visitStart } from "./tab.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Fails without a session, or an endpoint that gives one. */
const GIVEN = ': "${AWS_SESSION_TOKEN:-${AWS_CONTAINER_AUTHORIZATION_TOKEN:?}}"';

/** How a command line ended. */
export interface LineEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody at a machine. */
export interface Newcomer extends AsyncDisposable {
  /** Where the AWS files and the cache are. */
  readonly home: string;
  /** Runs a command line in a shell, with the examples' addresses and ARNs replaced by real ones. */
  run(shell: "bash" | "fish", line: string): Promise<LineEnd>;
  /** Runs one that serves until a signal ends it, and ends it as soon as it says this. */
  serve(line: string, says: string): Promise<LineEnd>;
  /** Gives them the profile that the examples use, and those of the profiles that a document shows. */
  configure(document: string): Promise<void>;
  /** Runs one on a terminal, and answers its questions. */
  answer(line: string, answers: readonly string[]): Promise<LineEnd>;
  /** The start URL of the IdP. */
  readonly startUrl: string;
}

/** Sets a newcomer to work; `installed`: the driver is in `PATH` already. */
export async function startNewcomer({ installed }: { readonly installed: boolean }): Promise<
  Newcomer
> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(setStage({ eitherScheme: true }));
  const federation = stack.use(
    startFederation({ handedOut: stage.sts.handedOut, manyTokens: true }),
  );
  const { home } = stage;
  const [bin, local, clone] = [`${home}/bin`, `${home}/.local/bin`, `${home}/clone`];
  const folders = [bin, `${clone}/dist`, ...(installed ? [local] : [])];
  for (const folder of folders) Deno.mkdirSync(folder, { recursive: true });
  Deno.symlinkSync(`${ROOT}scripts`, `${clone}/scripts`);
  Deno.writeTextFileSync(`${clone}/accounts.json`, '{"111122223333": "Development"}');
  const driver = `exec ${shellLine(FROM_SOURCE.command)} "$@"`;
  const places = installed ? [`${clone}/dist`, local] : [`${clone}/dist`];
  for (const folder of places) writeProgram(`${folder}/stssamldriver`, driver);
  // What the examples run with the credentials: AWS's own answer to who they are, where the AWS CLI is here.
  writeProgram(`${bin}/aws`, awsProgram(stage));
  for (const name of ["terraform", "rclone", "s3cmd"]) {
    writeProgram(`${bin}/${name}`, GIVEN);
  }
  writeProgram(
    `${bin}/docker`,
    `[ "$2" != --env-file ] || exec sed -n '/^AWS_SESSION_TOKEN=./q0; $q1' "$3"\n${GIVEN}`,
  );
  const certificates = hasOpenssl ? stack.use(makeCertificates()) : undefined;
  const trusting = Deno.createHttpClient({
    caCerts: certificates === undefined ? [] : [Deno.readTextFileSync(certificates.caFile)],
  });
  stack.defer(() => trusting.close());
  for (const name of ["cert", "key"] as const) {
    Deno.writeTextFileSync(`${clone}/${name}.pem`, certificates?.[name] ?? "");
  }
  writeProgram(
    `${bin}/mkcert`,
    `[ "$1" = -install ] || { cp '${clone}/cert.pem' "$2" && cp '${clone}/key.pem' "$4"; }`,
  );
  writeProgram(`${bin}/browser`, `echo "$1" >>'${home}/opened'`);
  const inherited = driverEnv({ home });
  const env = {
    ...inherited,
    ...stage.env,
    PATH: `${local}:${bin}:${inherited["PATH"] ?? ""}`,
    BROWSER: `${bin}/browser`,
    STSSAMLDRIVER_PORT: String(stage.port),
    STSSAMLDRIVER_SIGNIN_URL: federation.url,
    STSSAMLDRIVER_CONSOLE_URL: federation.url,
  };
  // The release that the install script fetches, by curl's file URLs.
  const release = `${home}/release`;
  writeReleaseFiles(release, { version: VERSION, script: driver });
  const browser = stack.use(playBrowser(`${home}/opened`, {
    stage,
    send: (request) => fetch(request, { redirect: "manual", client: trusting }),
  }));
  const real = (line: string) =>
    line.replace(/ …$/, "").replaceAll("https://idp.example/start", stage.idp.startUrl)
      .replaceAll(`${DOCUMENTED}/releases/latest/download`, `file://${release}`)
      .replaceAll("https://mirror.example/stssamldriver", `file://${release}`)
      .replaceAll(/(?<=--listen [\d.]+:)\d+/g, () => String(freePort()))
      .replaceAll(/\bROLE_ARN\b/g, DEFAULT_ROLE).replaceAll(/\bPROVIDER_ARN\b/g, DEFAULT_PROVIDER);
  // What somebody would paste, who has a terminal.
  const pasting = (line: string) => {
    if (!line.includes(" --paste")) return line;
    Deno.writeTextFileSync(`${clone}/response.txt`, responseFor(stage, "alice"));
    return `${line} <response.txt`;
  };
  const start = (shell: "bash" | "fish", line: string) => {
    const args = shell === "fish" ? ["--no-config", "-c"] : ["--norc", "-euo", "pipefail", "-c"];
    return new Deno.Command(shell, {
      args: [...args, pasting(real(line))],
      cwd: clone,
      // A line without a start URL waits for a click on the tile of a portal, which this stands for.
      env: {
        ...env,
        SHELL: `/usr/bin/${shell}`,
        ...(line.includes("install.sh")
          ? { STSSAMLDRIVER_DOWNLOAD_URL: release }
          : { STSSAMLDRIVER_ISSUER: stage.idp.startUrl }),
      },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  };
  const run = async (shell: "bash" | "fish", line: string): Promise<LineEnd> => {
    const child = start(shell, line);
    try {
      const { code, stdout, stderr } = await soon(line, child.output());
      browser.check();
      const decoder = new TextDecoder();
      return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    } catch (error) {
      end(child);
      throw error;
    }
  };
  const rest = stack.move();
  return {
    home,
    startUrl: stage.idp.startUrl,
    run,
    async serve(line, says) {
      const child = start("bash", line);
      let stderr = "";
      const reading = (async () => {
        for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) stderr += text;
      })();
      try {
        await eventually(`"${line}" to say "${says}"`, () => stderr.includes(says) || undefined);
        Deno.kill(-child.pid, "SIGTERM");
        const [{ code }] = await soon(
          line,
          Promise.all([child.status, reading, child.stdout.cancel()]),
        );
        return { code, stdout: "", stderr };
      } catch (error) {
        end(child);
        throw error;
      }
    },
    async configure(document) {
      const setup = "stssamldriver setup dev --start-url https://idp.example/start";
      const { code, stderr } = await run("bash", setup);
      assert.equal(code, 0, `the profile that the examples use: ${stderr}`);
      const path = `${home}/.aws/config`;
      let config = Deno.readTextFileSync(path);
      for (const { language, lines } of fencesOf(document)) {
        if (language !== "ini") continue;
        for (const section of lines.join("\n").split(/^(?=\[)/m)) {
          const [header = ""] = section.split("\n");
          if (header.startsWith("[") && !config.includes(header)) config += `\n${section}\n`;
        }
      }
      Deno.writeTextFileSync(path, config);
    },
    async answer(line, answers) {
      await using screen = onTerminal(`cd ${shellLine([clone])} && ${real(line)}`, {
        ...env,
        TERM: "dumb",
      });
      await eventually(`a question of "${line}"`, () => screen.shown() !== "" || undefined);
      // A terminal keeps what is typed ahead, line by line.
      for (const each of answers) await screen.type(`${each}\n`);
      const code = await soon(line, screen.ended);
      browser.check();
      return { code, stdout: "", stderr: screen.shown() };
    },
    [Symbol.asyncDispose]: async () => {
      // Whoever signs in for several commands goes on a little after the last of them.
      await eventually("the port to be free", () => portIsFree(stage.port) || undefined);
      await rest.disposeAsync();
    },
  };
}

/** Ends a line's whole session: what it has started would keep the port. */
function end(child: Deno.ChildProcess): void {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function writeProgram(path: string, script: string): void {
  Deno.writeTextFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** `aws`: whatever it is asked, it says whose credentials these are. */
function awsProgram({ sts }: Stage): string {
  const found = peer("awscli");
  const second = peer("awscli2");
  const profile =
    `profile=; while [ $# -gt 0 ]; do [ "$1" = --profile ] && profile=$2; shift; done\n`;
  const exports = second.found
    ? `[ "$1 $2" = "configure export-credentials" ] && exec '${second.path}' "$@"\n`
    : "";
  return found.found
    ? `${exports}${profile}exec '${found.path}' sts get-caller-identity --region us-east-1 --endpoint-url '${sts.url}' \\
         $\{profile:+--profile "$profile"}`
    : `${profile}[ -n "$profile" ] || exec test -n "$AWS_SESSION_TOKEN"
       exec stssamldriver credentials --profile "$profile" >/dev/null`;
}

/** Who signs in, and where; the browser trusts the certificates of mkcert's CA. */
interface Person {
  readonly stage: Stage;
  readonly send: Send;
}

/** Somebody at the browser: follows every address that is opened, until it is disposed of. */
function playBrowser(
  opened: string,
  person: Person,
): AsyncDisposable & { readonly check: () => void } {
  let over = false;
  let failure: unknown;
  const playing = (async () => {
    for (let done = 0; !over;) {
      const urls = linesOf(opened);
      for (const url of urls.slice(done)) {
        await follow(new URL(url), person).catch((error) => failure ??= error);
      }
      done = urls.length;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return {
    check: () => {
      const found = failure;
      failure = undefined;
      if (found !== undefined) throw found;
    },
    [Symbol.asyncDispose]: async () => {
      over = true;
      await playing;
    },
  };
}

function linesOf(path: string): readonly string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}

/** Goes where a page leads: signs in at the IdP, picks a role, confirms, enters the console. */
async function follow(url: URL, { stage, send }: Person): Promise<void> {
  if (!url.pathname.startsWith("/start/")) {
    await enterConsole(refreshOf(await (await fetch(url)).text()));
    return;
  }
  const browser = browserOf(send);
  const acsUrl = new URL("/saml", url).href;
  const way = await visitStart(browser, url.href);
  const changes = {
    recipient: acsUrl,
    ...(way.includes("SAMLRequest=") && { inResponseTo: idOf(requestInUrl(way)) }),
  };
  const { fields } = stage.idp.signIn("bob", changes);
  const base64 = fields.find(([name]) => name === "SAMLResponse")?.[1];
  let shown = await postAssertion(browser, acsUrl, base64 ?? "");
  while (shown.location !== null) {
    const tab = new PickerTab(browser, new URL(shown.location, acsUrl));
    await tab.open();
    const form = firstAnswer(tab.page);
    if (form === undefined) {
      await enterConsole(refreshOf(tab.page.text));
      return;
    }
    shown = await tab.submit({ token: tab.token, ...form });
  }
  assert.equal(shown.status, 200, shown.heading);
}

/** What the first button of a page's form posts that is not Cancel. */
function firstAnswer({ text }: Shown): Readonly<Record<string, string>> | undefined {
  const buttons = [...text.matchAll(/<button\b([^>]*)>/g)].map(([, attributes = ""]) => ({
    name: /\bname="([^"]*)"/.exec(attributes)?.[1],
    value: /\bvalue="([^"]*)"/.exec(attributes)?.[1] ?? "",
  }));
  const answer = buttons.find(({ name }) => name !== undefined && name !== "cancel");
  return answer?.name === undefined ? undefined : { [answer.name]: answer.value };
}
