import assert from "node:assert/strict";
import {
  browserCommands,
  type BrowserSurroundings,
  isWsl,
  splitWords,
} from "../../../src/sign_in/browser/browser_candidates.ts";

// In the form that the URL parser gives it, with what shells of every kind interpret.
const START = "http://localhost:8090/start/it's?a=1&b=%25^c";
const SCREEN = { DISPLAY: ":0" };
const SSH = { SSH_CONNECTION: "10.0.0.9 50000 10.0.0.5 22" };

function around(some: Partial<BrowserSurroundings> = {}): BrowserSurroundings {
  return { os: "linux", env: SCREEN, wsl: false, isFile: () => false, ...some };
}

/** The candidates, each as a list of words. */
function words(surroundings: BrowserSurroundings, url = START): readonly (readonly string[])[] {
  const plan = browserCommands(surroundings, url);
  assert.ok("candidates" in plan, `no candidates: ${"reason" in plan ? plan.reason : ""}`);
  return plan.candidates.map(({ command, args }) => [command, ...args]);
}

function reason(surroundings: BrowserSurroundings, url = START): string {
  const plan = browserCommands(surroundings, url);
  assert.ok("reason" in plan, "there are candidates");
  return plan.reason;
}

Deno.test("browserCommands: Linux tries xdg-open, the alternatives, then browsers by name", () => {
  const list = words(around());
  assert.deepEqual(list.slice(0, 3), [
    ["xdg-open", START],
    ["x-www-browser", START],
    ["gio", "open", START],
  ]);
  assert.ok(list.every((command) => command.at(-1) === START));
  assert.deepEqual(words(around({ env: { WAYLAND_DISPLAY: "wayland-0" } })), list);
});

Deno.test("browserCommands: a Mac is told the address by its input, which other users cannot see", () => {
  const mac = around({ os: "darwin", env: {} });
  assert.deepEqual(words(mac), [["osascript"], ["open", START]]);
  for (
    const [url, said] of [
      [START, START],
      [`http://localhost/?a="b"\\c" & beep`, "http://localhost/?a=%22b%22\\\\c%22%20&%20beep"],
    ] as const
  ) {
    const plan = browserCommands(mac, url);
    assert.ok("candidates" in plan);
    assert.equal(plan.candidates[0]?.input, `open location "${said}"\n`);
  }
});

Deno.test("browserCommands: Windows never lets a command interpreter see the address", () => {
  const list = words(around({ os: "windows", env: { SystemRoot: "D:\\Win" } }));
  assert.deepEqual(
    list,
    [
      ["D:\\Win\\System32\\rundll32.exe", "url.dll,FileProtocolHandler", START],
      [
        "D:\\Win\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        "-NoProfile",
        "-NonInteractive",
        "-Command",
        "Start-Process 'http://localhost:8090/start/it''s?a=1&b=%25^c'",
      ],
    ],
  );
  assert.match(words(around({ os: "windows", env: {} }))[0]?.[0] ?? "", /^C:\\Windows\\System32\\/);
});

Deno.test("browserCommands: WSL tries wslview, then Windows' own ways, also outside of PATH", () => {
  const list = words(around({ wsl: true, env: {} }));
  assert.deepEqual(list.map(([command]) => command), [
    "wslview",
    "powershell.exe",
    "/mnt/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe",
    "rundll32.exe",
    "/mnt/c/Windows/System32/rundll32.exe",
  ]);
  const onScreen = words(around({ wsl: true }));
  assert.deepEqual(onScreen.slice(0, list.length), list);
  assert.equal(onScreen[list.length]?.[0], "xdg-open", "WSLg has a display for Linux browsers");
});

