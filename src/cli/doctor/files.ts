/**
 * Whether the shared files are read as they are meant, are the person's alone, and say of each profile one thing.
 *
 * @module
 */

import { ExitCode, UserError } from "../../errors.ts";
import {
  FIGHTS_WITH_PROCESS,
  findProperties,
  findShadow,
  overruledRegion,
  sayPlaces,
  STATIC_KEYS,
} from "../../profiles/conflicts.ts";
import { refusals, remarksOn, sayLines } from "../../profiles/diagnose.ts";
import { type FileKind, profileSections } from "../../profiles/names.ts";
import { readProfile } from "../../profiles/read.ts";
import { findFolderRisk, realFolderWorld, writableBy } from "../../system/folder_trust.ts";
import { UID } from "../../system/machine.ts";
import { plural } from "../../text.ts";
import { type LineDeps, shellLine } from "../shell_line.ts";
import {
  type Check,
  type CheckWorld,
  type Finding,
  ok,
  problem,
  problemOf,
  warning,
} from "./finding.ts";
import { lookAtIfAny, ownerRemedy, setupRemedy } from "./remedies.ts";
import { type Document, parseDocument } from "../../profiles/document.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { homeFolder } from "../../system/paths.ts";
import { readTextFile } from "../../system/text_file.ts";
import type { Deps } from "../../deps.ts";
import { type OwnProfile, ownProfiles } from "../settings/profile_source.ts";

/** Looks at both files, each alone and then together. */
export const checkFiles: Check = async ({ deps, input }) => {
  const files = readSharedFiles(deps);
  const alone = files.flatMap((file): readonly Finding[] => {
    const { path } = file;
    if (!("error" in file)) return fileFindings(file, deps);
    if (file.error !== undefined) {
      const finding = problemOf("files", file.error, { deps, why: NOT_READ });
      return [{ ...finding, ...ownerRemedy(path, lookAtIfAny(path), deps) }];
    }
    return [ok("files", `${path} does not exist yet`)];
  });
  const read = files.filter((file) => "document" in file);
  const together = await conflictFindings(read, { deps, input });
  return [...alone, ...folderFindings(read, deps), ...together];
};

const NOT_READ = "AWS tools cannot read its profiles, and this program does not change it";

/** What is to be known of one file. */
function fileFindings(file: SharedFile, deps: LineDeps): readonly Finding[] {
  const { document, kind, path, own } = file;
  const found = [...accessFindings(file, deps), ...contentFindings(file)];
  if (found.length > 0) return found;
  const count = plural(profileSections(document, kind).size, "profile");
  return [
    ok("files", `${path}: ${count}, ${own.length} of them with stssamldriver`),
  ];
}

/** What is wrong for some SDK. */
function contentFindings({ document, kind, path, own }: SharedFile): readonly Finding[] {
  const refused = refusals(document).map(({ lines, message }) =>
    problem("files", `${sayLines(lines).replace("l", "L")} of ${path} ${message}`, {
      exitCode: ExitCode.FILE,
      why: NOT_READ,
      advice: lines.length > 1
        ? "Keep one of them: delete the other, or give it another name."
        : "Correct or delete the line.",
    })
  );
  const remarks = remarksOn(document, kind, own.map(({ name }) => name)).map((message) =>
    warning("files", message, {
      why: "Tools that use another SDK than yours may read something else",
      advice: "Correct the line.",
    })
  );
  return [...refused, ...remarks];
}

/** Who else can read or change it. */
function accessFindings(file: SharedFile, deps: LineDeps): readonly Finding[] {
  const { path, document, writable, wide, foreign } = file;
  if (foreign) {
    return [
      warning("files", `${path} belongs to another user`, {
        why: "Its owner can change what runs as you, and you may not be able to",
        fix: shellLine(["sudo", "chown", String(UID), path], deps),
      }),
    ];
  }
  const chmod = shellLine(["chmod", "600", path], deps);
  if (writable !== undefined) {
    return [
      problem("files", `${path} ${writable}`, {
        exitCode: ExitCode.FILE,
        why: "Whoever writes a credential_process into it runs programs as you",
        fix: chmod,
      }),
    ];
  }
  const hasKeys = document.lines.some((line) =>
    line.kind === "property" && STATIC_KEYS.test(line.key)
  );
  if (!wide || !hasKeys) return [];
  return [
    warning("files", `Other users of this machine can read ${path}`, {
      why: "It contains AWS keys",
      fix: chmod,
    }),
  ];
}

/** Folders in which others could put another file in the place of these. */
function folderFindings(
  files: readonly SharedFile[],
  deps: LineDeps & { readonly absolute: (path: string) => string },
): readonly Finding[] {
  const folders = new Set(
    files.map(({ path }) => deps.absolute(path).replace(/[\\/][^\\/]*$/, "") || "/"),
  );
  return [...folders].flatMap((folder) => {
    const risk = findFolderRisk(folder, realFolderWorld());
    // One of root's, as /etc is, is meant for everybody, and nobody else can write it.
    if (risk?.kind !== "writable") return [];
    return [
      problem("files", `${risk.path}, with your shared AWS files, ${risk.reason}`, {
        exitCode: ExitCode.FILE,
        why: "Whoever can replace the files runs programs as you",
        fix: shellLine(["chmod", "go-w", risk.path], deps),
      }),
    ];
  });
}

