import { FileError, systemCode } from "./errors.ts";

/**
 * Writes to what is no file and cannot be replaced: `/dev/null`, a pipe, a terminal.
 *
 * @throws {FileError} `write`
 */
export function writeToDevice(path: string, bytes: Uint8Array): void {
  try {
    using file = Deno.openSync(path, { write: true });
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  } catch (error) {
    throw new FileError("write", path, systemCode(error));
  }
}
