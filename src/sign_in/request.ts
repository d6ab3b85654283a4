/**
 * What a sign-in is asked for, as the command line, the variables and the profile together say it.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import type { Region } from "../aws/region.ts";

/** Everything that shapes one sign-in. */
export interface SignInRequest {
  readonly role: IamArn;
  readonly provider: IamArn;
  readonly region: Region;
  /** 900 to 43200. */
  readonly durationSeconds: number;
  readonly strictDuration: boolean;
  readonly policyArns: readonly IamArn[];
  /** A session policy, JSON. */
  readonly policy: string | undefined;
  /** Where the browser is sent to start; http or https. */
  readonly issuer: URL | undefined;
  /** The only IdP whose assertions are taken, by entity ID. */
  readonly idp: string | undefined;
  /** What opens the browser: a command, `none`, or `undefined` for the system's. */
  readonly browser: string | undefined;
  readonly port: number;
  /** A certificate and its key in PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** How long to wait for an assertion once the port is ours, milliseconds; `undefined` for ever. */
  readonly timeoutMs: number | undefined;
}
