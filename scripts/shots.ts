/**
 * The README's pictures, from the real command line, its real pages and its real terminal text: somebody
 * makes a profile and uses it. The IdP, STS and S3 are stand-ins on this machine.
 *
 *   deno task shots
 *
 * It takes Chromium, script(1) of util-linux and the AWS CLI, and port 8090. What differs from run to run —
 * paths, the time left — is made the same.
 */

import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { startChromium } from "../tests/support/chromium.ts";
import { driverEnv, programs, temporaryHome } from "../tests/support/driver.ts";
import { type Idp, startIdp } from "../tests/support/idp.ts";
import { serveLoopback } from "../tests/support/loopback_http.ts";
import { pathOf } from "../tests/support/peers_together.ts";
import { onTerminal, shellLine } from "../tests/support/pty.ts";
import { accountsFor, startSts } from "../tests/support/sts.ts";
import { terminalPage } from "./shots/terminal_page.ts";

const IMAGES = fileURLToPath(new URL("../docs/images/", import.meta.url));
const ACS_URL = "http://localhost:8090/saml";
/** As a person has it. Nobody is there: the browser is brought to the stand-in instead. */
const START_URL = "https://login.example.com/aws";
const COLUMNS = 100;
/** What stands for the temporary home, and for the time at which the session ends. */
const HOME = "/home/alice";
const EXPIRES = "15:30";

/** What is typed, and how the picture shows it. */
const COMMANDS: readonly string[] = [
  `stssamldriver setup dev --start-url ${START_URL}`,
  "aws s3 ls --profile dev",
];

const ACCOUNTS: Readonly<Record<string, readonly [number: string, roles: readonly string[]]>> = {
  Development: ["111122223333", ["Developer", "ReadOnly"]],
  Production: ["444455556666", ["ReadOnly", "team/platform/Admin"]],
  "Security audit": ["777788889999", ["Auditor"]],
};

const BUCKETS = `<?xml version="1.0"?><ListAllMyBucketsResult><Buckets>${
  ["example-logs", "example-website"].map((name, day) =>
    `<Bucket><Name>${name}</Name><CreationDate>2026-0${
      day + 4
    }-12T09:30:00Z</CreationDate></Bucket>`
  ).join("")
}</Buckets></ListAllMyBucketsResult>`;

await takeShots();

async function takeShots(): Promise<void> {
  using home = temporaryHome();
  await using idp = startIdp({
    acsUrl: ACS_URL,
    issuer: "https://login.example.com/saml",
    users: [{ name: "alice", about: "", response: { roles: offers() } }],
  });
  await using sts = startSts(accountsFor(idp.offers, {
    issuer: idp.issuer,
    keys: [idp.certificatePem],
    recipients: [ACS_URL],
  }));
  await using s3 = serveLoopback(() => ({
    status: 200,
    headers: { "content-type": "application/xml" },
    body: BUCKETS,
  }));
  await using chromium = await startChromium(pathOf("chromium"), { whole: true });
  const browser = chromium.context.browser();
  if (browser === null) throw new Error("a context without its browser");
  await using context = await browser.newContext({
    viewport: { width: 720, height: 900 },
    deviceScaleFactor: 2,
    locale: "en-US",
  });
  Deno.mkdirSync(IMAGES, { recursive: true });
  const { bin, opened } = installed(home.path);
  await using terminal = onTerminal(script(), {
    ...driverEnv({ home: home.path }),
    NO_COLOR: "",
    TERM: "xterm-256color",
    TZ: "UTC",
    PATH: `${bin}:${Deno.env.get("PATH")}`,
    BROWSER: `${bin}/chromium`,
    STSSAMLDRIVER_ACCOUNT_NAMES: accountNames(home.path),
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
  });
  const over = new AbortController();
  const page = await context.newPage();
  const [code] = await Promise.all([
    terminal.ended.finally(() => over.abort()),
    signInWhenOpened(page, { opened, home: home.path, idp, signal: over.signal }),
  ]);
  const shown = terminal.shown();
  if (code !== 0) throw new Error(`The terminal ended with ${code}:\n${shown}`);
  for (const { secretAccessKey, sessionToken } of sts.handedOut) {
    if (shown.includes(secretAccessKey) || shown.includes(sessionToken)) {
      throw new Error("The terminal shows a secret: no picture is made");
    }
  }
  const smaller = await browser.newPage({ deviceScaleFactor: 1.25 });
  await smaller.setContent(terminalPage(sameEveryTime(shown, home.path), COLUMNS));
  await smaller.locator("body").screenshot({ path: `${IMAGES}terminal.png` });
  for (const name of ["picker", "success", "terminal"]) {
    const { size } = Deno.statSync(`${IMAGES}${name}.png`);
    console.log(`docs/images/${name}.png  ${Math.ceil(size / 1000)} kB`);
  }
}

