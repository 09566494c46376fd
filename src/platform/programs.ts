/**
 * Where a program stands on PATH.
 *
 * @param name a file name without slashes
 * @param path the value of `PATH`; empty parts are skipped
 * @returns the absolute path as PATH spells it, links not resolved; nothing where there is none
 */
export function findProgram(name: string, path: string): string | undefined {
  for (const folder of path.split(":")) {
    if (!folder.startsWith("/")) continue;
    const candidate = `${folder.replace(/\/$/, "")}/${name}`;
    try {
      const { isFile, mode } = Deno.statSync(candidate);
      if (isFile && ((mode ?? 0) & 0o111) !== 0) return candidate;
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return undefined;
}

/**
 * Whether a program starts a script: it is a small file that names the script's path, or a link
 * to one that lies in the script's package (`bin/` beside `dist/`).
 *
 * @param program absolute path
 * @param script absolute path of the script's main module
 */
export function starts(program: string, script: string): boolean {
  try {
    const real = Deno.realPathSync(program);
    const own = script.replace(/\/dist\/[^/]*$/, "/bin/");
    if (own !== script && real.startsWith(own)) return true;
    const { size } = Deno.statSync(real);
    if (size > 1_000_000) return false;
    return new TextDecoder("latin1").decode(Deno.readFileSync(real)).includes(script);
  } catch {
    return false;
  }
}
