/**
 * The properties of one profile.
 *
 * @module
 */

import type { Document, Section } from "./document.ts";
import { type FileKind, headerProfile } from "./names.ts";

/** One property of a profile. */
export interface Property {
  /** In lower case. */
  readonly key: string;
  /** Continuation lines are joined with `\n`; empty where there are sub-properties. Can be a secret. */
  readonly value: string;
  /** The line of its name, from 1. */
  readonly line: number;
  /** Sub-properties by their names in lower case, as under `s3 =`. */
  readonly sub: ReadonlyMap<string, string>;
}

/** One profile of one file. */
export interface Profile {
  readonly name: string;
  /** The lines of its headers; several where the SDKs merge duplicates (and Python refuses). */
  readonly lines: readonly number[];
  /** By key in lower case; of a key that is given twice, the last. */
  readonly properties: ReadonlyMap<string, Property>;
}

/**
 * Reads a profile as the SDKs document it: `[profile default]` wins over `[default]`, sections of the
 * same name merge, the last of two equal keys counts.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 *
 * @returns undefined when the file has no such profile
 */
export function readProfile(doc: Document, kind: FileKind, name: string): Profile | undefined {
  const all = doc.sections.filter(({ header: { content } }) =>
    // Most headers need no closer look, and a sync asks for hundreds of names.
    content.includes(name) && headerProfile(kind, content) === name
  );
  const prefixed = all.filter(({ header }) => header.content.trim() !== "default");
  const sections = prefixed.length > 0 ? prefixed : all;
  if (sections.length === 0) return undefined;
  const properties = new Map<string, Property>();
  for (const section of sections) {
    for (const property of sectionProperties(section)) properties.set(property.key, property);
  }
  return { name, lines: sections.map(({ header }) => header.number), properties };
}

/** The properties of one section in its order, duplicates included. */
export function sectionProperties(section: Section): Property[] {
  const found: Property[] = [];
  let texts: string[] = [];
  let sub = new Map<string, string>();
  let current: { readonly key: string; readonly line: number } | undefined;
  const finish = () => {
    if (current !== undefined) found.push({ ...current, value: texts.join("\n"), sub });
  };
  for (const line of section.lines) {
    if (line.kind === "property") {
      finish();
      current = { key: line.key, line: line.number };
      texts = [line.value];
      sub = new Map();
    } else if (line.kind === "continuation") {
      texts.push(line.text);
    } else if (line.kind === "sub-property") {
      sub.set(line.key, line.value);
    } else if (line.kind === "invalid") {
      // What follows it continues a line that is not read.
      finish();
      current = undefined;
    }
  }
  finish();
  return found;
}
