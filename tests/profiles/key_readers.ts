/**
 * Programs and SDKs that read the shared files and are not modeled in `src/profiles/`, each with a way to
 * read many files at once.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { FileKind } from "../../src/profiles/names.ts";
import { peer, type PeerName } from "../support/peers.ts";
import { type Answer, askReader, type ReadFile } from "./readers.ts";
import { readWithRclone, readWithRestic, readWithTerraform } from "./signing_readers.ts";

/** A program that reads shared files. */
export interface KeyReader {
  readonly peer: PeerName;
  readonly kinds: readonly FileKind[];
  /** How many of a test's files it is given, as a share: some take a process for each. */
  readonly share: number;
  /** @param path the peer's */
  read(path: string, files: readonly ReadFile[]): Promise<Answer[]>;
}

/** Both kinds of file. */
export const BOTH: readonly FileKind[] = ["config", "credentials"];
const CREDENTIALS: readonly FileKind[] = ["credentials"];

/** The path of a program in `readers/`. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`readers/${name}`, import.meta.url));

/** Under Node, for which both are made. */
function readUnderNode(name: string) {
  return (folder: string, files: readonly ReadFile[]) => {
    const node = peer("node");
    if (!node.found) throw new Error(node.reason);
    return askReader<Answer>([node.path, "--no-deprecation", script(name), folder], files);
  };
}

/** All of them but Go's, which must be built first. */
export const KEY_READERS: readonly KeyReader[] = [
  {
    peer: "php",
    kinds: BOTH,
    share: 1,
    read: (php, files) => askReader([php, script("read.php")], files),
  },
  {
    peer: "ruby-sdk",
    kinds: BOTH,
    share: 1,
    read: (ruby, files) => askReader([ruby, script("read.rb")], files),
  },
  { peer: "js-sdk-2", kinds: BOTH, share: 1, read: readUnderNode("read_js2.cjs") },
  { peer: "aws-crt", kinds: BOTH, share: 0.06, read: readUnderNode("read_crt.cjs") },
  {
    peer: "s3cmd",
    kinds: CREDENTIALS,
    share: 1,
    read: (python, files) => askReader([python, script("read_s3cmd.py")], files),
  },
  { peer: "rclone", kinds: BOTH, share: 0.06, read: readWithRclone },
  { peer: "terraform", kinds: BOTH, share: 0.006, read: readWithTerraform },
  { peer: "restic", kinds: CREDENTIALS, share: 0.03, read: readWithRestic },
];
