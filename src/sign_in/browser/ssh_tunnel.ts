/**
 * Signing in over SSH: the browser is on another machine than the port.
 *
 * @module
 */

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
export const OR_PASTE = "Or use --paste, which needs no port";

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
