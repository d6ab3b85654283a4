/**
 * Signing in where the browser is on another machine than the port: over SSH, and from a container, whose
 * `localhost` is not the one outside.
 *
 * @module
 */

import { isContainer } from "../../system/machine.ts";
import { ifPossible } from "../../errors.ts";

/** Tells if a person reached this machine by SSH: what opens here, they do not see. */
export function isOverSsh(env: Readonly<Record<string, string | undefined>>): boolean {
  return ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].some((name) => (env[name] ?? "") !== "");
}

/**
 * Says what to do over SSH, where the browser of the person's own machine is the one to use: the command that
 * brings its `localhost:PORT` here. Undefined when this is no SSH session.
 *
 * USER or HOST stand for what cannot be known. All of it is checked before it is printed, since a person
 * will copy it into a shell.
 */
export function sshTunnelHint(
  env: Readonly<Record<string, string | undefined>>,
  port: number,
): string | undefined {
  if (!isOverSsh(env)) return undefined;
  // "CLIENT CLIENT_PORT SERVER SERVER_PORT", see ssh(1).
  const [, , address = "", sshPort = ""] = (env["SSH_CONNECTION"] ?? "").split(" ");
  const user =
    [env["USER"], env["LOGNAME"], env["USERNAME"]].find((name) =>
      /^[A-Za-z0-9_.][A-Za-z0-9_.@+-]*$/.test(name ?? "")
    ) ?? "USER";
  const other = /^\d{1,5}$/.test(sshPort) && sshPort !== "22" ? `-p ${sshPort} ` : "";
  const command = `ssh -N -L ${port}:localhost:${port} ${other}${user}@${reachable(address)}`;
  return `To sign in with the browser on your own machine, run this there first:\n  ${command}\n${OR_PASTE}`;
}

/** What works wherever a browser is. */
const OR_PASTE = "Or use --paste, which needs no port";

/** The server's address as the person's machine may write it, or HOST. */
function reachable(address: string): string {
  // A server that listens on IPv6 for both sees IPv4 like this.
  const ip = address.replace(/^::ffff:(?=\d+\.)/i, "");
  const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(ip) && !ip.startsWith("127.");
  // ssh takes IPv6 without brackets here. Loopback is a jump host's end, and a link-local address comes
  // with this machine's name of the interface, which the other one does not know.
  const ipv6 = /^[0-9a-f:]+$/i.test(ip) && ip.includes(":") && ip !== "::1" &&
    !/^fe[89ab]/i.test(ip);
  return ipv4 || ipv6 ? ip : "HOST";
}

/** What a container shows of itself. */
interface ContainerWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** The text of a file of /proc; throws where it cannot be read. */
  readonly readText: (path: string) => string;
}

/**
 * Says what brings the browser's `localhost:PORT` into this container; undefined where this is none, or one that
 * shares the machine's network and browser by itself (toolbox, Distrobox, Flatpak).
 *
 * A port published with `-p` is no way: it leads to the container's own address, and the port is on loopback
 * alone.
 */
export function containerHint(world: ContainerWorld, port: number): string | undefined {
  const way = wayIn(world, port);
  return way && `${way}\n${OR_PASTE}`;
}

function wayIn(world: ContainerWorld, port: number): string | undefined {
  const { env } = world;
  const own = (name: string) => (env[name] ?? "") !== "";
  if (isOfDesktop(world)) return undefined;
  if (own("CODESPACES")) {
    const name = word(env["CODESPACE_NAME"]) ?? "NAME";
    return "This is a codespace. To sign in with the browser on your own machine, run this there first:\n" +
      `  gh codespace ports forward ${port}:${port} --codespace ${name}`;
  }
  if (own("GITPOD_WORKSPACE_ID") || own("REMOTE_CONTAINERS") || own("DEVCONTAINER")) {
    return "This is a container. To sign in with the browser on your own machine, have your editor forward\n" +
      `port ${port} to port ${port} of localhost there (in VS Code: Ports, Forward a Port)`;
  }
  if (own("KUBERNETES_SERVICE_HOST")) {
    const pod = word(env["HOSTNAME"]) ?? "POD";
    return "This is a pod. To sign in with the browser on your own machine, run this there first, with the\n" +
      `namespace of the pod:\n  kubectl port-forward ${pod} ${port}:${port}`;
  }
  const isOne = isContainer({ env: (name) => env[name], exists: world.exists });
  if (!isOne && !isInCgroup(world)) return undefined;
  return "This is a container: it is reached from outside only if it runs with --network host, since -p publishes\n" +
    "no port on localhost. Or sign in outside, and hand over the credentials:\n" +
    "  docker run --env-file <(stssamldriver env --shell dotenv) …";
}

/** What the kernel's groups say of a container. */
function isInCgroup({ readText }: ContainerWorld): boolean {
  return ["/proc/1/cgroup", "/proc/self/cgroup"].some((path) =>
    /[/:-](docker|kubepods|libpod|containerd|lxc|crio)\b/.test(
      ifPossible(() => readText(path)) ?? "",
    )
  );
}

/** Containers that are a part of the desktop. */
function isOfDesktop({ env, exists }: ContainerWorld): boolean {
  return env["container"] === "flatpak" || exists("/run/.toolboxenv") ||
    (env["DISTROBOX_ENTER_PATH"] ?? "") !== "";
}

/** A word that a person may copy into a shell. */
function word(text: string | undefined): string | undefined {
  return /^[a-z\d][a-z\d.-]*$/i.test(text ?? "") ? text : undefined;
}
