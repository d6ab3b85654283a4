/**
 * The page that opens after the console's sign-in: `--console-destination` → a URL of the partition's
 * console, and of nothing else.
 *
 * The sign-in takes the person to its Destination, so a foreign one would make a phishing page look like
 * the end of our own sign-in.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../text.ts";
import { consoleHost, isGuarded, type Partition } from "./partition.ts";

/** The console to open. */
export interface ConsolePlace {
  readonly partition: Partition;
  /** `undefined` when none was named: the console then opens in the region it showed last. */
  readonly region: string | undefined;
  /** `--console-url`: replaces the partition's own console. */
  readonly consoleUrl?: URL | undefined;
}

/**
 * The services whose home page is not `/NAME/home`, and common names that differ from the console's.
 *
 * @see https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/what-is.html
 */
const PATHS: ReadonlyMap<string, string> = new Map([
  ["codeartifact", "codesuite/codeartifact/home"],
  ["codebuild", "codesuite/codebuild/home"],
  ["codecommit", "codesuite/codecommit/home"],
  ["codedeploy", "codesuite/codedeploy/home"],
  ["codepipeline", "codesuite/codepipeline/home"],
  ["cfn", "cloudformation/home"],
  ["cost-explorer", "cost-management/home"],
  ["directconnect", "directconnect/v2/home"],
  ["dms", "dms/v2/home"],
  ["dynamodb", "dynamodbv2/home"],
  ["ecs", "ecs/v2/clusters"],
  ["eventbridge", "events/home"],
  ["home", "console/home"],
  ["identitycenter", "singlesignon/home"],
  ["logs", "cloudwatch/home"],
  ["opensearch", "aos/home"],
  ["organizations", "organizations/v2/home"],
  ["redshift", "redshiftv2/home"],
  ["route53", "route53/v2/home"],
  ["sqs", "sqs/v3/home"],
  ["ssm", "systems-manager/home"],
  ["sso", "singlesignon/home"],
  ["stepfunctions", "states/home"],
  ["waf", "wafv2/homev2"],
]);

/** Services that completion in a shell offers; any other that the console has is taken as well. */
export const SERVICES: readonly string[] = [
  ...PATHS.keys(),
  ...[
    "cloudformation",
    "cloudwatch",
    "ec2",
    "ecr",
    "eks",
    "iam",
    "kms",
    "lambda",
    "rds",
    "s3",
    "vpc",
  ],
].toSorted();

/**
 * Finds the page of the console for a URL, for the name of a service (`s3`, in the session's region), or
 * for `undefined`: the console's home page.
 *
 * @throws UserError exit code 2 when the text is neither, is on another host, or the partition's console is
 * not public and `--console-url` is missing
 */
export function consoleDestination(text: string | undefined, place: ConsolePlace): URL {
  const target = consoleOf(place);
  if (text === undefined) return pageOf(target, "home", place);
  const service = text.toLowerCase();
  if (/^[a-z][a-z0-9-]{0,62}$/.test(service)) return pageOf(target, service, place);
  const refuse = (reason: string, more = "") =>
    new UserError("console-destination", `Cannot use --console-destination: ${reason}`, {
      exitCode: ExitCode.USAGE,
      hint:
        `Use a URL that starts with ${target.home.origin}/, or a service such as s3, ec2 or lambda.${more}`,
    });
  // Browsers and servers read these differently: what is a path to one is a host to the other.
  if (/[\s\\\p{C}]/u.test(text)) {
    throw refuse("it contains white space, a backslash or a control character");
  }
  const url = /^[a-z]+:\/\/[^/]/i.test(text) ? URL.parse(text) : null;
  if (url === null) throw refuse("it is neither a URL nor the name of a service");
  if (/^[^/]+\/\/[^/?#]*@/.test(text)) {
    throw refuse("it contains a user name or password");
  }
  const { protocol } = target.home;
  if (url.protocol !== protocol) {
    throw refuse(`it starts with ${url.protocol}// instead of ${protocol}//`);
  }
  if (!isOn(url, target, place.partition)) {
    throw refuse(
      `${
        foreign(url.host, 100)
      } is not ${target.bare}, nor a region of ${place.partition.id} in front of it`,
      sessionHint(url, target),
    );
  }
  return url;
}

/** The console of this session. */
interface Console {
  /** Its origin in the session's region. */
  readonly home: URL;
  /** Its host without the region. */
  readonly bare: string;
}

function consoleOf({ partition, region, consoleUrl }: ConsolePlace): Console {
  if (consoleUrl !== undefined) return givenConsole(consoleUrl, partition);
  const host = consoleHost(partition, region);
  const bare = consoleHost(partition, undefined);
  if (host === undefined || bare === undefined) {
    throw new UserError(
      "console-host",
      `Cannot open the console of partition ${partition.id}: AWS does not publish its address`,
      {
        exitCode: ExitCode.USAGE,
        hint: "Pass your organization's address with --console-url.",
      },
    );
  }
  return { home: new URL(`https://${host}`), bare };
}

function givenConsole(url: URL, partition: Partition): Console {
  if (!isGuarded(url) || url.username !== "" || url.password !== "") {
    throw new UserError(
      "console-url",
      "Cannot use --console-url: it must start with https:// and contain no user name or password",
      {
        exitCode: ExitCode.USAGE,
        hint: "Use the console's address, such as https://console.example.",
      },
    );
  }
  const [first = "", ...rest] = url.hostname.split(".");
  // Never a top-level domain alone: anyone can have a name there.
  const regional = partition.regions.test(first) && rest.length > 1;
  return { home: new URL(url.origin), bare: regional ? rest.join(".") : url.hostname };
}

function isOn(url: URL, { home, bare }: Console, partition: Partition): boolean {
  if (url.port !== home.port) return false;
  if (url.hostname === bare || url.hostname === home.hostname) return true;
  return url.hostname.endsWith(`.${bare}`) &&
    partition.regions.test(url.hostname.slice(0, -bare.length - 1));
}

/** Explains the host that the address bar shows with several sessions: it only works for one of them. */
function sessionHint({ hostname }: URL, { bare }: Console): string {
  const session = /^\d{12}-[a-z0-9]+\./.exec(hostname)?.[0];
  if (session === undefined || !hostname.endsWith(bare)) return "";
  return `\nLeave out "${session}", which is one session of that browser.`;
}

function pageOf({ home }: Console, service: string, { region }: ConsolePlace): URL {
  const url = new URL(`/${PATHS.get(service) ?? `${service}/home`}`, home);
  if (region !== undefined) url.searchParams.set("region", region);
  return url;
}
