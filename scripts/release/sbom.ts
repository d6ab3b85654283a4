/**
 * The bill of materials of the executable: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/
 *
 * @module
 */

import { createHash } from "node:crypto";
import { idOf, type Package } from "./packages.ts";

/** What the executable is made of. */
export interface Materials {
  readonly version: string;
  readonly packages: readonly Package[];
  /** The packages that the program itself imports, as `name@version`. */
  readonly imported: readonly string[];
  /** The Deno that it runs on. */
  readonly deno: string;
}

/** The document; the same for the same materials. */
export function sbom({ version, packages, imported, deno }: Materials): string {
  const self = `pkg:generic/stssamldriver@${version}`;
  const runtime = `pkg:github/denoland/deno@v${deno}`;
  const content = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        "type": "application",
        "bom-ref": self,
        "name": "stssamldriver",
        version,
        "licenses": licensesOf("MIT"),
        "purl": self,
      },
    },
    components: [
      {
        "type": "platform",
        "bom-ref": runtime,
        "name": "deno",
        "version": deno,
        "licenses": licensesOf("MIT"),
        "purl": runtime,
      },
      ...packages.map(componentOf),
    ],
    dependencies: [
      { ref: self, dependsOn: [runtime, ...imported.map(purlOf)] },
      { ref: runtime },
      ...packages.map((each) => ({
        ref: purlOf(idOf(each)),
        dependsOn: each.dependencies.map(purlOf).toSorted(),
      })),
    ],
  };
  const { bomFormat, specVersion, ...rest } = content;
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(content))}`;
  return JSON.stringify({ bomFormat, specVersion, serialNumber, ...rest }, null, 2) + "\n";
}

function componentOf(each: Package): Record<string, unknown> {
  const [algorithm, digest = ""] = each.integrity.split("-");
  if (algorithm !== "sha512") throw new Error(`${idOf(each)} is not pinned by SHA-512`);
  const [group, name] = each.name.startsWith("@") ? each.name.split("/") : [undefined, each.name];
  return {
    "type": "library",
    "bom-ref": purlOf(idOf(each)),
    ...(group !== undefined && { group }),
    name,
    "version": each.version,
    "scope": "required",
    "hashes": [{ alg: "SHA-512", content: Uint8Array.fromBase64(digest).toHex() }],
    "licenses": licensesOf(each.license),
    "purl": purlOf(idOf(each)),
  };
}

function licensesOf(license: string): readonly unknown[] {
  return [/\s/.test(license) ? { expression: license } : { license: { id: license } }];
}

/** Of `name@version`: https://github.com/package-url/purl-spec */
function purlOf(id: string): string {
  return `pkg:npm/${id.replace(/^@/, "%40")}`;
}

/** A UUID of version 8, whose meaning is its maker's: the content's digest (RFC 9562, section 5.8). */
function uuidOf(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
