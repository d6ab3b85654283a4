import assert from "node:assert/strict";
import { containerHint, sshTunnelHint } from "../../../src/sign_in/browser/elsewhere.ts";

const SSH = { SSH_CONNECTION: "10.0.0.9 50000 10.0.0.5 22" };

const HINTS: readonly (readonly [string, Readonly<Record<string, string>>, string | undefined])[] =
  [
    ["not over SSH", { USER: "me" }, undefined],
    ["IPv4", { ...SSH, USER: "me" }, "me@10.0.0.5"],
    [
      "another port of sshd",
      { SSH_CONNECTION: "1.2.3.4 5 10.0.0.5 2222", USER: "me" },
      "-p 2222 me@10.0.0.5",
    ],
    [
      "IPv6 goes without brackets",
      { SSH_CONNECTION: "2001:db8::1 5 2001:db8::2 22", USER: "me" },
      "me@2001:db8::2",
    ],
    [
      "IPv4 in IPv6",
      { SSH_CONNECTION: "::ffff:1.2.3.4 5 ::ffff:10.0.0.5 22", USER: "me" },
      "me@10.0.0.5",
    ],
    [
      "a link-local address",
      { SSH_CONNECTION: "fe80::1%eth0 5 fe80::2%eth0 22", USER: "me" },
      "me@HOST",
    ],
    [
      "loopback, behind a jump host",
      { SSH_CONNECTION: "::1 5 ::1 22", USER: "me" },
      "me@HOST",
    ],
    [
      "loopback of IPv4",
      { SSH_CONNECTION: "127.0.0.1 5 127.0.0.1 22", USER: "me" },
      "me@HOST",
    ],
    [
      "a terminal only",
      { SSH_TTY: "/dev/pts/0", LOGNAME: "me" },
      "me@HOST",
    ],
    ["nobody known", { SSH_TTY: "/dev/pts/0" }, "USER@HOST"],
    [
      "Windows' name of the person",
      { ...SSH, USERNAME: "me" },
      "me@10.0.0.5",
    ],
    [
      "code in the variables",
      { SSH_CONNECTION: "x 5 $(id) 22;id", USER: "me;id" },
      "USER@HOST",
    ],
    [
      "an option in the name",
      { ...SSH, USER: "-oProxyCommand=id" },
      "USER@10.0.0.5",
    ],
  ];

for (const [title, env, expected] of HINTS) {
  Deno.test(`sshTunnelHint: ${title}`, () => {
    const [, command, other] = sshTunnelHint(env, 8090)?.split("\n") ?? [];
    assert.equal(command, expected && `  ssh -N -L 8090:localhost:8090 ${expected}`);
    assert.equal(other, expected && "Or use --paste, which needs no port");
  });
}

type Env = Readonly<Record<string, string>>;
type Files = Readonly<Record<string, string>>;

const hint = (env: Env, files: Files = {}) =>
  containerHint({
    env,
    exists: (path) => path in files,
    readText: (path) => files[path] ?? "",
  }, 8090);

const KUBERNETES = "0::/kubepods/besteffort/pod1/2\n";

/** What a container shows, and what must be named; undefined for no hint. */
const CONTAINERS: readonly (readonly [string, Env, Files, RegExp | undefined])[] = [
  ["no container", { USER: "me" }, { "/proc/1/cgroup": "0::/init.scope\n" }, undefined],
  ["a variable that is empty", { container: "", CODESPACES: "" }, {}, undefined],
  ["Docker", {}, { "/.dockerenv": "" }, /--network host/],
  ["Podman", {}, { "/run/.containerenv": "" }, /--network host/],
  ["systemd-nspawn", { container: "systemd-nspawn" }, {}, /--network host/],
  ["the cgroup of Docker", {}, { "/proc/1/cgroup": "5:cpu:/docker/0123\n" }, /--network host/],
  ["of cgroup v2", {}, { "/proc/self/cgroup": "0::/system.slice/docker-01.scope\n" }, /network/],
  ["of Podman", {}, { "/proc/self/cgroup": "0::/user.slice/libpod-01.scope\n" }, /network/],
  ["a pod of another runtime", {}, { "/proc/1/cgroup": KUBERNETES }, /container/],
  [
    "a pod",
    { KUBERNETES_SERVICE_HOST: "10.0.0.1", HOSTNAME: "web-1" },
    { "/.dockerenv": "" },
    /kubectl port-forward web-1 8090:8090/,
  ],
  [
    "a pod with a name that is none",
    { KUBERNETES_SERVICE_HOST: "10.0.0.1", HOSTNAME: "a;reboot" },
    {},
    /kubectl port-forward POD 8090:8090/,
  ],
  [
    "a codespace",
    { CODESPACES: "true", CODESPACE_NAME: "glowing-umbrella-1", REMOTE_CONTAINERS: "true" },
    { "/.dockerenv": "" },
    /gh codespace ports forward 8090:8090 --codespace glowing-umbrella-1/,
  ],
  ["a dev container", { REMOTE_CONTAINERS: "true" }, { "/.dockerenv": "" }, /forward\nport 8090/],
  ["Gitpod", { GITPOD_WORKSPACE_ID: "x" }, {}, /forward\nport 8090/],
  ["toolbox", { container: "oci" }, {
    "/run/.containerenv": "",
    "/run/.toolboxenv": "",
  }, undefined],
  ["Distrobox", { DISTROBOX_ENTER_PATH: "/usr/bin/distrobox-enter" }, {
    "/run/.containerenv": "",
  }, undefined],
  ["Flatpak", { container: "flatpak" }, {}, undefined],
];

Deno.test("containerHint: what works from which container, and none where all works", () => {
  for (const [name, env, files, names] of CONTAINERS) {
    const said = hint(env, files);
    if (names === undefined) assert.equal(said, undefined, name);
    else {
      assert.match(said ?? "", names, name);
      assert.ok(said?.endsWith("\nOr use --paste, which needs no port"), name);
    }
  }
});
