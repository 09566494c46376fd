/** A path as people write it: `~` for the home folder. */
export function withTilde(path: string, env: Readonly<Record<string, string>>): string {
  const home = env.HOME?.replace(/\/$/, "");
  return home && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** A path as one would say it: from the working folder or the home folder on. */
export function shortPath(
  path: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): string {
  if (path.startsWith(`${cwd}/`) && cwd !== env.HOME) return path.slice(cwd.length + 1);
  return withTilde(path, env);
}
