/**
 * What package managers read about a release: a Homebrew formula and a Scoop manifest.
 *
 * @module
 */

import { FOR_SHELLS, inArchive, MAN_PAGE } from "./manual.ts";
import { REPOSITORY } from "./repository.ts";
import { archiveName, type Target } from "./targets.ts";

const DESCRIPTION = "Temporary AWS credentials from a SAML sign-in in your own browser";

/** What a manifest says of a release. */
export interface Release {
  readonly version: string;
  /** The archives that there are, with the SHA-256 of each. */
  readonly archives: readonly { readonly target: Target; readonly sha256: string }[];
}

/** The formula: https://docs.brew.sh/Formula-Cookbook */
export function homebrewFormula({ version, archives }: Release): string {
  const systems = [["macos", "on_macos"], ["linux", "on_linux"]] as const;
  const processors = [["arm64", "on_arm"], ["x64", "on_intel"]] as const;
  const blocks = systems.flatMap(([system, onSystem]) => {
    const inner = processors.flatMap(([processor, onProcessor]) => {
      const found = archives.find(({ target }) => target.name === `${system}-${processor}`);
      if (found === undefined) return [];
      return `    ${onProcessor} do
      url "${urlOf(found.target, version)}"
      sha256 "${found.sha256}"
    end`;
    });
    return inner.length === 0 ? [] : `  ${onSystem} do\n${inner.join("\n")}\n  end`;
  });
  const completions = FOR_SHELLS.flatMap((each) =>
    each.homebrew === undefined ? [] : `    ${each.homebrew(inArchive(each))}\n`
  );
  return `class Stssamldriver < Formula
  desc "${DESCRIPTION}"
  homepage "${REPOSITORY}"
  version "${version}"
  license "MIT"

${blocks.join("\n\n")}

  def install
    bin.install "stssamldriver"
    man1.install "${inArchive(MAN_PAGE)}"
${completions.join("")}  end

  test do
    assert_match version.to_s, shell_output("#{bin}/stssamldriver --version")
  end
end
`;
}

/** The manifest: https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests */
export function scoopManifest({ version, archives }: Release): string | undefined {
  const windows = archives.find(({ target }) => target.name === "windows-x64");
  if (windows === undefined) return undefined;
  const manifest = {
    version,
    description: DESCRIPTION,
    homepage: REPOSITORY,
    license: "MIT",
    architecture: {
      "64bit": {
        url: urlOf(windows.target, version),
        hash: windows.sha256,
        extract_dir: "stssamldriver",
      },
    },
    bin: "stssamldriver.exe",
    checkver: "github",
    autoupdate: {
      architecture: { "64bit": { url: urlOf(windows.target, "$version") } },
      hash: { url: "$baseurl/SHA256SUMS" },
    },
  };
  return JSON.stringify(manifest, null, 4) + "\n";
}

function urlOf(target: Target, version: string): string {
  return `${REPOSITORY}/releases/download/v${version}/${archiveName(target)}`;
}