function offers() {
  return Object.values(ACCOUNTS).flatMap(([number, roles]) =>
    roles.map((role) => ({
      role: `arn:aws:iam::${number}:role/${role}`,
      provider: `arn:aws:iam::${number}:saml-provider/Login`,
    }))
  );
}

function accountNames(home: string): string {
  const path = `${home}/accounts.json`;
  const names = Object.entries(ACCOUNTS).map(([name, [number]]) => [number, name]);
  Deno.writeTextFileSync(path, JSON.stringify(Object.fromEntries(names)));
  return path;
}

/** Puts the program under its own name on a PATH, and a browser that only says that it was opened. */
function installed(home: string) {
  const bin = `${home}/bin`;
  const opened = `${home}/opened`;
  const words = programs().at(-1)?.command ?? [];
  Deno.mkdirSync(bin);
  const write = (name: string, line: string) =>
    Deno.writeTextFileSync(`${bin}/${name}`, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  write("stssamldriver", `exec ${shellLine(words)} "$@"`);
  write("chromium", `echo "$1" > ${shellLine([opened])}`);
  return { bin, opened };
}

/** Types the commands one after the other, as a person sees it. */
function script(): string {
  const typed = COMMANDS.map((line) =>
    `printf '\\033[32m$\\033[0m %s\\n' ${shellLine([line])}; ${line}`
  );
  return `stty cols ${COLUMNS}; ${typed.join(" && echo && ")}`;
}

/** Plays the person: whenever the browser is to open an address, signs in there and picks a role. */
async function signInWhenOpened(
  page: Page,
  { opened, home, idp, signal }: {
    /** The file that is there when a browser was opened. */
    readonly opened: string;
    readonly home: string;
    readonly idp: Idp;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  while (!signal.aborted) {
    const address = takeAddress(opened);
    if (address === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    // It gives the browser its cookie, and leads to an address that is only an example.
    await page.request.get(address, { maxRedirects: 0 });
    await page.goto(idp.startUrl);
    await page.fill("#user", "alice");
    await page.press("#user", "Enter");
    await page.waitForURL((at) => at.origin !== new URL(idp.startUrl).origin);
    if (!page.url().includes("/choose/")) continue;
    await page.waitForSelector("#find:focus");
    await picture(page, "picker", home);
    await page.click("button[name=role]:has-text('Developer')");
    await page.waitForSelector("main.good");
    await picture(page, "success", home);
  }
}

/** The address that a browser was opened at, once; `undefined` where none was. */
function takeAddress(path: string): string | undefined {
  try {
    const address = Deno.readTextFileSync(path).trim();
    // Else it is still being written.
    if (address !== "") Deno.removeSync(path);
    return address || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The card with a margin; its clock stands still at the same time in every picture. */
async function picture(page: Page, name: string, home: string): Promise<void> {
  await page.evaluate(`(() => {
    for (let id = setTimeout(() => {}); id > 0; id--) clearTimeout(id);
    const left = document.getElementById("time"), end = document.querySelector("time");
    if (left) left.textContent = "4:48 " + left.textContent.replace(/^\\S+ /, "");
    if (end) end.textContent = "3:30 PM";
    for (const element of document.querySelectorAll("p, dd")) {
      const text = element.textContent.replaceAll(${JSON.stringify(home)}, ${JSON.stringify(HOME)});
      if (text !== element.textContent) element.textContent = text;
    }
  })()`);
  const box = await page.locator("main").boundingBox();
  if (box === null) throw new Error("a page without its card");
  const margin = 24;
  await page.screenshot({
    path: `${IMAGES}${name}.png`,
    clip: {
      x: box.x - margin,
      y: Math.max(0, box.y - margin),
      width: box.width + 2 * margin,
      height: box.height + 2 * margin,
    },
  });
}

/** What a person would see whose home is `/home/alice`, and who installed the program. */
function sameEveryTime(shown: string, home: string): string {
  const [self = ""] = programs().at(-1)?.command ?? [];
  return shown
    .replaceAll(new RegExp(`${RegExp.escape(self)}( run .*?/main\\.ts)?`, "g"), "stssamldriver")
    .replaceAll(`${home}/bin/`, "")
    .replaceAll(home, HOME)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "6b2f0c1e-4d7a-4f1b-9c55-8e0a3d9f2b71")
    // Lines of this machine only: its stand-in for STS, and that it is a container.
    .replace(/^The assertion goes to .*\r?\n/gm, "")
    .replace(/^This is a container: (.*\r?\n)+? {2}docker run .*\r?\n/gm, "")
    .replace(/until (\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d UTC)?/g, `until ${EXPIRES}`);
}
