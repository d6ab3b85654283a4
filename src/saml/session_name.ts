/**
 * The rule of STS for names of people: RoleSessionName and SourceIdentity.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

/** Says why STS does not take a name; `undefined` when it does. */
export function nameFault(name: string): string | undefined {
  const letters = [...new Set(name.match(/[^\w+=,.@-]/gu))];
  if (letters.length > 0) {
    const more = letters.length - 5;
    const shown = letters.slice(0, 5).map(letterShown).join(", ");
    return `it has ${shown}${more > 0 ? ` and ${more} more that it does not take` : ""}`;
  }
  if (name.length > 64) return `it has ${name.length} characters, more than 64`;
  return name.length < 2 ? "it has only one character" : undefined;
}

/** What to map instead of a name that STS does not take. */
export function nameRemedy(name: string): string {
  if (/[\\/]/.test(name)) {
    return "Map it to the user's name without the domain, or to the user principal name or email address.";
  }
  if (name.length < 2) return "Map it to a longer attribute, such as the user's email address.";
  const such = name.includes("@") ? "" : "the user's email address, ";
  return `Map it to ${such}the user name, the employee ID or another ${
    name.length > 64 ? "short attribute" : "attribute without such characters"
  }.`;
}

/** A letter in quotes; one that cannot be seen by its name. */
function letterShown(letter: string): string {
  if (letter === " ") return "a space";
  if (/[\s\p{C}\p{Z}]/u.test(letter)) {
    return `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return letter === '"' ? `'"'` : `"${letter}"`;
}
