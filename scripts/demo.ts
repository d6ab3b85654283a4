/**
 * A whole sign-in on this machine alone: the real command line, an IdP that signs, and an STS that
 * verifies. No AWS account, no network.
 *
 *   deno task demo [--auto] [--user NAME]
 *
 * The browser opens at the demo's IdP and you click. With `--auto`, or where there is no display, the
 * demo plays the browser itself and says so.
 */

import { fileURLToPath } from "node:url";
import { type Idp, postToAcs, startIdp, USERS } from "../tests/support/idp.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../tests/support/saml_response.ts";
import { accountsFor, startSts } from "../tests/support/sts.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const PORT = 8090;
const ACS_URL = `http://localhost:${PORT}/saml`;

Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (options === undefined) {
    console.error(`Usage: deno task demo [--auto] [--user NAME]
NAME is one of ${USERS.map(({ name, about }) => `${name} (${about})`).join(", ")}`);
    return 2;
  }
  const automatic = options.automatic || !hasDisplay();
  await using idp = startIdp({ acsUrl: ACS_URL, onEvent: (text) => tell("IdP", text) });
  await using sts = startSts({
    ...accountsFor([{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }, ...idp.offers], {
      issuer: idp.issuer,
      keys: [idp.certificatePem],
      recipients: [ACS_URL],
    }),
    onEvent: (text) => tell("STS", text),
  });
  const flags = [
    ["--role-arn", DEFAULT_ROLE],
    ["--saml-provider-arn", DEFAULT_PROVIDER],
    ["--issuer", idp.startUrl],
    ...(automatic ? [["--browser", "none"]] : []),
  ];
  tell("demo", `An IdP listens on ${idp.url}, an STS on ${sts.url}. The command is`);
  console.log(`\n  stssamldriver ${flags.map((pair) => pair.join(" ")).join(" \\\n    ")}\n`);
  const driver = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-prompt", MAIN, ...flags.flat(), "--log-format", "json"],
    env: { AWS_ENDPOINT_URL_STS: sts.url, NO_PROXY: "127.0.0.1,localhost" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(driver.stdout).text();
  await watch(driver.stderr, { automatic, idp, user: options.user });
  const [{ code }, product] = await Promise.all([driver.status, stdout]);
  tell("demo", `The command ended with exit code ${code}${product ? " and this on stdout:" : ""}`);
  if (product) console.log(`\n  ${shortened(product)}`);
  return code;
}

interface DemoOptions {
  readonly automatic: boolean;
  readonly user: string;
}

function readArguments(args: readonly string[]): DemoOptions | undefined {
  let automatic = false;
  let user = "alice";
  for (let index = 0; index < args.length; index++) {
    const next = args[index + 1];
    if (args[index] === "--auto") automatic = true;
    else if (args[index] === "--user" && USERS.some(({ name }) => name === next)) {
      user = next ?? user;
      automatic = true;
      index++;
    } else return undefined;
  }
  return { automatic, user };
}

/** Whether a browser could open before somebody's eyes. */
function hasDisplay(): boolean {
  if (Deno.build.os !== "linux") return true;
  return ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"].some((name) =>
    (Deno.env.get(name) ?? "") !== ""
  );
}

/** Tells what the driver says of itself, and plays the browser when it is time to. */
async function watch(
  stderr: ReadableStream<Uint8Array>,
  { automatic, idp, user }: {
    readonly automatic: boolean;
    readonly idp: Idp;
    readonly user: string;
  },
): Promise<void> {
  let rest = "";
  const posts: Promise<void>[] = [];
  for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { event, time: _, ...fields } = JSON.parse(line);
      tell("driver", `${event} ${Deno.inspect(fields, { compact: true, breakLength: Infinity })}`);
      if (event === "listening" && automatic) posts.push(playBrowser(idp, user));
    }
  }
  await Promise.all(posts);
}

async function playBrowser(idp: Idp, user: string): Promise<void> {
  tell("demo", `No browser takes part: the demo signs ${user} in and posts the form by itself`);
  const form = idp.signIn(user);
  const page = await postToAcs(form.action, form.fields);
  const title = /<title>([^<]*)/.exec(page.text)?.[1] ?? "";
  tell("tab", `HTTP ${page.status}, a page "${title}"`);
  // A refused form leaves the driver waiting for a better one, which the demo does not have.
  if (page.status === 400) tell("demo", "The driver goes on waiting, as it should; press Ctrl-C");
}

/** The product with the middle of its long values cut out: what it looks like, in two lines. */
function shortened(json: string): string {
  return json.trim().replace(/"([^"]{24})[^"]*([^"]{4})"/g, '"$1…$2"');
}

function tell(who: string, what: string): void {
  console.log(`${who.padStart(6)} │ ${what}`);
}
