/**
 * `write_file.ts replace|new|append PATH TEXT`: writes a file as commands do, under the lock of its
 * folder, and prints how it went as JSON. Exit code 0 or 1.
 */
import { FileError } from "../../../src/platform/errors.ts";
import { readFile, realPath, replaceFile, writeNewFile } from "../../../src/platform/files.ts";
import { withDirectoryLock } from "../../../src/platform/locks.ts";
import { parentOf } from "../../../src/platform/paths.ts";

const [how = "", name = "", text = ""] = Deno.args;
try {
  const path = realPath(name);
  await withDirectoryLock(parentOf(path), () => {
    if (how === "new") return writeNewFile(path, new TextEncoder().encode(text), 0o600);
    const expect = readFile(path);
    const before = how === "append" ? new TextDecoder().decode(expect.bytes) : "";
    replaceFile(path, new TextEncoder().encode(before + text), { expect });
  });
  console.log(JSON.stringify({ name: "done" }));
  Deno.exit(0);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const { operation, code, changed } = error instanceof FileError ? error : {} as FileError;
  console.log(JSON.stringify({ name: error.name, operation, code, changed }));
  Deno.exit(1);
}
