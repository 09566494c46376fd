/** A text that does not split into words; `at` says what was open at its end. */
export class WordsError extends SyntaxError {
  override name = "WordsError";
  constructor(readonly at: "quote" | "escape") {
    super(at === "quote" ? "a quote is not closed" : "nothing follows the last backslash");
  }
}

/**
 * Splits the value of `$EDITOR` into words, as sops does: blanks separate, both kinds of quotes and
 * the backslash protect, `#` at the start of a word begins a comment; nothing is expanded.
 *
 * @throws {WordsError} where a quote or a backslash is left open
 * @see github.com/google/shlex
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === "\\" && quote !== "'") {
      const next = characters[++i];
      if (next === undefined) throw new WordsError("escape");
      word = (word ?? "") + next;
    } else if (quote) {
      if (character === quote) quote = undefined;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "#" && word === undefined) {
      while (i < characters.length && characters[i] !== "\n") i++;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote) throw new WordsError("quote");
  if (word !== undefined) words.push(word);
  return words;
}
