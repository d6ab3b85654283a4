import assert from "node:assert/strict";
import { containerHint } from "../../../src/sign_in/browser/container.ts";

type Env = Readonly<Record<string, string>>;
type Files = Readonly<Record<string, string>>;

const hint = (env: Env, files: Files = {}) =>
  containerHint({
    env,
    exists: (path) => path in files,
    readText: (path) => files[path],
  }, 8090);

const KUBERNETES = "0::/kubepods/besteffort/pod1/2\n";

/** What a container shows, and what must be named; undefined for no hint. */
const HINTS: readonly (readonly [string, Env, Files, RegExp | undefined])[] = [
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
  for (const [name, env, files, names] of HINTS) {
    const said = hint(env, files);
    if (names === undefined) assert.equal(said, undefined, name);
    else {
      assert.match(said ?? "", names, name);
      assert.ok(said?.endsWith("\nOr use --paste, which needs no port"), name);
    }
  }
});
