/**
 * The region of an STS call, and where it came from.
 *
 * @module
 */

import { type Partition, partitionOfRegion } from "./partition.ts";

/** A region and where it came from. */
export interface Region {
  readonly name: string;
  /**
   * `true` when a flag, a variable or a profile named it. The partition's default is only for STS: it is
   * never exported to a shell nor written over a profile's region.
   */
  readonly named: boolean;
}

/**
 * Checks the form of a region name, since it becomes part of a host name. Regions that this program does
 * not know pass: AWS adds some every year.
 *
 * @throws an `Error` whose message says what is wrong
 */
export function parseRegion(text: string): string {
  if (!/^[a-z]{2,5}(-[a-z]{1,16}){1,3}-\d{1,2}$/.test(text)) {
    throw new Error("not a region; expected a name like us-east-1");
  }
  return text;
}

/** Says why a region cannot serve a role of this partition, or `undefined` when it can. */
export function regionMismatch(region: string, partition: Partition): string | undefined {
  const other = partitionOfRegion(region);
  if (other === undefined || other === partition) return undefined;
  return `region ${region} is in partition ${other.id}, but the role is in ${partition.id} ` +
    `(with regions such as ${partition.examples.join(", ")})`;
}
