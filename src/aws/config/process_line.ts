import { ProcessLineError } from "./errors.ts";

/**
 * The value of `credential_process` that starts a program with these words, whoever reads it.
 *
 * The SDKs differ: botocore splits the value itself (Python's `shlex`) and starts no shell, the SDKs
 * for JavaScript and Go hand it to `sh -c`. Before that the JavaScript and Go readers end a value at
 * a `#` or `;` behind white space, quotes or not, and Go's takes away the quotes of a value that
 * begins and ends with the same one. So words are put in single quotes, in which nothing means
 * anything to a shell or to shlex, white space and `#` do not touch, and the last word is plain.
 *
 * @param words the first is an absolute path; the last needs no quotes
 * @throws {ProcessLineError} where no form works for all three
 * @see botocore/compat.py, compat_shell_split; smithy-typescript, parseIni; aws-sdk-go-v2,
 *   internal/ini and credentials/processcreds
 */
export function processLine(words: readonly string[]): string {
  for (const word of words) {
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    if (/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(word)) throw new ProcessLineError(word, "control");
    if (!word.isWellFormed()) throw new ProcessLineError(word, "not unicode");
  }
  const last = words.at(-1)!;
  if (!plain.test(last)) throw new ProcessLineError(last, "last word");
  return words.map(quoted).join(" ");
}

const plain = /^[\w@%+=:,./-]+$/;

function quoted(word: string): string {
  if (plain.test(word)) return word;
  const single = `'${word.replaceAll("'", `'\\''`)}'`;
  // Quotes that close and open again keep the space and what would begin a comment apart.
  return single.replaceAll(/(\s)(?=[#;])/g, "$1''");
}

/**
 * Whether a value is one that {@link processLine} wrote, or somebody by hand who meant the same: it
 * runs `credsmith credential-process`.
 */
export function isOurProcess(value: string): boolean {
  return /\scredential-process(\s|$)/.test(value);
}