const NO_SCREEN: readonly (readonly [string, Partial<BrowserSurroundings>, RegExp])[] = [
  ["--browser none", { browser: "none" }, /--browser none/],
  ["--browser none, whatever BROWSER is", { browser: "none", env: { BROWSER: "x" } }, /--browser/],
  ["BROWSER=none", { env: { ...SCREEN, BROWSER: "none" } }, /BROWSER is none/],
  ["Linux without a display", { env: {} }, /no display/],
  ["Linux with empty variables", { env: { DISPLAY: "", WAYLAND_DISPLAY: "" } }, /no display/],
  ["SSH to Linux", { env: SSH }, /SSH session without a display/],
  ["SSH to Linux, by its terminal", { env: { SSH_TTY: "/dev/pts/1" } }, /SSH session/],
  ["SSH to a Mac", { os: "darwin", env: SSH }, /SSH session/],
  ["SSH to Windows", { os: "windows", env: SSH }, /SSH session/],
  ["SSH to WSL", { wsl: true, env: SSH }, /SSH session/],
  ["an open quote", { browser: "firefox 'x" }, /open quote: firefox 'x/],
];

for (const [title, surroundings, why] of NO_SCREEN) {
  Deno.test(`browserCommands: nothing is tried: ${title}`, () => {
    assert.match(reason(around(surroundings)), why);
  });
}

Deno.test("browserCommands: over SSH with a forwarded display the browser opens there", () => {
  assert.equal(words(around({ env: { ...SSH, ...SCREEN } }))[0]?.[0], "xdg-open");
});

Deno.test("browserCommands: over SSH a BROWSER that an editor set is tried, and only that", () => {
  const env = { ...SSH, BROWSER: "/vscode/helpers/browser.sh" };
  assert.deepEqual(words(around({ env })), [["/vscode/helpers/browser.sh", START]]);
});

Deno.test("browserCommands: over SSH a --browser is tried", () => {
  assert.deepEqual(words(around({ env: SSH, browser: "w3m" })), [["w3m", START]]);
});

for (
  const url of [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "ftp://host/",
    "mailto:a@b.example",
    "-a Calculator",
    "/start",
    "",
    "http://",
  ]
) {
  Deno.test(`browserCommands: ${JSON.stringify(url)} is no address to open, whoever asks`, () => {
    for (const os of ["linux", "darwin", "windows"]) {
      assert.match(reason(around({ os }), url), /only http and https/);
      assert.match(reason(around({ os, browser: "firefox" }), url), /only http and https/);
    }
  });
}

Deno.test("browserCommands: what is handed on has no blanks, quotes or foreign letters", () => {
  const url = 'https://idp.example/a b"c<é>?q="x y"&é=’#"f g';
  assert.match(words(around(), url)[0]?.[1] ?? "", /^[!#-;=?-~]+$/);
});

const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ["firefox", ["firefox", "U"]],
  ["firefox --new-window", ["firefox", "--new-window", "U"]],
  ["firefox --new-window %s", ["firefox", "--new-window", "U"]],
  ["firefox --url=%s --x", ["firefox", "--url=U", "--x"]],
  ["firefox %s %s", ["firefox", "U", "U"]],
  ["firefox 100%% %d", ["firefox", "100%", "%d", "U"]],
  ["firefox %%s", ["firefox", "%s", "U"]],
  ['"/opt/My Browser/run" -P "a b"', ["/opt/My Browser/run", "-P", "a b", "U"]],
  ["'/opt/My Browser/run'", ["/opt/My Browser/run", "U"]],
  ["/opt/My\\ Browser/run", ["/opt/My Browser/run", "U"]],
  ["firefox $HOME `id` ; rm * &&", ["firefox", "$HOME", "`id`", ";", "rm", "*", "&&", "U"]],
  ["firefox &", ["firefox", "U"]],
  ["firefox ''", ["firefox", "", "U"]],
];

for (const [value, expected] of COMMANDS) {
  const filled = expected.map((word) => word.replace("U", START));
  Deno.test(`browserCommands: --browser ${value} runs that and nothing else`, () => {
    assert.deepEqual(words(around({ browser: value })), [filled]);
  });
  Deno.test(`browserCommands: BROWSER=${value} runs that first, then the system's`, () => {
    const list = words(around({ env: { ...SCREEN, BROWSER: value } }));
    assert.deepEqual(list, [filled, ...words(around())]);
  });
}

Deno.test("browserCommands: an existing path with blanks is taken whole", () => {
  const path = "/opt/My Browser/run it";
  const isFile = (asked: string) => asked === path;
  assert.deepEqual(words(around({ browser: path, isFile })), [[path, START]]);
  const env = { ...SCREEN, BROWSER: `missing:${path}` };
  assert.deepEqual(words(around({ env, isFile })).slice(0, 2), [["missing", START], [path, START]]);
});

Deno.test("browserCommands: BROWSER is a list, --browser wins over it", () => {
  const env = { ...SCREEN, BROWSER: "one:: two -x %s:'broken:three" };
  const list = words(around({ env }));
  assert.deepEqual(list.slice(0, 3), [["one", START], ["two", "-x", START], ["three", START]]);
  assert.deepEqual(words(around({ env, browser: "mine" })), [["mine", START]]);
  assert.deepEqual(words(around({ env, browser: "  " })), list, "an empty --browser is none given");
});

Deno.test("browserCommands: BROWSER on Windows has no colons to split at, and its backslashes stay", () => {
  const env = { BROWSER: '"C:\\Program Files\\Firefox\\firefox.exe" -new-tab' };
  const [first] = words(around({ os: "windows", env }));
  assert.deepEqual(first, ["C:\\Program Files\\Firefox\\firefox.exe", "-new-tab", START]);
});

Deno.test("browserCommands: Windows finds chrome among the registered applications", () => {
  const list = words(around({ os: "windows", env: {}, browser: "chrome --profile 'it' \"a b\"" }));
  assert.deepEqual(list[0], ["chrome", "--profile", "'it'", "a b", START]);
  assert.equal(list[1]?.[0], "powershell.exe");
  assert.equal(
    list[1]?.at(-1),
    `Start-Process 'chrome' -ArgumentList '--profile','''it''','"a b"','${
      START.replace("'", "''")
    }'`,
  );
});

Deno.test("browserCommands: on a Mac --browser names an application or a program", () => {
  const env = { PATH: "/usr/bin:/opt/homebrew/bin" };
  const isFile = (path: string) => path === "/opt/homebrew/bin/firefox" || path === "/x/run";
  const mac = (browser: string) => words(around({ os: "darwin", env, browser, isFile }));
  assert.deepEqual(mac("Google Chrome"), [["open", "-a", "Google Chrome", START]]);
  assert.deepEqual(mac("Safari"), [["open", "-a", "Safari", START]]);
  const application = "/Applications/Google Chrome.app";
  assert.deepEqual(mac(application), [["open", "-a", application, START]]);
  assert.deepEqual(mac("firefox -P work"), [["firefox", "-P", "work", START]]);
  assert.deepEqual(mac("/x/run -P work"), [["/x/run", "-P", "work", START]]);
});

Deno.test("splitWords: quotes and backslashes mean what they mean to a shell", () => {
  const table: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["", []],
    ["  a\tb\n c ", ["a", "b", "c"]],
    [`a"b c"d'e f'`, ["ab cde f"]],
    [`"it's" 'say "hi"'`, ["it's", 'say "hi"']],
    [`"a\\"b" "c\\d" 'e\\f'`, ['a"b', "c\\d", "e\\f"]],
    ["a\\", ["a\\"]],
    [`""`, [""]],
    [`"a`, undefined],
    [`'a`, undefined],
  ];
  for (const [text, expected] of table) assert.deepEqual(splitWords(text, false), expected, text);
  assert.deepEqual(splitWords("C:\\a\\b it's", true), ["C:\\a\\b", "it's"]);
});

Deno.test("isWsl: by its variables or its kernel", () => {
  assert.equal(isWsl({}, "6.1.0-18-amd64"), false);
  assert.equal(isWsl({}, "5.15.153.1-microsoft-standard-WSL2"), true);
  assert.equal(isWsl({}, "4.4.0-19041-Microsoft"), true);
  assert.equal(isWsl({ WSL_DISTRO_NAME: "Debian" }, ""), true);
  assert.equal(isWsl({ WSL_INTEROP: "/run/WSL/8_interop" }, ""), true);
});
