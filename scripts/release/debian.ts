/**
 * The Debian package: https://www.debian.org/doc/debian-policy/
 *
 * @module
 */

import { createHash } from "node:crypto";
import { ar, encode, type Entry, gzip, tarGz } from "./archives.ts";
import { FOR_SHELLS, MAN_PAGE } from "./manual.ts";
import { REPOSITORY } from "./repository.ts";

/** What is packed. */
export interface DebianPackage {
  readonly version: string;
  readonly architecture: string;
  readonly executable: Uint8Array;
  readonly license: string;
  /** The licenses of what the executable contains. */
  readonly notices: string;
}

/** The name of its file. */
export function debianName({ version, architecture }: Omit<DebianPackage, "executable">): string {
  return `stssamldriver_${debianVersion(version)}_${architecture}.deb`;
}

/** Packs it. */
export function debianPackage(what: DebianPackage): Uint8Array<ArrayBuffer> {
  const files: readonly Entry[] = [
    { path: "usr/bin/stssamldriver", bytes: what.executable, executable: true },
    { path: "usr/share/doc/stssamldriver/copyright", bytes: encode(copyright(what)) },
    { path: `usr/share/man/man1/${MAN_PAGE.name}.gz`, bytes: gzip(encode(MAN_PAGE.text)) },
    ...FOR_SHELLS.flatMap(({ text, debian }) =>
      debian === undefined ? [] : [{ path: debian, bytes: encode(text) }]
    ),
  ];
  const control: readonly Entry[] = [
    { path: "control", bytes: encode(controlText(what, files)) },
    { path: "md5sums", bytes: encode(files.map(md5Line).join("")) },
  ];
  return ar([
    { path: "debian-binary", bytes: encode("2.0\n") },
    { path: "control.tar.gz", bytes: tarGz(control, { root: "./" }) },
    { path: "data.tar.gz", bytes: tarGz(files, { root: "./" }) },
  ]);
}

function controlText({ version, architecture }: DebianPackage, files: readonly Entry[]): string {
  const kibibytes = files.map(({ bytes }) => Math.ceil(bytes.length / 1024))
    .reduce((sum, each) => sum + each);
  return `Package: stssamldriver
Version: ${debianVersion(version)}
Architecture: ${architecture}
Maintainer: The sts-saml-driver authors <noreply@github.com>
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.27), libgcc-s1
Suggests: awscli, xdg-utils
Section: admin
Priority: optional
Homepage: ${REPOSITORY}
Description: temporary AWS credentials from a SAML sign-in in your own browser
 Opens your browser at your identity provider, takes the SAML response that it
 posts to localhost, exchanges it with AWS STS, and hands the credentials to the
 AWS CLI and SDKs (credential_process), to your shell or to a command.
`;
}

/** Before a release sorts what follows a tilde. */
function debianVersion(version: string): string {
  return version.replace("-", "~");
}

function copyright({ license, notices }: DebianPackage): string {
  return `Source: ${REPOSITORY}\n\n${license}\n${notices}`;
}

function md5Line({ path, bytes }: Entry): string {
  return `${createHash("md5").update(bytes).digest("hex")}  ${path}\n`;
}
