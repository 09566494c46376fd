/** Looks at files that may not be there; what is missing is `undefined`, never an error. */

/** The content of a file, or nothing where there is none. Other failures are thrown as Deno's. */
export function readIfThere(path: string): Uint8Array<ArrayBuffer> | undefined {
  return ifThere(() => Deno.readFileSync(path));
}

/** What a path leads to, or nothing; links are followed. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.statSync(path));
}

/** What stands at a path itself, or nothing; links are not followed. */
export function lstatIfThere(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.lstatSync(path));
}

/** The names in a folder, sorted by code unit; none where there is no such folder. */
export function listIfThere(folder: string): string[] {
  return ifThere(() => [...Deno.readDirSync(folder)].map(({ name }) => name).sort()) ?? [];
}

/** The path with every link resolved, or nothing where it leads nowhere. */
export function realPathIfThere(path: string): string | undefined {
  return ifThere(() => Deno.realPathSync(path));
}

/** What a link says, not resolved; nothing where no link is. */
export function linkTargetIfThere(path: string): string | undefined {
  try {
    return ifThere(() => Deno.readLinkSync(path));
  } catch (error) {
    if (lstatIfThere(path)?.isSymlink) throw error;
    return undefined;
  }
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
