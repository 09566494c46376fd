/** Options of git itself that have their value in a word of its own. */
const withValue = new Set([
  "-C",
  "-c",
  "--attr-source",
  "--config-env",
  "--exec-path",
  "--git-dir",
  "--namespace",
  "--super-prefix",
  "--work-tree",
]);

/**
 * Which of git's commands a command line runs.
 *
 * @param words of a process
 * @returns `commit`; nothing where it is not git's
 */
export function gitCommand(words: readonly string[]): string | undefined {
  const [program = "", ...rest] = words;
  const name = program.replace(/^.*\//, "").replace(/\.exe$/, "");
  if (name.startsWith("git-")) return name.slice("git-".length);
  if (name !== "git") return undefined;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (!word.startsWith("-")) return word;
    if (withValue.has(word)) at++;
  }
  return undefined;
}
