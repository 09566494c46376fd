/**
 * The rules that keep Claude Code's file tools away from identities and decrypted secrets. Files
 * under the home folder are named from there, so that the rules hold for everyone who shares them.
 *
 * @param paths absolute; a folder ends with a slash and stands for all that is in it
 * @see Claude Code's documentation, "Read and Edit": patterns as in gitignore, `//` for the root
 */
export function denyRules(paths: readonly string[], home: string | undefined): string[] {
  return [...new Set(paths.map((path) => `Read(${pattern(path, home)})`))];
}

function pattern(path: string, home: string | undefined): string {
  const below = home && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : `/${path}`;
  const literal = below.replaceAll(/[[\]*?\\]/g, "\\$&");
  return literal.endsWith("/") ? `${literal}**` : literal;
}
