/**
 * Every flag, declared once: its name, its help and how its text is read.
 *
 * @module
 */

import { parsePolicyArn, parseSamlProviderArn, parseSamlRoleArn } from "../aws/arn.ts";
import { parseRegion } from "../aws/partition.ts";
import { SHELLS } from "../delivery/shells.ts";
import {
  asIs,
  list,
  NO_FILE,
  ONCE,
  oneOf,
  type Option,
  parseAccount,
  parseAcsIndex,
  parseDuration,
  parsePort,
  parseTimeout,
  parseWebUrl,
  toggle,
  value,
} from "./settings/option_values.ts";

type Table = Readonly<Record<string, Option<unknown>>>;

const ROLE = {
  "role-arn": value("ARN", "the role (default: choose in the browser)", parseSamlRoleArn, {
    part: "role",
    offers: "role",
  }),
  "saml-provider-arn": value(
    "ARN",
    "the IAM SAML provider (default: from the sign-in)",
    parseSamlProviderArn,
    { part: "role" },
  ),
  "account": list("ID", "only roles in this account; repeatable", parseAccount, {
    part: "choice",
  }),
  "role-filter": list(
    "PATTERN",
    "only roles whose name or ARN matches, * for any text; repeatable",
    asIs,
    { part: "choice" },
  ),
  "account-names": value("FILE", "names for account numbers, shown in the browser", asIs, {
    part: "choice",
    isFile: true,
    profile: "line",
  }),
} as const satisfies Table;

const SIGN_IN = {
  "start-url": value(
    "URL",
    // One line of the short help, as the length of the session.
    "the link of the AWS tile in your portal (also --issuer)",
    parseWebUrl,
    { part: "idp", aliases: ["issuer"] },
  ),
  "sso-url": value(
    "URL",
    "your IdP's sign-on endpoint: the sign-in starts with a request (SP-initiated)",
    parseWebUrl,
    { part: "idp" },
  ),
  "idp-metadata": value(
    "FILE|URL",
    "your IdP's metadata, which gives --sso-url and --idp",
    asIs,
    { part: "idp", isFile: true, profile: "line" },
  ),
  "sso-binding": value(
    "redirect|post",
    "how the request is sent (default redirect)",
    oneOf("redirect", "post"),
    { part: "idp" },
  ),
  "sp-entity-id": value(
    "ID",
    "entity ID of the AWS application at your IdP (default urn:amazon:webservices)",
    asIs,
    { part: "idp" },
  ),
  "acs-index": value(
    "N",
    "ask for the ACS URL with this index (default: this program's URL)",
    parseAcsIndex,
    { part: "idp" },
  ),
  "force-authn": toggle("sign in again, even with a session at your IdP", { part: "idp" }),
  "idp": value("ENTITY_ID", "accept sign-ins from this identity provider only", asIs, {
    part: "idp",
  }),
  "browser": value(
    "CMD|none",
    "browser to use; none only prints the address (default: BROWSER, the system's)",
    asIs,
    { part: "wait", profile: "nothing", commonVariable: "BROWSER", offers: "browser" },
  ),
  "timeout": value(
    "T",
    "how long to wait: 90s, 5m, 1h; 0 waits forever (default 5m)",
    parseTimeout,
    { part: "wait" },
  ),
} as const satisfies Table;

const SESSION = {
  "duration-seconds": value(
    "N",
    "900 to 43200, or 1h, 90m (default: your IdP's, else 1h)",
    parseDuration,
    { part: "session" },
  ),
  "strict-duration": toggle("fail if the role does not allow a session that long", {
    part: "session",
  }),
  "policy-arn": list("ARN", "managed policy that limits the session; repeatable", parsePolicyArn, {
    part: "session",
  }),
  "policy-file": value("FILE", "JSON policy that limits the session", asIs, {
    part: "session",
    isFile: true,
    profile: "line",
  }),
  "region": value("REGION", "STS region (default: AWS_REGION, the profile's)", parseRegion, {
    part: "region",
    offers: "region",
  }),
  "cache": toggle(
    "cache the session until shortly before it expires (default: on, but off for JSON output)",
    { negation: true },
  ),
  "serve": toggle("give the command an endpoint with credentials that are renewed, not keys"),
  "no-interactive": toggle("never open a browser; fail if nothing is cached"),
  "all": toggle("every session", ONCE),
} as const satisfies Table;

