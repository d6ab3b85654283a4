/**
 * The headline of an error on its page: a few words for people. The message itself stands below. Pure.
 *
 * @module
 */

import { ExitCode, type UserError } from "../../errors.ts";

/** By the code of the error. */
const BY_CODE: Readonly<Record<string, string>> = {
  "assertion-unreadable": "Your IdP's response can't be read",
  "assertion-status": "Your IdP didn't sign you in",
  "assertion-absent": "Your IdP's response has no assertion",
  "assertion-other-idp": "That sign-in is from another IdP",
  "assertion-encrypted": "Your sign-in is encrypted",
  "assertion-not-yet-valid": "This computer's clock is behind",
  "assertion-expired": "This sign-in has expired",
  "assertion-session-name": "Your IdP sent no usable session name",
  "assertion-other-provider": "That role needs another SAML provider",
  "role-filtered": "Your filters exclude that role",
  "role-not-offered": "That role isn't in your sign-in",
  "region-mismatch": "That region doesn't fit the role",
  "sts-AccessDenied": "AWS denied access to that role",
  "sts-ExpiredTokenException": "This sign-in has expired",
  "sts-InvalidIdentityToken": "AWS doesn't accept this sign-in",
  "sts-IDPRejectedClaim": "AWS doesn't accept this sign-in",
  "sts-RegionDisabledException": "AWS STS isn't active in that region",
  "console-refused": "The AWS console refused the sign-in",
  "console-unreachable": "Can't reach the AWS console",
  "stdout-unwritable": "The credentials could not be delivered",
  "sync-refused": "AWS refused every role",
  "cancelled": "Cancelled",
};

/** By its exit code, for all others. */
const BY_EXIT_CODE: Readonly<Partial<Record<ExitCode, string>>> = {
  [ExitCode.FAULT]: "Something went wrong in stssamldriver",
  [ExitCode.USAGE]: "Your settings don't fit this sign-in",
  [ExitCode.NO_ASSERTION]: "This sign-in has expired",
  [ExitCode.BAD_ASSERTION]: "This sign-in can't be used",
  [ExitCode.REFUSED]: "AWS refused the sign-in",
  [ExitCode.UNREACHABLE]: "Can't reach AWS",
  [ExitCode.FILE]: "Can't write the profile",
};

/** Those that another account at the IdP may help with. */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([
  "assertion-other-provider",
  "role-filtered",
  "role-not-offered",
  "sts-AccessDenied",
]);

/** Returns the title of an error's page. */
export function headlineOf({ code, exitCode, parts }: UserError): string {
  return parts.headline ?? BY_CODE[code] ?? BY_EXIT_CODE[exitCode] ?? "The sign-in failed";
}

/** Tells if another account at the IdP may help. */
export function isOfTheAccount({ code }: UserError): boolean {
  return OF_THE_ACCOUNT.has(code);
}
