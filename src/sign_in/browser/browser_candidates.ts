/**
 * The commands that may open a URL on this machine, best first: decisions only, nothing is started here.
 *
 * @module
 */

import type { DetachedCommand } from "../../system/spawn_detached.ts";
import { isOverSsh } from "./elsewhere.ts";

/** A program and its arguments; no shell ever sees them. */
export type BrowserCommand = DetachedCommand;

/** The surroundings that decide how a URL can be opened. */
export interface BrowserSurroundings {
  /** `Deno.build.os`. */
  readonly os: string;
  /** A snapshot of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Set when this Linux runs inside Windows; see {@linkcode isWsl}. */
  readonly wsl: boolean;
  /** The value of `--browser`: a command, or `none`. */
  readonly browser?: string | undefined;
  /** Tells if a path is a file; for values with blanks and to look through PATH. */
  readonly isFile: (path: string) => boolean;
}

/** The commands to try, one after the other, or why there is none. */
export type BrowserPlan =
  | { readonly candidates: readonly BrowserCommand[] }
  | { readonly reason: string };

/** Linux desktops without xdg-open: Debian's alternatives, GNOME's opener, then browsers by name. */
const LINUX_OPENERS: readonly BrowserCommand[] = [
  { command: "xdg-open", args: [] },
  { command: "x-www-browser", args: [] },
  { command: "gio", args: ["open"] },
  { command: "firefox", args: [] },
  { command: "google-chrome", args: [] },
  { command: "chromium", args: [] },
];

/** The folder where WSL mounts Windows unless somebody changed that; needed when Windows' PATH is not appended. */
const WSL_SYSTEM32 = "/mnt/c/Windows/System32";

/**
 * Decides what to try for `url`.
 *
 * `--browser` is a choice, perhaps of the one browser that is signed in to the right company: nothing else
 * is tried beside it. `BROWSER` is a preference, so the system's ways follow it.
 *
 * The URL must be http or https, since other schemes start other programs, and is handed on in the form
 * that the URL parser gives it: there are no blanks, double quotes or characters outside of ASCII in that.
 */
export function browserCommands(surroundings: BrowserSurroundings, url: string): BrowserPlan {
  const href = webAddress(url);
  if (href === undefined) return { reason: "only http and https addresses are opened" };
  const asked = surroundings.browser?.trim() ?? "";
  if (asked === "none") return { reason: "--browser none" };
  if (asked !== "") return askedFor(asked, surroundings, href);

  const variable = surroundings.env["BROWSER"]?.trim() ?? "";
  if (variable === "none") return { reason: "BROWSER is none" };
  const preferred = fromVariable(variable, surroundings, href);
  const system = systemOpeners(surroundings, href);
  // A BROWSER may well work where the system has no screen: editors set one that calls home.
  if ("candidates" in system) return { candidates: [...preferred, ...system.candidates] };
  return preferred.length > 0 ? { candidates: preferred } : system;
}

/** Tells if the environment or the kernel's release (`Deno.osRelease()`) is that of WSL. */
export function isWsl(
  env: Readonly<Record<string, string | undefined>>,
  osRelease: string,
): boolean {
  return env["WSL_DISTRO_NAME"] !== undefined || env["WSL_INTEROP"] !== undefined ||
    /microsoft/i.test(osRelease);
}

/** The address in its canonical form; undefined when it is none that a browser may be given. */
function webAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === "http:" || protocol === "https:" ? href : undefined;
}

/** `--browser CMD`. */
function askedFor(asked: string, surroundings: BrowserSurroundings, url: string): BrowserPlan {
  const words = commandWords(asked, surroundings);
  if (words === undefined) return { reason: `the value of --browser has an open quote: ${asked}` };
  const direct = withUrl(words, url);
  if (surroundings.os === "darwin" && !isCommand(words[0] ?? "", surroundings)) {
    // "Google Chrome" is what a Mac calls it: the name of an application, blanks included.
    return { candidates: [{ command: "open", args: ["-a", asked, url] }] };
  }
  if (surroundings.os === "windows") {
    // `chrome` is in no PATH there, but ShellExecute finds it among the registered applications.
    const { command, args } = direct;
    return { candidates: [direct, startProcess("powershell.exe", [command, ...args])] };
  }
  return { candidates: [direct] };
}

/** `BROWSER`, by the freedesktop convention: a list with colons between, except on Windows. */
function fromVariable(
  value: string,
  surroundings: BrowserSurroundings,
  url: string,
): readonly BrowserCommand[] {
  const whole = surroundings.os === "windows" || surroundings.isFile(value);
  const entries = whole ? [value] : value.split(":");
  return entries.flatMap((entry) => {
    const words = commandWords(entry, surroundings) ?? [];
    return words.length > 0 ? [withUrl(words, url)] : [];
  });
}

