/**
 * AWS partitions: separate worlds with their own accounts, regions and host names; and a region's endpoints.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../text.ts";

/** A partition, and how it differs from the others. */
export interface Partition {
  /** The second field of its ARNs: `aws`, `aws-cn`. */
  readonly id: string;
  /** The suffix of its regional hosts: `amazonaws.com`. */
  readonly dnsSuffix: string;
  /** The region to use when none is named. */
  readonly defaultRegion: string;
  /** The pattern of its region names. */
  readonly regions: RegExp;
  /** Some of its regions, for messages. */
  readonly examples: readonly string[];
  /**
   * The host of the console's sign-in: `{region}` is the region, and a part in brackets is left out when
   * no region is named.
   */
  readonly signIn: string;
  /** The entity ID of its sign-in, where that is public. */
  readonly entityId?: string;
  /** The host of the console, in the same form; `undefined` when it is not public. */
  readonly console: string | undefined;
}

/** Every partition, the commercial one first. */
export const PARTITIONS: readonly Partition[] = [
  {
    id: "aws",
    dnsSuffix: "amazonaws.com",
    defaultRegion: "us-east-1",
    regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
    examples: ["us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2"],
    signIn: "[{region}.]signin.aws.amazon.com",
    entityId: "urn:amazon:webservices",
    console: "[{region}.]console.aws.amazon.com",
  },
  {
    id: "aws-us-gov",
    dnsSuffix: "amazonaws.com",
    defaultRegion: "us-gov-west-1",
    regions: /^us-gov-\w+-\d+$/,
    examples: ["us-gov-west-1", "us-gov-east-1"],
    signIn: "[{region}.]signin.amazonaws-us-gov.com",
    entityId: "urn:amazon:webservices:govcloud",
    console: "console.amazonaws-us-gov.com",
  },
  {
    id: "aws-cn",
    dnsSuffix: "amazonaws.com.cn",
    defaultRegion: "cn-northwest-1",
    regions: /^cn-\w+-\d+$/,
    examples: ["cn-north-1", "cn-northwest-1"],
    signIn: "[{region}.]signin.amazonaws.cn",
    entityId: "urn:amazon:webservices:cn-north-1",
    console: "console.amazonaws.cn",
  },
  {
    id: "aws-eusc",
    dnsSuffix: "amazonaws.eu",
    defaultRegion: "eusc-de-east-1",
    regions: /^eusc-\w+-\w+-\d+$/,
    examples: ["eusc-de-east-1"],
    signIn: "{region}.signin.amazonaws-eusc.eu",
    console: "console.amazonaws-eusc.eu",
  },
  {
    id: "aws-iso",
    dnsSuffix: "c2s.ic.gov",
    defaultRegion: "us-iso-east-1",
    regions: /^us-iso-\w+-\d+$/,
    examples: ["us-iso-east-1", "us-iso-west-1"],
    signIn: "signin.c2shome.ic.gov",
    console: undefined,
  },
  {
    id: "aws-iso-b",
    dnsSuffix: "sc2s.sgov.gov",
    defaultRegion: "us-isob-east-1",
    regions: /^us-isob-\w+-\d+$/,
    examples: ["us-isob-east-1"],
    signIn: "signin.sc2shome.sgov.gov",
    console: undefined,
  },
  {
    id: "aws-iso-e",
    dnsSuffix: "cloud.adc-e.uk",
    defaultRegion: "eu-isoe-west-1",
    regions: /^eu-isoe-\w+-\d+$/,
    examples: ["eu-isoe-west-1"],
    signIn: "signin.csphome.adc-e.uk",
    console: undefined,
  },
  {
    id: "aws-iso-f",
    dnsSuffix: "csp.hci.ic.gov",
    defaultRegion: "us-isof-south-1",
    regions: /^us-isof-\w+-\d+$/,
    examples: ["us-isof-south-1", "us-isof-east-1"],
    signIn: "signin.csphome.hci.ic.gov",
    console: undefined,
  },
];

/** The partition with this ID (`aws-cn`), or `undefined` when there is none. */
export function partitionById(id: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.id === id);
}

