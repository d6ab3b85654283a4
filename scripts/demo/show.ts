/**
 * The demo itself: an IdP and an STS, the options, and what to do when the port is taken.
 *
 * @module
 */

import { UserError } from "../../src/errors.ts";
import { isOverSsh } from "../../src/sign_in/browser/elsewhere.ts";
import { listenOnLoopback } from "../../src/system/listen.ts";
import { startIdp, USERS } from "../../tests/support/idp.ts";
import { accountsFor, startSts } from "../../tests/support/sts.ts";
import { makeHome } from "./home.ts";
import { execStep, signInStep, statusStep } from "./steps.ts";

const USUAL_PORT = 8090;

const USAGE = `Usage: deno task demo [--auto] [--user NAME] [--port N]

  --auto       stand in for the browser
  --user NAME  who signs in (default bob):
${USERS.map(({ name, about }) => `                 ${name}: ${about}`).join("\n")}
  --port N     the driver's port (default ${USUAL_PORT})`;

/**
 * Runs the demo and returns its exit code: that of the first command that failed.
 *
 * @throws Interrupted by Ctrl-C
 */
export async function demo(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(USAGE);
    return 0;
  }
  const options = readArguments(args);
  if (options === undefined) {
    console.error(USAGE);
    return 2;
  }
  const { user, port, automatic } = options;
  const trouble = await portTrouble(port);
  if (trouble !== undefined) {
    console.error(`${trouble.message}\n${trouble.hint}
The demo's identity provider posts to any port: add --port ${await freePortAfter(port)}`);
    return trouble.exitCode;
  }
  // What is on this machine is asked for without a proxy.
  for (const name of ["NO_PROXY", "no_proxy"]) Deno.env.set(name, "127.0.0.1,localhost");
  const acsUrl = `http://localhost:${port}/saml`;
  await using idp = startIdp({ acsUrl, suggestedUser: user });
  await using sts = startSts(accountsFor(idp.offers, {
    issuer: idp.issuer,
    keys: [idp.certificatePem],
    recipients: [acsUrl],
  }));
  await using home = await makeHome({ AWS_ENDPOINT_URL_STS: sts.url });
  console.log(`This demo runs stssamldriver with an identity provider (${idp.url}) and a
stand-in for AWS STS (${sts.url}) on this machine. It does not touch your ~/.aws.`);
  const flags = [
    ...["--start-url", idp.startUrl],
    ...(port === USUAL_PORT ? [] : ["--port", String(port)]),
    ...(automatic ? ["--browser", "none"] : []),
  ];
  const stage = { home, flags, startUrl: idp.startUrl, user, port, automatic };
  for (const step of [signInStep, statusStep, execStep]) {
    const code = await step(stage);
    if (code === 0) continue;
    console.error(`\nThe command failed with exit code ${code}, so the demo ends here`);
    return code;
  }
  console.log(`
With your own identity provider it is:

  stssamldriver setup dev --start-url URL  # the link of the AWS tile in your company's portal
  aws s3 ls --profile dev

README.md says how to install it and what your administrators have to allow first.`);
  return 0;
}

interface DemoOptions {
  readonly automatic: boolean;
  readonly user: string;
  readonly port: number;
}

function readArguments(args: readonly string[]): DemoOptions | undefined {
  let automatic = !hasDisplay();
  let user = "bob";
  let port = USUAL_PORT;
  for (let index = 0; index < args.length; index++) {
    const value = args[index + 1] ?? "";
    switch (args[index]) {
      case "--auto":
        automatic = true;
        continue;
      case "--user":
        if (!USERS.some(({ name }) => name === value)) return undefined;
        user = value;
        break;
      case "--port":
        port = Number(value);
        if (!/^\d+$/.test(value) || port < 1 || port > 65_535) return undefined;
        break;
      default:
        return undefined;
    }
    index++;
  }
  return { automatic, user, port };
}

/**
 * Whether a browser could open where somebody sees it. On Windows one would take the demo's cache folder for
 * its own.
 */
function hasDisplay(): boolean {
  const env = Deno.env.toObject();
  if (Deno.build.os === "windows" || env["BROWSER"] === "none") return false;
  if (["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"].some((name) => env[name])) {
    return true;
  }
  return Deno.build.os === "darwin" && !isOverSsh(env);
}

/** Why the driver could not listen on a port, in its own words; `undefined` when it could. */
async function portTrouble(port: number): Promise<UserError | undefined> {
  try {
    const handler = () => Promise.resolve(new Response());
    await (await listenOnLoopback({ port, handler })).close(0);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function freePortAfter(port: number): Promise<number> {
  let next = port + 1;
  while (next < 65_535 && await portTrouble(next) !== undefined) next++;
  return next;
}