/** The system's own ways, or why they would not reach a screen. */
function systemOpeners({ os, env, wsl }: BrowserSurroundings, url: string): BrowserPlan {
  const display = (env["DISPLAY"] ?? "") !== "" || (env["WAYLAND_DISPLAY"] ?? "") !== "";
  if (isOverSsh(env) && !display) return { reason: "this is an SSH session without a display" };
  if (os === "darwin") {
    // Every user can read every program's arguments there, and the address is a secret for a moment.
    return {
      candidates: [
        { command: "osascript", args: [], input: openLocation(url) },
        { command: "open", args: [url] },
      ],
    };
  }
  if (os === "windows") {
    const root = env["SystemRoot"] ?? env["SYSTEMROOT"] ?? "C:\\Windows";
    const system32 = `${root}\\System32`;
    return {
      candidates: [
        fileProtocolHandler(`${system32}\\rundll32.exe`, url),
        startProcess(`${system32}\\WindowsPowerShell\\v1.0\\powershell.exe`, [url]),
      ],
    };
  }
  const linux = LINUX_OPENERS.map(({ command, args }) => ({ command, args: [...args, url] }));
  if (wsl) {
    return {
      candidates: [
        { command: "wslview", args: [url] },
        startProcess("powershell.exe", [url]),
        startProcess(`${WSL_SYSTEM32}/WindowsPowerShell/v1.0/powershell.exe`, [url]),
        fileProtocolHandler("rundll32.exe", url),
        fileProtocolHandler(`${WSL_SYSTEM32}/rundll32.exe`, url),
        ...(display ? linux : []),
      ],
    };
  }
  if (!display) {
    return { reason: "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)" };
  }
  return { candidates: linux };
}

/** AppleScript that opens an address in the default browser; a URL has no double quotes. */
function openLocation(url: string): string {
  return `open location "${url.replaceAll("\\", "\\\\")}"\n`;
}

/**
 * Windows' opener without a command interpreter, so that `&`, `^` and `%` are letters. `cmd /c start`
 * interprets them, and explorer.exe opens a folder for some URLs with a query:
 * https://github.com/dotnet/runtime/issues/108817
 */
function fileProtocolHandler(rundll32: string, url: string): BrowserCommand {
  return { command: rundll32, args: ["url.dll,FileProtocolHandler", url] };
}

/** ShellExecute by PowerShell; between single quotes it interprets nothing, and doubles are quotes. */
function startProcess(powershell: string, words: readonly string[]): BrowserCommand {
  const quote = (word: string) => `'${word.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
  const [program = "", ...args] = words;
  // The arguments are joined with blanks between and nothing around.
  const list = args.map((word) => quote(/\s/.test(word) ? `"${word}"` : word)).join(",");
  const code = `Start-Process ${quote(program)}${list === "" ? "" : ` -ArgumentList ${list}`}`;
  return { command: powershell, args: ["-NoProfile", "-NonInteractive", "-Command", code] };
}

/** Puts the URL where `%s` stands, else behind; `%%` is a percent sign. */
function withUrl(words: readonly string[], url: string): BrowserCommand {
  let placed = false;
  // After the splitting, so that the URL is never split, and not in the program's name.
  const [command = "", ...args] = words;
  const filled = args.map((word) =>
    word.replace(/%[s%]/g, (found) => {
      if (found === "%%") return "%";
      placed = true;
      return url;
    })
  );
  return { command, args: placed ? filled : [...filled, url] };
}

/** The words of a command; undefined when a quote is left open. */
function commandWords(
  value: string,
  { os, isFile }: BrowserSurroundings,
): readonly string[] | undefined {
  const trimmed = value.trim();
  // "/opt/My Browser/run" and "C:\Program Files\…\firefox.exe", which nobody quotes.
  if (/\s/.test(trimmed) && isFile(trimmed)) return [trimmed];
  const words = splitWords(trimmed, os === "windows");
  // Shells run a command with this at its end in the background; here every one is.
  return words?.at(-1) === "&" ? words.slice(0, -1) : words;
}

/**
 * Splits at blanks as a shell does, with single and double quotes and, except on Windows where they stand
 * in paths, backslashes. Nothing is expanded.
 */
export function splitWords(text: string, windows: boolean): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    const escapes = !windows && letter === "\\" && quote !== "'" && at + 1 < text.length &&
      // Between double quotes a backslash is one unless something stands behind it that it could mean.
      (quote === "" || /["\\$`]/.test(text.charAt(at + 1)));
    if (escapes) {
      word = (word ?? "") + text.charAt(++at);
    } else if (quote !== "") {
      if (letter === quote) quote = "";
      else word = (word ?? "") + letter;
    } else if (letter === '"' || (letter === "'" && !windows)) {
      quote = letter;
      word ??= "";
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + letter;
    }
  }
  if (quote !== "") return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** Tells if a word names a file or a program in PATH; asked on macOS only, so `:` is what separates. */
function isCommand(word: string, { env, isFile }: BrowserSurroundings): boolean {
  if (word.includes("/")) return isFile(word);
  return (env["PATH"] ?? "").split(":").some((folder) =>
    folder !== "" && isFile(`${folder}/${word}`)
  );
}
