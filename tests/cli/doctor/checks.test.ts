/** The decisions of single checks. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../src/errors.ts";
import { type BrowserFacts, browserFindings } from "../../../src/cli/doctor/browser.ts";
import { riskRemedy } from "../../../src/cli/doctor/cache.ts";
import { ownerRemedy } from "../../../src/cli/doctor/remedies.ts";
import { ok } from "../../../src/cli/doctor/finding.ts";
import { closingCommand, readMachine } from "../../../src/cli/doctor/settings.ts";
import { fakeDeps } from "../../support/fakes.ts";
import { limited } from "../../../src/cli/commands/doctor.ts";
import { portFinding } from "../../../src/cli/doctor/port.ts";
import { isStrangers } from "../../../src/cli/doctor/files.ts";
import { clockFindings } from "../../../src/cli/doctor/sts.ts";
import { browserCommands } from "../../../src/sign_in/browser/browser_candidates.ts";
import { UID } from "../../../src/system/machine.ts";

const env = () => undefined;
const never = new Promise<never>(() => {});
const LINUX = { os: "linux", env } as const;

Deno.test("limited: a check that hangs is a finding, one that fails fails", async () => {
  const [late] = await limited(never, { name: "cache", ms: 10 });
  assert.equal(late?.status, "warning");
  assert.match(late?.message ?? "", /^The check of "cache" has not ended within /);
  const found = [ok("cache", "Fine")];
  assert.equal(await limited(Promise.resolve(found), { name: "cache", ms: 60_000 }), found);
  const failing = limited(Promise.reject(new Error("a bug")), { name: "cache", ms: 60_000 });
  await assert.rejects(failing, /a bug/);
});

const CLOCKS: readonly (readonly [
  skewSeconds: number,
  exactSeconds: number,
  status: string,
  message: RegExp,
])[] = [
  [0, 0.5, "ok", /^The clock agrees with AWS's to 1 second$/],
  [9, 0.5, "ok", /to 9 seconds$/],
  [11, 0.5, "warning", /^The clock is 11 seconds behind AWS's$/],
  // A slow answer is no slow clock.
  [11, 3, "ok", /to 8 seconds$/],
  [-60, 0.5, "warning", /^The clock is 60 seconds ahead of AWS's$/],
  [299, 0.5, "warning", /^The clock is 5 minutes behind/],
  [301, 0.5, "problem", /^The clock is 5 minutes behind/],
  [-7200, 0.5, "problem", /^The clock is 2 hours ahead of/],
];
for (const [skew, exact, status, message] of CLOCKS) {
  Deno.test(`clockFindings: ${skew} s off, measured to ${exact} s, is ${status}`, () => {
    const reached = { endpoint: "https://x", skewMs: skew * 1000, exactMs: exact * 1000 };
    const [found, ...others] = clockFindings(reached, { deps: LINUX, wsl: false });
    assert.equal(others.length, 0);
    assert.equal(found?.status, status);
    assert.match(found?.message ?? "", message);
    assert.equal(found?.exitCode, status === "problem" ? ExitCode.REFUSED : undefined);
  });
}

Deno.test("clockFindings: an answer without a time says nothing", () => {
  const reached = { endpoint: "https://x", skewMs: undefined, exactMs: 500 };
  assert.deepEqual(clockFindings(reached, { deps: LINUX, wsl: false }), []);
});

const SETTERS: readonly (readonly ["linux" | "darwin" | "windows", boolean, string])[] = [
  ["linux", false, "sudo timedatectl set-ntp true"],
  ["linux", true, "sudo hwclock --hctosys"],
  ["darwin", false, "sudo sntp -sS time.apple.com"],
  ["windows", false, "w32tm /resync"],
];
for (const [os, wsl, fix] of SETTERS) {
  Deno.test(`clockFindings: the clock of ${os}${wsl ? " in WSL" : ""} is set by ${fix}`, () => {
    const reached = { endpoint: "https://x", skewMs: 60_000, exactMs: 500 };
    const [found] = clockFindings(reached, { deps: { os, env }, wsl });
    assert.equal(found?.fix, fix);
  });
}

const taken = (code: string) =>
  new UserError(code, "Port 1 is in use", { exitCode: ExitCode.PORT, hint: "To see which: ss" });
const HOLDERS = [{ pid: 12, name: "nginx\u001b" }, { pid: 13, name: "node" }];

Deno.test("portFinding: names who has the port, and ends them by their numbers", () => {
  const found = portFinding(taken("port-taken"), { holders: HOLDERS, deps: LINUX });
  assert.equal(found.status, "problem");
  assert.equal(found.exitCode, ExitCode.PORT);
  assert.equal(found.message, "Port 1 is in use (nginx, process 12; node, process 13)");
  assert.equal(found.fix, "kill 12 13");
  const windows = { holders: HOLDERS, deps: { os: "windows", env } } as const;
  assert.equal(portFinding(taken("port-taken"), windows).fix, "taskkill /F /PID 12 /PID 13");
});

Deno.test("portFinding: where nobody may know who it is, says how to look", () => {
  const found = portFinding(taken("port-taken"), { holders: [], deps: LINUX });
  assert.equal(found.message, "Port 1 is in use");
  assert.equal(found.fix, undefined);
  assert.equal(found.advice, "To see which: ss");
});

Deno.test("portFinding: another sign-in is a warning, a port that is forbidden a problem", () => {
  const busy = portFinding(taken("port-busy"), { holders: HOLDERS, deps: LINUX });
  assert.equal(busy.status, "warning");
  const forbidden = portFinding(taken("port-forbidden"), { holders: [], deps: LINUX });
  assert.deepEqual([forbidden.status, forbidden.fix], ["problem", undefined]);
});

function browser(
  surroundings: Partial<BrowserFacts["surroundings"]>,
  more: Partial<BrowserFacts> = {},
): readonly string[] {
  const all = { os: "linux", env: {}, wsl: false, isFile: () => false, ...surroundings };
  const plan = browserCommands(all, "http://localhost/");
  return browserFindings({ plan, surroundings: all, ssh: undefined, container: undefined, ...more })
    .map(({ status, message }) => `${status}: ${message}`);
}

const DISPLAY = { DISPLAY: ":0", PATH: "/usr/bin" };
const only = (path: string) => (each: string) => each === path;

const BROWSERS: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
  "a desktop": [
    browser({ env: DISPLAY, isFile: only("/usr/bin/xdg-open") }),
    /^ok: The browser is opened with xdg-open$/,
  ],
  "a desktop with the second choice": [
    browser({ env: DISPLAY, isFile: only("/usr/bin/firefox") }),
    /^ok: The browser is opened with firefox$/,
  ],
  "a desktop without anything": [
    browser({ env: DISPLAY }),
    /^warning: No browser can be opened: not found: xdg-open, /,
  ],
  "headless": [browser({}), /^warning: No browser can be opened: there is no display/],
  "none wanted": [browser({ browser: "none" }), /^ok: No browser is opened: --browser none$/],
  "none wanted by BROWSER": [browser({ env: { BROWSER: "none" } }), /^ok: .* BROWSER is none$/],
  "a browser that is not there": [
    browser({ browser: "/opt/chrome", env: DISPLAY, isFile: only("/usr/bin/xdg-open") }),
    /^warning: No browser can be opened: not found: \/opt\/chrome$/,
  ],
  "WSL": [
    browser({ wsl: true, env: { PATH: "/x" }, isFile: only("/x/wslview") }),
    /^ok: The browser is opened with wslview \(this is WSL: it opens on Windows\)$/,
  ],
  "macOS": [
    browser({ os: "darwin", env: { PATH: "/usr/bin" }, isFile: only("/usr/bin/open") }),
    /^ok: The browser is opened with open$/,
  ],
  "Windows": [
    browser({
      os: "windows",
      env: { SystemRoot: "C:\\W" },
      isFile: only("C:\\W\\System32\\rundll32.exe"),
    }),
    /^ok: The browser is opened with rundll32\.exe$/,
  ],
  "Windows with a name": [
    browser({
      os: "windows",
      browser: "chrome",
      env: { Path: "C:\\b" },
      isFile: only("C:\\b\\chrome.exe"),
    }),
    /^ok: The browser is opened with chrome$/,
  ],
  "SSH": [
    browser({ env: { SSH_TTY: "/dev/pts/0" } }, { ssh: "ssh -L" }),
    /^ok: No browser is opened here: .*\nwarning: You work over SSH, /,
  ],
  "a container": [
    browser({ env: DISPLAY, isFile: only("/usr/bin/xdg-open") }, { container: "-p" }),
    /^ok: The browser is opened with xdg-open\nwarning: You work in a container, /,
  ],
};
for (const [where, [said, wanted]] of Object.entries(BROWSERS)) {
  Deno.test(`browserFindings: ${where}`, () => assert.match(said.join("\n"), wanted));
}

const OTHER = (UID ?? 0) + 1;
const OWNERS: readonly (readonly [
  info: { uid: number | null; mode: number | null; isDirectory: boolean },
  fix: string | undefined,
])[] = [
  [{ uid: UID, mode: 0o100600, isDirectory: false }, undefined],
  [{ uid: UID, mode: 0o100200, isDirectory: false }, "chmod u+rw '/a b'"],
  [{ uid: UID, mode: 0o040600, isDirectory: true }, "chmod u+rwx '/a b'"],
  [{ uid: OTHER, mode: 0o100666, isDirectory: false }, `sudo chown ${UID} '/a b'`],
  [{ uid: OTHER, mode: 0o040755, isDirectory: true }, `sudo chown -R ${UID} '/a b'`],
  [{ uid: null, mode: null, isDirectory: false }, undefined],
];
for (const [info, fix] of OWNERS) {
  Deno.test({
    name: `ownerRemedy: ${fix ?? "nothing"} for mode ${info.mode?.toString(8)}`,
    ignore: UID === null,
    fn: () => assert.equal(ownerRemedy("/a b", info, LINUX)?.fix, fix),
  });
}

Deno.test("isStrangers: root's own outside of the home are not, those that sudo left in it are", () => {
  const home = "/home/me";
  assert.equal(isStrangers("/etc/aws/config", { uid: 0, home }), false);
  assert.equal(isStrangers("/home/me/.aws/config", { uid: 0, home }), true);
  assert.equal(isStrangers("/home/me2/config", { uid: 0, home }), false);
  assert.equal(isStrangers("/etc/aws/config", { uid: 7, home: undefined }), true);
});

const FILE = "/etc/stssamldriver/config";
const CLOSING: readonly (readonly [uid: number, mode: number, fix: string | undefined])[] = [
  [0, 0o100644, undefined],
  [0, 0o100664, `sudo chmod go-w ${FILE}`],
  [7, 0o100644, `sudo chown 0 ${FILE}`],
  [7, 0o100666, `sudo chown 0 ${FILE} && sudo chmod go-w ${FILE}`],
];
for (const [uid, mode, fix] of CLOSING) {
  Deno.test(`closingCommand: user ${uid}, mode ${mode.toString(8)}`, () => {
    assert.equal(closingCommand(FILE, { uid, mode }, LINUX), fix);
  });
}

Deno.test("readMachine: on Windows a file that is not believed is ignored, with a warning", async () => {
  const deps = fakeDeps({ os: "windows", machine: { risk: "Users can write it" } });
  const { findings: [found, ...others], settings } = await readMachine(deps);
  assert.equal(settings, undefined);
  assert.deepEqual(others, []);
  assert.equal(found?.status, "warning");
  assert.match(found?.message ?? "", /Users can write it$/);
});

Deno.test("riskRemedy: a folder above that is another user's is not given to anybody", () => {
  const folder = "/nowhere/x";
  const options = { folder, deps: LINUX };
  const risk = (path: string, kind: "foreign" | "writable" | "absent") =>
    riskRemedy({ path, kind, reason: "" }, options).fix;
  assert.equal(risk("/nowhere", "foreign"), undefined);
  assert.equal(risk(folder, "foreign"), `sudo chown -R ${UID} ${folder}`);
  assert.equal(risk(folder, "absent"), undefined);
  assert.match(risk("/nowhere", "writable") ?? "", /^sudo chmod go-w \/nowhere$/);
});
