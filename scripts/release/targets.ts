/**
 * The systems that there is an executable for.
 *
 * @module
 */

/** A system. */
export interface Target {
  /** As Deno names it. */
  readonly triple: string;
  /** As our archives do. */
  readonly name: string;
  /** As Debian does, where there is a package for it. */
  readonly debian?: string;
}

/** All of them. */
export const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", name: "linux-x64", debian: "amd64" },
  { triple: "aarch64-unknown-linux-gnu", name: "linux-arm64", debian: "arm64" },
  { triple: "x86_64-apple-darwin", name: "macos-x64" },
  { triple: "aarch64-apple-darwin", name: "macos-arm64" },
  { triple: "x86_64-pc-windows-msvc", name: "windows-x64" },
];

/** The name of the executable. */
export function executableName({ name }: Target): string {
  return name.startsWith("windows") ? "stssamldriver.exe" : "stssamldriver";
}

/** The name of its archive: without a version, so that the latest release has an address that stays. */
export function archiveName({ name }: Target): string {
  return `stssamldriver-${name}.${name.startsWith("windows") ? "zip" : "tar.gz"}`;
}
