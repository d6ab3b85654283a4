/**
 * `--account-names FILE`: names for account numbers, which are all that an assertion has; pure.
 *
 * @module
 */

/** Account number → name. */
export type AccountNames = ReadonlyMap<string, string>;

/**
 * Reads a JSON object (`{"111122223333": "prod"}`) or lines of a number and a name with a blank, comma,
 * tab, colon or equals sign between; empty lines and those that begin with `#` are passed over.
 *
 * @throws an `Error` that names the line and what is wrong with it
 */
export function parseAccountNames(text: string): AccountNames {
  const names = new Map<string, string>();
  const body = text.replace(/^\uFEFF/, "");
  if (body.trimStart().startsWith("{")) {
    const value: unknown = JSON.parse(body);
    for (const [account, name] of Object.entries(value ?? {})) {
      if (!/^\d{12}$/.test(account) || typeof name !== "string" || name.trim() === "") {
        throw new Error(`"${account}" must be a 12-digit account number with a name`);
      }
      names.set(account, name.trim());
    }
    return names;
  }
  for (const [index, line] of body.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    // Piece by piece, since one pattern for all takes the square of a run of blanks.
    const [, account, rest = ""] = /^"?(\d{12})"?(?=[\s,:=])(.*)$/s.exec(line.trim()) ?? [];
    const [, name = ""] = /^"?(.*)$/s.exec(rest.trimStart().replace(/^[,:=]\s*/, "")) ?? [];
    if (account === undefined || !/^[^\s",:=].*$/.test(name)) {
      throw new Error(`line ${index + 1} is not a 12-digit account number with a name`);
    }
    names.set(account, name.length > 1 && name.endsWith('"') ? name.slice(0, -1) : name);
  }
  return names;
}
