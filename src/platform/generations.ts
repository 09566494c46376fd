import { FileError, systemCode } from "./errors.ts";
import { replaceFile } from "./files.ts";
import { withDirectoryLock } from "./locks.ts";

/** Files of one generation: names without a slash, and what is in them. */
export type GenerationFiles = ReadonlyMap<string, Uint8Array>;

const linkName = "secrets";
const storeName = "secrets.d";

/** Files beside the link that belong to the generation, each replaced whole, mode 0400. */
export type FilesBeside = ReadonlyMap<string, Uint8Array>;

/**
 * Writes files as a new generation, `secrets.d/N`, and then swaps the link `secrets` to it, so that
 * readers see the old files or the new ones. A process that is killed leaves at most a generation
 * that nothing leads to; the next call takes it away. The generation before stays, for those who
 * are reading it.
 *
 * @param folder a private folder in memory (`privateFolder`)
 * @param beside what leads to the files, written under the same lock, once they are there
 * @returns the number of the generation
 * @throws {FileError} `create`, `write`, `list`, `remove`, `lock`
 */
export async function writeGeneration(
  folder: string,
  files: GenerationFiles,
  beside: FilesBeside = new Map(),
): Promise<number> {
  return await withDirectoryLock(folder, () => {
    const store = `${folder}/${storeName}`;
    attempt("create", store, () => Deno.mkdirSync(store, { recursive: true, mode: 0o700 }));
    const known = generations(store);
    const current = currentGeneration(folder);
    const number = Math.max(0, ...known) + 1;
    const path = `${store}/${number}`;
    attempt("create", path, () => Deno.mkdirSync(path, { mode: 0o700 }));
    try {
      for (const [name, bytes] of files) writeSecret(`${path}/${name}`, bytes);
      swap(folder, number);
    } catch (error) {
      removeTree(path);
      throw error;
    }
    for (const [name, bytes] of beside) replaceFile(`${folder}/${name}`, bytes, { mode: 0o400 });
    for (const old of known) if (old !== current) removeTree(`${store}/${old}`);
    return number;
  });
}

/**
 * Takes the link and every generation away.
 *
 * @param beside names of what leads to the files; goes first, so that nothing leads nowhere
 * @returns what there was, by name
 * @throws {FileError} `remove`, `lock`
 */
export async function removeGenerations(
  folder: string,
  beside: readonly string[] = [],
): Promise<string[]> {
  return await withDirectoryLock(
    folder,
    () => [...beside, linkName, storeName].filter((name) => removeTree(`${folder}/${name}`)),
  );
}

/** The generation that the link leads to, if there is one. */
export function currentGeneration(folder: string): number | undefined {
  try {
    const [, number] = Deno.readLinkSync(`${folder}/${linkName}`).match(/^secrets\.d\/(\d+)$/) ??
      [];
    return number === undefined ? undefined : Number(number);
  } catch {
    return undefined;
  }
}

function generations(store: string): number[] {
  return attempt("list", store, () => [...Deno.readDirSync(store)])
    .map((entry) => Number(entry.name)).filter((number) => Number.isSafeInteger(number));
}

function writeSecret(path: string, bytes: Uint8Array): void {
  attempt("write", path, () => {
    using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o400 });
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  });
}

function swap(folder: string, number: number): void {
  const next = `${folder}/.${linkName}.credsmith-tmp`;
  attempt("create", next, () => {
    removeTree(next);
    Deno.symlinkSync(`${storeName}/${number}`, next);
    Deno.renameSync(next, `${folder}/${linkName}`);
  });
}

function removeTree(path: string): boolean {
  try {
    Deno.removeSync(path, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new FileError("remove", path, systemCode(error));
  }
}

function attempt<T>(
  operation: "create" | "list" | "write",
  path: string,
  action: () => T,
): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof FileError ? error : new FileError(operation, path, systemCode(error));
  }
}
