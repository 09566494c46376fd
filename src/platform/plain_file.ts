/**
 * The content of a plain file, links followed, as it is needed to compare it with what it was.
 *
 * @param limit bytes; a larger file is not read
 * @returns `absent` where nothing is; nothing for what is no file, is too large or cannot be read
 */
export function readPlainFile(
  path: string,
  limit: number,
): Uint8Array<ArrayBuffer> | "absent" | undefined {
  try {
    // To read a pipe would take from whoever reads it next.
    const info = Deno.statSync(path);
    return info.isFile && info.size <= limit ? Deno.readFileSync(path) : undefined;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "absent" : undefined;
  }
}
