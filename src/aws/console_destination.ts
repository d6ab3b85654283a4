/**
 * Where the person lands after the console's sign-in: `--console-destination` → a URL of the partition's
 * console, and of nothing else.
 *
 * The sign-in sends a fresh session to its Destination, so a foreign one would make a phishing page look
 * like the end of our own sign-in.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";
import { consoleHost, type Partition } from "./partition.ts";
import { isGuarded } from "./endpoint.ts";

/** Whose console. */
export interface ConsolePlace {
  readonly partition: Partition;
  /** `undefined` when nobody named one: the console then shows the region it showed last. */
  readonly region: string | undefined;
  /** `--console-url`: in place of the partition's own console. */
  readonly consoleUrl?: URL | undefined;
}

/**
 * The services whose home is not at `/NAME/home`, and names that people use instead of the console's.
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

/**
 * The page of the console that is meant by a URL on it, by the name of a service (`s3`; in the session's
 * region), or by nothing: the console's home.
 *
 * @throws UserError exit code 2 when it is neither, is on another host, or the partition's console is not
 * public and `--console-url` is not given
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
        `Give a URL that begins with ${target.home.origin}/, or a service: s3, ec2, lambda.${more}`,
    });
  // Browsers and servers read these differently: what one takes for a path is the other's host.
  if (/[\s\\\p{C}]/u.test(text)) {
    throw refuse("it holds white space, a backslash or a control character");
  }
  const url = /^[a-z]+:\/\/[^/]/i.test(text) ? URL.parse(text) : null;
  if (url === null) throw refuse("it is neither a URL nor the name of a service");
  if (/^[^/]+\/\/[^/?#]*@/.test(text)) {
    throw refuse("a user or password stands before its host");
  }
  const { protocol } = target.home;
  if (url.protocol !== protocol) {
    throw refuse(`it begins with ${url.protocol}, not with ${protocol}`);
  }
  if (!isOn(url, target, place.partition)) {
    throw refuse(
      `${
        foreign(url.host, 100)
      } is not ${target.bare}, nor a region of ${place.partition.id} before that`,
      sessionHint(url, target),
    );
  }
  return url;
}

/** The console of this session. */
interface Console {
  /** Its origin in the session's region. */
  readonly home: URL;
  /** Its host without a region. */
  readonly bare: string;
}

function consoleOf({ partition, region, consoleUrl }: ConsolePlace): Console {
  if (consoleUrl !== undefined) return givenConsole(consoleUrl, partition);
  const host = consoleHost(partition, region);
  const bare = consoleHost(partition, undefined);
  if (host === undefined || bare === undefined) {
    throw new UserError(
      "console-host",
      `Cannot tell where the console of ${partition.id} is: AWS does not publish its address`,
      {
        exitCode: ExitCode.USAGE,
        hint: "Give it with --console-url, as your organization names it.",
      },
    );
  }
  return { home: new URL(`https://${host}`), bare };
}

function givenConsole(url: URL, partition: Partition): Console {
  if (!isGuarded(url) || url.username !== "" || url.password !== "") {
    throw new UserError(
      "console-url",
      "Cannot use --console-url: it is not https, or holds a user or password",
      { exitCode: ExitCode.USAGE, hint: "Give the console's address, as https://console.example." },
    );
  }
  const [first = "", ...rest] = url.hostname.split(".");
  // Never a top-level domain alone: everybody has a name in those.
  const regional = partition.regions.test(first) && rest.length > 1;
  return { home: new URL(url.origin), bare: regional ? rest.join(".") : url.hostname };
}

function isOn(url: URL, { home, bare }: Console, partition: Partition): boolean {
  if (url.port !== home.port) return false;
  if (url.hostname === bare || url.hostname === home.hostname) return true;
  return url.hostname.endsWith(`.${bare}`) &&
    partition.regions.test(url.hostname.slice(0, -bare.length - 1));
}

/** The address bar of a browser with several sessions shows a host that is good for one of them only. */
function sessionHint({ hostname }: URL, { bare }: Console): string {
  const session = /^\d{12}-[a-z0-9]+\./.exec(hostname)?.[0];
  if (session === undefined || !hostname.endsWith(bare)) return "";
  return `\nLeave out "${session}", which stands for a session of that browser.`;
}

function pageOf({ home }: Console, service: string, { region }: ConsolePlace): URL {
  const url = new URL(`/${PATHS.get(service) ?? `${service}/home`}`, home);
  if (region !== undefined) url.searchParams.set("region", region);
  return url;
}
