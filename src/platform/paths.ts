/** Takes a path apart; a bare name stands in `.`. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const clean = path.length > 1 ? path.replace(/\/+$/, "") : path;
  const slash = clean.lastIndexOf("/");
  if (slash < 0) return { folder: ".", name: clean };
  return { folder: slash === 0 ? "/" : clean.slice(0, slash), name: clean.slice(slash + 1) };
}

/** @returns the folder that a path stands in, `.` for a bare name */
export function parentOf(path: string): string {
  return splitPath(path).folder;
}

/** @returns the last step of a path */
export function baseName(path: string): string {
  return splitPath(path).name;
}

/** Joins a folder and a name. */
export function join(folder: string, name: string): string {
  return `${folder === "/" ? "" : folder}/${name}`;
}

/** @returns `path` as it is if absolute, else below `cwd`; `.` and `..` are resolved */
export function absolute(path: string, cwd: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${cwd}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** @returns the folder itself and those above it, nearest first; at most 100 as in SOPS */
export function upward(folder: string): string[] {
  const found = [folder];
  while (found.length < 100) {
    const last = found.at(-1) as string;
    const next = parentOf(last);
    if (next === last || next === ".") break;
    found.push(next);
  }
  return found;
}