const OUTPUT = {
  "print": toggle("print the credentials as JSON on a terminal, too", ONCE),
  "shell": value("NAME", `${SHELLS.join(", ")} (default: detected)`, oneOf(...SHELLS), {
    machine: false,
  }),
  "json": toggle("print JSON", ONCE),
  "dry-run": toggle("only show what would be written or deleted", ONCE),
  "verbose": toggle("more output", { part: "messages", letter: "v" }),
  "log-format": value(
    "text|json",
    "log format; JSON goes to stderr (default text)",
    oneOf("text", "json"),
    { part: "messages" },
  ),
  "log-to": value(
    "terminal|stderr",
    "where messages go (default terminal)",
    oneOf("terminal", "stderr"),
    { part: "messages" },
  ),
  "assertion": value("FILE", "explain this recorded SAML Response; - reads stdin", asIs, {
    isFile: true,
    ...ONCE,
  }),
} as const satisfies Table;

const PROFILE = {
  "profile": value("NAME", "read missing flags from this profile", asIs, {
    ...NO_FILE,
    offers: "own-profile",
  }),
  "profile-to-update": value("NAME", "write the credentials to this profile", asIs, {
    ...NO_FILE,
    offers: "profile",
  }),
  "path": value("FILE", "file to write (default: AWS_CONFIG_FILE, ~/.aws/config)", asIs, {
    part: "target",
    isFile: true,
    ...NO_FILE,
  }),
  "file-type": value(
    "config|credentials",
    "type of that file (default: by its name)",
    oneOf("config", "credentials"),
    { part: "target", machine: false },
  ),
  "replace": toggle("remove settings that conflict", { part: "target", ...ONCE }),
  "on-write-failure": value(
    "print|keep",
    "if the file can't be written: print or keep the session (default keep)",
    oneOf("print", "keep"),
    { part: "target", ...ONCE },
  ),
  "name-template": value("T", "profile names (default {account}-{role})", asIs),
  "process": toggle("write credential_process lines instead of keys"),
  "prune": toggle("remove profiles of an earlier sync whose roles are gone", ONCE),
} as const satisfies Table;

const CONSOLE = {
  "console": toggle("open the AWS console, too", { machine: false }),
  "console-destination": value("URL|SERVICE", "console page to open (default: home)", asIs, {
    part: "console",
    profile: "words",
    offers: "service",
  }),
  "console-duration": value("N", "how long the console session lasts", parseDuration, {
    part: "console",
  }),
  "signin-url": value("URL", "the console's sign-in, for private partitions", parseWebUrl, {
    part: "console",
    profile: "line",
  }),
  "console-url": value("URL", "the console, for private partitions", parseWebUrl, {
    part: "console",
    profile: "line",
  }),
  "print-url": toggle("print the console's login URL instead of opening it", ONCE),
  "container": value("NAME", "open the console in this Firefox container", asIs, {
    machine: false,
  }),
} as const satisfies Table;

const NETWORK = {
  "paste": toggle(
    "paste the SAML Response, or pipe it in, instead of listening on a port",
    { part: "wait" },
  ),
  "port": value("N", "port to listen on (default 8090)", parsePort, { part: "wait" }),
  "tls-cert": value("FILE", "listen over https with this certificate, PEM", asIs, {
    part: "wait",
    isFile: true,
    profile: "line",
  }),
  "tls-key": value("FILE", "private key of that certificate, PEM", asIs, {
    part: "wait",
    isFile: true,
    profile: "line",
  }),
} as const satisfies Table;

const RELAY = {
  "listen": value("ADDR", "address and port to listen on, such as 0.0.0.0:8443", asIs, NO_FILE),
  "driver-port": value(
    "N",
    "port of the drivers on people's own machines (default 8090)",
    parsePort,
    NO_FILE,
  ),
  "trust-proxy": list(
    "CIDR",
    "believe X-Forwarded-For from proxies in this network; repeatable",
    asIs,
    NO_FILE,
  ),
} as const satisfies Table;

/** Every option of the program by its name, which is its flag without the dashes. */
export const OPTIONS = {
  ...ROLE,
  ...SIGN_IN,
  ...SESSION,
  ...OUTPUT,
  ...PROFILE,
  ...CONSOLE,
  ...NETWORK,
  ...RELAY,
};

/** The options by theme, in the order of the help. */
export const THEMES: Readonly<Record<string, Table>> = {
  "Role": ROLE,
  "Sign-in": SIGN_IN,
  "Session": SESSION,
  "Output": OUTPUT,
  "Profile": PROFILE,
  "Console": CONSOLE,
  "Network": NETWORK,
  "Relay": RELAY,
};
