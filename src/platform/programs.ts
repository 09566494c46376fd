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
 * What to start when a program is asked for. A PATH with `.` or an empty part would start what lies
 * in the working folder, which may be somebody else's repository.
 *
 * @param program a path, or a name that is looked up on PATH
 * @param path the value of `PATH`; ours unless given
 * @throws {Deno.errors.NotFound} when it is not in an absolute folder of PATH
 */
export function programToStart(program: string, path = Deno.env.get("PATH")): string {
  if (program.includes("/")) return program;
  const found = findProgram(program, path ?? "");
  if (found) return found;
  // Without the permissions to look or to start, the attempt says so.
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return program;
  throw Object.assign(new Deno.errors.NotFound(program), { code: "ENOENT" });
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
