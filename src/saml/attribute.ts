/**
 * The names of AWS' own attributes; apart from the reader, since those who only look into an assertion
 * that was read must not load the XML parser.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

/** What AWS' own attributes begin with. */
export const AWS_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/";
