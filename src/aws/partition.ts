/**
 * What AWS calls a partition: a world of its own, with its own accounts, regions and host names.
 *
 * @module
 */

/** A partition and what differs between it and the others. */
export interface Partition {
  /** The second field of its ARNs: `aws`, `aws-cn`. */
  readonly id: string;
  /** What its regional hosts end with: `amazonaws.com`. */
  readonly dnsSuffix: string;
  /** The region that serves when nobody named one. */
  readonly defaultRegion: string;
  /** The form of its regions' names. */
  readonly regions: RegExp;
  /** Some of its regions, for messages. */
  readonly examples: readonly string[];
}

/** Every partition, the commercial one first. */
export const PARTITIONS: readonly Partition[] = [
  {
    id: "aws",
    dnsSuffix: "amazonaws.com",
    defaultRegion: "us-east-1",
    regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
    examples: ["us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2"],
  },
  {
    id: "aws-us-gov",
    dnsSuffix: "amazonaws.com",
    defaultRegion: "us-gov-west-1",
    regions: /^us-gov-\w+-\d+$/,
    examples: ["us-gov-west-1", "us-gov-east-1"],
  },
  {
    id: "aws-cn",
    dnsSuffix: "amazonaws.com.cn",
    defaultRegion: "cn-northwest-1",
    regions: /^cn-\w+-\d+$/,
    examples: ["cn-north-1", "cn-northwest-1"],
  },
  {
    id: "aws-eusc",
    dnsSuffix: "amazonaws.eu",
    defaultRegion: "eusc-de-east-1",
    regions: /^eusc-\w+-\w+-\d+$/,
    examples: ["eusc-de-east-1"],
  },
  {
    id: "aws-iso",
    dnsSuffix: "c2s.ic.gov",
    defaultRegion: "us-iso-east-1",
    regions: /^us-iso-\w+-\d+$/,
    examples: ["us-iso-east-1", "us-iso-west-1"],
  },
  {
    id: "aws-iso-b",
    dnsSuffix: "sc2s.sgov.gov",
    defaultRegion: "us-isob-east-1",
    regions: /^us-isob-\w+-\d+$/,
    examples: ["us-isob-east-1"],
  },
  {
    id: "aws-iso-e",
    dnsSuffix: "cloud.adc-e.uk",
    defaultRegion: "eu-isoe-west-1",
    regions: /^eu-isoe-\w+-\d+$/,
    examples: ["eu-isoe-west-1"],
  },
  {
    id: "aws-iso-f",
    dnsSuffix: "csp.hci.ic.gov",
    defaultRegion: "us-isof-south-1",
    regions: /^us-isof-\w+-\d+$/,
    examples: ["us-isof-south-1", "us-isof-east-1"],
  },
];

/** The partition with this id (`aws-cn`), or `undefined` where AWS has none of that name. */
export function partitionById(id: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.id === id);
}

/** The partition whose regions are named like this one, or `undefined`. */
export function partitionOfRegion(region: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.regions.test(region));
}
