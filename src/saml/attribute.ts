/**
 * The names of AWS's own SAML attributes; apart from the reader, so that code that only looks into an
 * assertion that has been read does not load the XML parser.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

/** The prefix of AWS's own attributes. */
export const AWS_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/";
