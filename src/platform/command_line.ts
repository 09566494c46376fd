/**
 * One word for a POSIX shell. Words that need no quotes stay as they are.
 *
 * @param word any text without NUL
 */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Splits a command line into words the way SOPS does for `SOPS_AGE_KEY_CMD` and `EDITOR`: white
 * space, single and double quotes, backslash (which escapes any character, also inside double
 * quotes) and comments. No variable, glob or substitution means anything.
 *
 * @returns the words, or nothing where a quote stays open or a backslash ends the line
 * @see github.com/google/shlex
 */
export function commandWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote !== "'" && char === "\\") {
      if (++at === line.length) return undefined;
      word = (word ?? "") + line.charAt(at);
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "#" && word === undefined) {
      while (at < line.length && line.charAt(at) !== "\n") at++;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
