/**
 * A value that must never be printed by accident.
 *
 * @module
 */

/**
 * Holds a secret (a posted assertion, a secret key, a session token) so that logging, string
 * interpolation, `JSON.stringify` and `Deno.inspect` show a placeholder. Only {@linkcode reveal} gives
 * the value, so every place that lets it out can be found by that word.
 */
export class Secret {
  readonly #value: string;
  readonly #label: string;

  /**
   * @param value the secret itself
   * @param label what is shown instead, without brackets: `secret key`
   */
  constructor(value: string, label: string) {
    this.#value = value;
    this.#label = label;
  }

  /** The secret itself. */
  reveal(): string {
    return this.#value;
  }

  /** The placeholder: `[secret key]`. */
  toString(): string {
    return `[${this.#label}]`;
  }

  /** The placeholder, for `JSON.stringify`. */
  toJSON(): string {
    return this.toString();
  }

  /** The placeholder, for `Deno.inspect` and `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}
