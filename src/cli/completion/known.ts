/**
 * What there is on this machine that a value can name, for completion. Only reads.
 *
 * @module
 */

import { SERVICES } from "../../aws/console_destination.ts";
import { PARTITIONS } from "../../aws/partition.ts";
import { recovered } from "../../errors.ts";
import { parseDocument } from "../../profiles/document.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { profileSections } from "../../profiles/names.ts";
import { type Property, sectionProperties } from "../../profiles/read.ts";
import { isFile } from "../../system/paths.ts";
import { readTextFile } from "../../system/text_file.ts";
import { foreign } from "../../text.ts";
import type { Deps } from "../../deps.ts";
import type { Known } from "../settings/option_values.ts";
import { programFiles } from "../shell_line.ts";
import { isOwnLine, optionOfKey, profilesOfRoles } from "../settings/profile_source.ts";
import type { Candidate } from "./complete.ts";

/** What of the world is looked at. */
export type KnownDeps = Pick<Deps, "env" | "expand" | "self" | "os">;

/** What there is of a kind. Names that could control a terminal are left out. */
export function known(kind: Known, deps: KnownDeps): readonly Candidate[] {
  return KNOWN[kind](deps).filter(({ value }) => value !== "" && foreign(value, 500) === value);
}

const KNOWN: Readonly<Record<Known, (deps: KnownDeps) => readonly Candidate[]>> = {
  "browser": (deps) =>
    candidates(["none", ...BROWSERS.filter((name) => programFiles(name, deps).some(isFile))]),
  "own-profile": (deps) => {
    const all = profiles(deps);
    const own = all.filter(({ properties }) => properties.some((each) => isOwn(each, deps)));
    return candidates((own.length > 0 ? own : all).map(({ name }) => name));
  },
  "profile": (deps) => candidates(profiles(deps).map(({ name }) => name)),
  "region": (deps) => {
    const named = profiles(deps).flatMap(({ properties }) => properties)
      .filter(({ key }) => key === "region").map(({ value }) => value);
    const published = PARTITIONS.flatMap((
      { defaultRegion, examples },
    ) => [defaultRegion, ...examples]);
    return candidates([...named, ...published]);
  },
  "role": (deps) =>
    [...readable(() => profilesOfRoles(deps)) ?? []].map(([value, names]) => ({
      value,
      brief: foreign(`of ${names.join(", ")}`),
    })),
  "service": () => candidates(SERVICES),
};

const BROWSERS: readonly string[] = ["chromium", "firefox", "google-chrome"];

function candidates(values: readonly string[]): readonly Candidate[] {
  return [...new Set(values)].map((value) => ({ value }));
}

interface NamedProfile {
  readonly name: string;
  readonly properties: readonly Property[];
}

/** The profiles of both shared files, in their order. */
function profiles({ env, expand }: KnownDeps): readonly NamedProfile[] {
  const files = sharedFiles(env, expand);
  return (["config", "credentials"] as const).flatMap((kind) => {
    const file = readable(() => readTextFile(files[kind]));
    if (file === undefined) return [];
    return [...profileSections(parseDocument(file.text), kind)].map(([name, sections]) => ({
      name,
      properties: sections.flatMap(sectionProperties),
    }));
  });
}

/** What is read from a file; `undefined` where that fails: one that cannot be read has no names to offer. */
function readable<T>(read: () => T): T | undefined {
  return recovered(read, () => undefined);
}

/** Whether a property makes a profile one of this program's. */
function isOwn({ key, value }: Property, deps: KnownDeps): boolean {
  return optionOfKey(key) !== undefined || (key === "credential_process" && isOwnLine(value, deps));
}