/** The partition whose region names look like this one, or `undefined`. */
export function partitionOfRegion(region: string): Partition | undefined {
  return PARTITIONS.find((partition) => partition.regions.test(region));
}

/** The regions whose sign-in and console hosts have no region in their names. */
const HOME_REGIONS: readonly string[] = ["us-east-1", "cn-north-1", "us-gov-west-1"];

/**
 * The host that turns credentials of this partition into a console session.
 *
 * @param region `undefined` when none is named
 * @see https://docs.aws.amazon.com/general/latest/gr/signin-service.html
 */
export function signInHost(partition: Partition, region: string | undefined): string {
  return hostIn(partition.signIn, partition, region);
}

/**
 * The audiences that an assertion for this partition may name: AWS's entity ID and the URL of its sign-in.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 */
export function audiencesOf(partition: Partition): readonly string[] {
  const url = `https://${signInHost(partition, undefined)}/saml`;
  return partition.entityId === undefined ? [url] : [partition.entityId, url];
}

/** Tells if an audience is this partition's, by the sign-in of any of its regions. */
export function isAudienceOf(partition: Partition, audience: string): boolean {
  const [, host = ""] =
    /^https:\/\/([\w.-]{1,100})\/(?:static\/)?saml(?:\/acs\/\w+)?$/.exec(audience) ?? [];
  const [region = ""] = host.split(".");
  return audience === partition.entityId || host === signInHost(partition, undefined) ||
    (partition.regions.test(region) && host === signInHost(partition, region));
}

/**
 * The host of this partition's console, or `undefined` when it is not public.
 *
 * @param region `undefined` when none is named: the console then opens in the region it showed last
 * @see https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
 */
export function consoleHost(partition: Partition, region: string | undefined): string | undefined {
  return partition.console && hostIn(partition.console, partition, region);
}

function hostIn(form: string, partition: Partition, region: string | undefined): string {
  const bare = region === undefined || HOME_REGIONS.includes(region);
  return form
    .replace("[{region}.]", bare ? "" : `${region}.`)
    .replace("{region}", region ?? partition.defaultRegion);
}

/** A region and where it came from. */
export interface Region {
  readonly name: string;
  /**
   * `true` when a flag, a variable or a profile named it, or one of another partition in its place. Else the
   * partition's default is only for STS: it is never exported to a shell nor written over a profile's region.
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

/** Tells if a host name is one of AWS's own for STS, FIPS and dual-stack ones included. */
export function isOwnSts(hostname: string): boolean {
  const own = /^sts(?:-fips)?\.(?:[a-z]+(?:-[a-z]+)+-\d+\.)?(.+)/.exec(hostname)?.[1];
  return own === "api.aws" || PARTITIONS.some(({ dnsSuffix }) => dnsSuffix === own);
}

/** The names of this machine: the only hosts that may be used without TLS. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Tells if secrets may be sent to a URL: over TLS, or to this machine. */
export function isGuarded(url: Pick<URL, "protocol" | "hostname">): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
}

const ENDPOINT_HINT =
  "Correct AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile's endpoint_url.";

/**
 * The error for an endpoint without encryption; exit code 2, since a setting named it.
 *
 * @param from that setting, where it is known
 */
export function insecureEndpoint(endpoint: string, from?: string): UserError {
  return new UserError(
    "sts-insecure",
    `Refused to send the assertion to ${endpoint}: it must start with https:// or be on this machine`,
    {
      exitCode: ExitCode.USAGE,
      hint: from === undefined ? ENDPOINT_HINT : `Correct ${from}.`,
      // A profile's setting has blanks in its name.
      variable: from?.includes(" ") ? undefined : from,
    },
  );
}

/**
 * The error for an endpoint that is not a URL; exit code 2, since a setting named it.
 *
 * @param variable that setting, where it is a known variable
 */
export function malformedEndpoint(cause: Error, variable?: string): UserError {
  return new UserError(
    "sts-endpoint",
    `Cannot use the STS endpoint: ${foreign(cause.message, 300)}`,
    {
      exitCode: ExitCode.USAGE,
      hint: ENDPOINT_HINT,
      variable,
      cause,
    },
  );
}
