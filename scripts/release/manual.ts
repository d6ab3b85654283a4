/**
 * What stands beside the executable for shells and `man`: the scripts of `completions`, and the manual page.
 *
 * @module
 */

import {
  BASH_SCRIPT,
  FISH_SCRIPT,
  POWERSHELL_SCRIPT,
  ZSH_SCRIPT,
} from "../../src/cli/completion/shells.ts";
import { manPage } from "../man.ts";

/** A file of the release. */
export interface ManualFile {
  readonly folder: "completions" | "man";
  readonly name: string;
  readonly text: string;
}

/** A script, and where package managers put it. */
export interface ShellFile extends ManualFile {
  /** Its path in the Debian package. */
  readonly debian?: string;
  /** The formula's line that installs it. */
  readonly homebrew?: (path: string) => string;
}

/** The manual page. */
export const MAN_PAGE: ManualFile = { folder: "man", name: "stssamldriver.1", text: manPage() };

/** The scripts. */
export const FOR_SHELLS: readonly ShellFile[] = [
  {
    folder: "completions",
    name: "stssamldriver.bash",
    text: BASH_SCRIPT,
    debian: "usr/share/bash-completion/completions/stssamldriver",
    homebrew: (path) => `bash_completion.install "${path}" => "stssamldriver"`,
  },
  {
    folder: "completions",
    name: "_stssamldriver",
    text: ZSH_SCRIPT,
    debian: "usr/share/zsh/vendor-completions/_stssamldriver",
    homebrew: (path) => `zsh_completion.install "${path}"`,
  },
  {
    folder: "completions",
    name: "stssamldriver.fish",
    text: FISH_SCRIPT,
    debian: "usr/share/fish/vendor_completions.d/stssamldriver.fish",
    homebrew: (path) => `fish_completion.install "${path}"`,
  },
  { folder: "completions", name: "stssamldriver.ps1", text: POWERSHELL_SCRIPT },
];

/** The path of a file in an archive. */
export function inArchive({ folder, name }: ManualFile): string {
  return `${folder}/${name}`;
}
