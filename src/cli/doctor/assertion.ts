/**
 * `doctor --assertion`: a recorded SAML Response, explained.
 *
 * @module
 */

import { ExitCode, systemReason, UserError } from "../../errors.ts";
import { copiedResponse } from "../../saml/copied_response.ts";
import { reportOn, type ResponseReport } from "../../saml/report.ts";
import { pastedText } from "../../sign_in/pasted.ts";
import { readInput } from "../../system/text_file.ts";
import {
  few,
  foreign,
  isoSeconds,
  plural,
  printableJson,
  span,
  table,
  UNPRINTABLE,
  utcTime,
} from "../../text.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import type { CommandInput } from "../command.ts";

/** The largest file that is read, bytes: a Response that STS takes is a tenth of it, however it is written down. */
const MOST_BYTES = 1 << 20;

/** Prints what a Response says; ends with exit code 5 when it would be refused for more than its age. */
export async function explainAssertion(
  path: string,
  { input, deps }: { readonly input: CommandInput; readonly deps: Deps },
): Promise<void> {
  const { values, print } = input;
  const field = await fieldIn(path, input, deps);
  // Anybody may have written it.
  deps.keepNetworkOnly();
  const report = reportOn(field);
  await print(values.json ? json(report, deps.now()) : text(report, deps.now()));
  const [first, ...others] = report.problems;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${plural(others.length, "more problem")})`;
  throw new UserError(
    "assertion-faulty",
    `This SAML Response would be refused: ${first.message}${more}`,
    { exitCode: ExitCode.BAD_ASSERTION },
  );
}

/** The form field of a recording: XML, base64, or the form's body. */
async function fieldIn(path: string, { terminal }: CommandInput, deps: Deps): Promise<string> {
  const pasted = path === "-" ? await pastedBytes(terminal, deps) : undefined;
  const bytes = pasted ?? await bytesOf(path, deps);
  const text = textOf(bytes);
  const copied = copiedResponse(text);
  // A page with the form in it begins like XML, too.
  if (copied.isWhole || !text.trimStart().startsWith("<")) return copied.field;
  // The bytes as they are: the document may name its encoding.
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** What a person pastes on the terminal; `undefined` where stdin is none. */
async function pastedBytes(
  terminal: CommandInput["terminal"],
  { pasting, signal }: Deps,
): Promise<Uint8Array | undefined> {
  await using paste = await pasting.openInput();
  if (!paste.isTerminal) return undefined;
  terminal.say("notice", "Paste the SAML Response here. It is not shown (Ctrl-C to cancel)");
  return new TextEncoder().encode(await pastedText(paste, signal));
}

async function bytesOf(path: string, deps: Deps): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readInput(path === "-" ? undefined : deps.expand(path), MOST_BYTES);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "no such file" : systemReason(error);
    throw usageError("file-unreadable", `Cannot read --assertion ${path}: ${reason}`);
  }
  if (bytes !== undefined) return bytes;
  throw new UserError(
    "assertion-unreadable",
    `Cannot use --assertion ${path}: it is larger than ${MOST_BYTES} bytes`,
    {
      exitCode: ExitCode.BAD_ASSERTION,
      hint: "It takes one SAML Response: as XML, as base64, or as the body of the form.",
    },
  );
}

/** Text as editors and shells save it: UTF-8, or UTF-16 with a byte order mark. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding = first === 0xff && second === 0xfe
    ? "utf-16le"
    : first === 0xfe && second === 0xff
    ? "utf-16be"
    : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

/** The report for people. */
function text(report: ResponseReport, now: number): string {
  const { problems, remarks, roles, policies } = report;
  const shown = facts(report, now).filter((fact) => fact[1] !== undefined);
  const width = Math.max(...shown.map(([label]) => label.length)) + 2;
  const parts = [
    shown.map(([label, value]) => label.padEnd(width) + value).join("\n"),
    ...roles.length === 0 ? [] : [
      table(
        ["ACCOUNT", "ROLE", "PROVIDER"],
        roles.map(({ role, provider }) => [role.account, role.name, provider.name]),
      ).trimEnd(),
    ],
    problems.length === 0
      ? "Nothing in it is wrong for AWS, as far as can be seen without the key of the IdP"
      : problems.map(({ message, remedy = "" }) =>
        [`Problem: ${message}`, ...remedy.split("\n").filter(Boolean)].join("\n  ")
      ).join("\n"),
    ...remarks.length === 0 ? [] : [remarks.map((each) => `Note: ${each}`).join("\n")],
    ...policies.map(({ provider, policy }) =>
      `A trust policy that allows it, for the roles through ${provider}:\n${policy}`
    ),
  ];
  // Whoever made the Response must not write lines of ours, or drive the terminal.
  return parts.join("\n\n").split("\n").map((line) => line.replace(UNPRINTABLE, "\ufffd"))
    .join("\n") + "\n";
}

type Fact = readonly [label: string, value: string | undefined];

function facts(report: ResponseReport, now: number): readonly Fact[] {
  const { response, assertion, issuer, person, durationSeconds, signed, tagKeys } = report;
  const list = (texts: readonly string[] = []) =>
    texts.length === 0 ? "none" : few(texts.map((each) => foreign(each)), 5);
  const read = (value: string | undefined) => assertion && value;
  return [
    ["From (Issuer)", issuer === undefined ? "not named" : foreign(issuer)],
    ["For (Audience)", read(list(assertion?.audiences))],
    ["Posted to (Recipient)", read(list(assertion?.recipients))],
    ["Destination", response.destination && foreign(response.destination)],
    ["Status", response.status.success ? undefined : foreign(response.status.codes.join("/"))],
    ["Valid", assertion && validity(report, now)],
    ["Signed in as", read(person === undefined ? "not named" : foreign(person))],
    [
      "Session length",
      read(
        durationSeconds === undefined
          ? "not named, so 1 hour"
          : `${durationSeconds} seconds (${span(durationSeconds * 1000)})`,
      ),
    ],
    [
      "Session ends",
      assertion?.sessionNotOnOrAfter === undefined
        ? undefined
        : `${utcTime(assertion.sessionNotOnOrAfter)} at the latest (SessionNotOnOrAfter)`,
    ],
    ["Session tags", tagKeys.length === 0 ? undefined : list(tagKeys)],
    ["Source identity", report.sourceIdentity ? "yes" : undefined],
    ["Signed", signed.length === 0 ? "no" : signed.join(" and ")],
    ["Encrypted", response.assertion === "encrypted" ? "yes" : "no"],
    ["Roles", assertion && plural(report.roles.length, "role")],
  ];
}

function validity({ assertion, expires = 0 }: ResponseReport, now: number): string | undefined {
  if (assertion === undefined) return undefined;
  const { issueInstant, notBefore = issueInstant } = assertion;
  const range = `${utcTime(Math.max(issueInstant, notBefore))} to ${utcTime(expires)}`;
  return now < expires ? range : `${range}: expired, which is normal for a recording`;
}

/** The report for programs. */
function json(report: ResponseReport, now: number): string {
  const { response, assertion, expires, policies } = report;
  const instant = (ms: number | undefined) => ms === undefined ? undefined : isoSeconds(ms);
  return printableJson(
    {
      usable: report.problems.length === 0,
      problems: report.problems,
      remarks: report.remarks,
      issuer: report.issuer,
      audiences: assertion?.audiences,
      recipients: assertion?.recipients,
      destination: response.destination,
      status: response.status.success ? "Success" : response.status.codes.join("/"),
      issued: instant(assertion?.issueInstant),
      notBefore: instant(assertion?.notBefore),
      notOnOrAfter: instant(expires),
      expired: expires === undefined ? undefined : expires <= now,
      sessionNotOnOrAfter: instant(assertion?.sessionNotOnOrAfter),
      inResponseTo: response.inResponseTo !== undefined || undefined,
      sessionName: report.person,
      sessionDuration: report.durationSeconds,
      sessionTags: report.tagKeys,
      sourceIdentity: report.sourceIdentity,
      signed: report.signed,
      encrypted: response.assertion === "encrypted",
      roles: report.roles.map(({ role, provider }) => ({
        account: role.account,
        role: role.name,
        roleArn: role.text,
        providerArn: provider.text,
      })),
      trustPolicies: policies.map(({ provider, roles, policy }) => ({
        providerArn: provider,
        roleArns: roles,
        policy: JSON.parse(policy),
      })),
    },
    2,
  ) + "\n";
}
