/**
 * Which region STS is asked in, and whether somebody named it.
 *
 * @module
 */

import { type Partition, partitionOfRegion } from "./partition.ts";

/** A region and where it came from. */
export interface Region {
  readonly name: string;
  /**
   * Whether a flag, a variable or a profile named it. The partition's default serves STS only: it is
   * never exported to a shell nor written over the region of a profile.
   */
  readonly named: boolean;
}

/**
 * Checks the form of a region's name, since it becomes part of a host name. Regions that this program
 * has never heard of pass: AWS adds some every year.
 *
 * @throws an `Error` whose message says what is wrong
 */
export function parseRegion(text: string): string {
  if (!/^[a-z]{2,5}(-[a-z]{1,16}){1,3}-\d{1,2}$/.test(text)) {
    throw new Error("a region looks like eu-west-1");
  }
  return text;
}

/** Says why a region cannot serve a role of this partition, or `undefined` when it can. */
export function regionMismatch(region: string, partition: Partition): string | undefined {
  const other = partitionOfRegion(region);
  if (other === undefined || other === partition) return undefined;
  return `region ${region} is in partition ${other.id}, the role in ${partition.id}, ` +
    `whose regions are ${partition.examples.join(", ")}`;
}
