/**
 * Signing in from a container: the browser is outside of it, and `localhost` there is not the one in here.
 *
 * @module
 */

import { OR_PASTE } from "./ssh_tunnel.ts";

/** What a container shows of itself. */
export interface ContainerWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** The text of a file of /proc; `undefined` where it cannot be read. */
  readonly readText: (path: string) => string | undefined;
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
  if (!isContainer(world)) return undefined;
  return "This is a container: it is reached from outside only if it runs with --network host, since -p publishes\n" +
    "no port on localhost. Or sign in outside, and hand over the credentials:\n" +
    "  docker run --env-file <(stssamldriver env --shell dotenv) …";
}

function isContainer({ env, exists, readText }: ContainerWorld): boolean {
  return Boolean(env["container"]) || exists("/.dockerenv") || exists("/run/.containerenv") ||
    ["/proc/1/cgroup", "/proc/self/cgroup"].some((path) =>
      /[/:-](docker|kubepods|libpod|containerd|lxc|crio)\b/.test(readText(path) ?? "")
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
