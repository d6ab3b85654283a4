import assert from "node:assert/strict";
import { sshTunnelHint } from "../../../src/sign_in/browser/ssh_tunnel.ts";

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
