/**
 * The refusals of STS, in AWS' own words:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html
 *
 * @module
 */

/** The HTTP status and the usual message of each code. */
export const STS_ERRORS = {
  AccessDenied: [403, "Not authorized to perform sts:AssumeRoleWithSAML"],
  ExpiredTokenException: [400, "Token must be redeemed within 5 minutes of issuance"],
  IDPCommunicationError: [400, "Couldn't retrieve verification key from your identity provider"],
  IDPRejectedClaim: [403, "The identity provider (IdP) reported that authentication failed"],
  InternalFailure: [500, "An internal error occurred"],
  InvalidAction: [400, "Could not find operation for the version"],
  InvalidClientTokenId: [403, "The security token included in the request is invalid."],
  ExpiredToken: [403, "The security token included in the request is expired"],
  InvalidIdentityToken: [400, "Response signature invalid"],
  MalformedPolicyDocument: [400, "This policy contains invalid Json"],
  PackedPolicyTooLarge: [
    400,
    "Packed policy consumes 128% of allotted space, please use smaller policy.",
  ],
  RegionDisabledException: [
    403,
    "STS is not activated in this region for account:111122223333. Your account administrator can" +
    " activate STS in this region using the IAM Console.",
  ],
  ServiceUnavailable: [503, "Service is unavailable"],
  Throttling: [400, "Rate exceeded"],
  ValidationError: [
    400,
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  ],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** A code that STS answers with. */
export type StsErrorCode = keyof typeof STS_ERRORS;

/** Thrown inside the stand-in; becomes an ErrorResponse. */
export class StsRefusal extends Error {
  override readonly name = "StsRefusal";
  /** The HTTP status. */
  readonly status: number;

  constructor(readonly code: StsErrorCode, message?: string) {
    super(message ?? STS_ERRORS[code][1]);
    this.status = STS_ERRORS[code][0];
  }
}
