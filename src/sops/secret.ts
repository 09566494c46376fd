const hidden = "<secret>";

/**
 * A value that must not be printed by accident. `String()`, template literals, `JSON.stringify`
 * and `console.log` all give `<secret>`; only `reveal()` gives the text, and is easy to grep for.
 */
export class Secret {
  readonly #text: string;

  /** @param text the value itself, as decoded text; may hold quotes, newlines and any Unicode */
  constructor(text: string) {
    this.#text = text;
  }

  /** The value itself. Whoever calls this answers for where it goes. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return hidden;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return hidden;
  }
}