/** Profiles of this program that other settings override, in the same file and in the other one. */
async function conflictFindings(
  files: readonly SharedFile[],
  world: Pick<CheckWorld, "deps" | "input">,
): Promise<readonly Finding[]> {
  const found = await Promise.all(files.flatMap((file) => {
    const other = files.find((each) => each !== file);
    return file.own.map(async (profile) => [
      ...await beside(profile, file, world),
      ...other === undefined ? [] : elsewhere(profile, { file, other }),
    ]);
  }));
  return found.flat();
}

const OVERRIDDEN = "SDKs take the other credentials, and never start stssamldriver";

/** What stands in the profile itself and wins over its line. */
async function beside(
  profile: OwnProfile,
  { document }: SharedFile,
  world: Pick<CheckWorld, "deps" | "input">,
): Promise<readonly Finding[]> {
  const { name, kind, path, line } = profile;
  const places = findProperties(document, { kind, name, keys: FIGHTS_WITH_PROCESS });
  if (places.length === 0) return [];
  const message = `Profile "${name}" of ${path} has ${sayPlaces(places)} beside its ` +
    `credential_process on line ${line.line}`;
  const remedy = await setupRemedy({ ...profile, replace: true }, world);
  return [problem("files", message, { exitCode: ExitCode.FILE, why: OVERRIDDEN, ...remedy })];
}

/** What the other file says of the same profile. */
function elsewhere(
  { name, kind, path }: OwnProfile,
  { file, other }: { readonly file: SharedFile; readonly other: SharedFile },
): readonly Finding[] {
  const shadow = findShadow(other.document, { kind, name, writes: "process" });
  const region = readProfile(file.document, kind, name)?.properties.get("region")?.value;
  const overruled = region && overruledRegion(other.document, { kind, name, region });
  return [
    ...shadow === undefined ? [] : [
      problem("files", `Profile "${name}" of ${path} is not alone: ${shadow.reason}`, {
        exitCode: ExitCode.FILE,
        why: OVERRIDDEN,
        advice: `Remove ${sayPlaces(shadow.places)} of ${other.path}.`,
      }),
    ],
    ...!overruled ? [] : [
      warning("files", overruled, {
        why: "Tools work in the other region",
        advice: "Remove one of the two.",
      }),
    ],
  ];
}

/** A shared file that was read. */
export interface SharedFile {
  readonly kind: FileKind;
  /** As the person names it. */
  readonly path: string;
  readonly document: Document;
  /** Who could change it, as the end of a sentence; `undefined` for its owner alone. */
  readonly writable: string | undefined;
  /** Whether others can read or write it, and whether it belongs to another user. */
  readonly wide: boolean;
  readonly foreign: boolean;
  /** The profiles that run this program. */
  readonly own: readonly OwnProfile[];
}

/** A file that is not there, or cannot be read. */
interface UnreadFile {
  readonly kind: FileKind;
  readonly path: string;
  /** Why; `undefined` where there is no such file. */
  readonly error: UserError | undefined;
}

/** Reads both files; one that both variables name is the config file only. */
export function readSharedFiles(deps: Deps): readonly (SharedFile | UnreadFile)[] {
  const files = sharedFiles(deps.env, deps.expand);
  const same = deps.realPath(files.config) === deps.realPath(files.credentials);
  const kinds: readonly FileKind[] = same ? ["config"] : ["config", "credentials"];
  return kinds.map((kind) => {
    const path = files[kind];
    try {
      const file = readTextFile(path);
      if (file === undefined) return { kind, path, error: undefined };
      const document = parseDocument(file.text, { file: path });
      const { wide } = file;
      const own = ownProfiles(document, { path, kind }, deps);
      // Windows has no such modes.
      const info = file.mode === undefined ? undefined : lookAtIfAny(file.path);
      const home = homeFolder(deps.env);
      const foreign = file.foreign && isStrangers(file.path, {
        uid: info?.uid,
        home: home && deps.realPath(home),
      });
      const writable = info && writableBy(info);
      return { kind, path, document, wide, foreign, own, writable };
    } catch (error) {
      if (error instanceof UserError) return { kind, path, error };
      throw error;
    }
  });
}

/**
 * Whether a file of another user is a stranger's: root's own are for everybody, but those in a home are left behind
 * by sudo.
 */
export function isStrangers(
  path: string,
  { uid, home }: { readonly uid: number | null | undefined; readonly home: string | undefined },
): boolean {
  return uid !== 0 || (home !== undefined && path.startsWith(`${home}/`));
}
