/**
 * Where releases are published.
 *
 * @module
 */

/** The repository that the documents and the install scripts name. */
export const DOCUMENTED = "https://github.com/sts-saml-driver/sts-saml-driver";

const name = Deno.env.get("GITHUB_REPOSITORY");

/** The repository that builds this release: GitHub's own variables name it. */
export const REPOSITORY = name === undefined
  ? DOCUMENTED
  : `${Deno.env.get("GITHUB_SERVER_URL") ?? "https://github.com"}/${name}`;
