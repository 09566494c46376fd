/** What was being done to a file when the system said no. */
export type FileOperation = "read" | "write" | "create" | "list" | "remove" | "lock" | "sync";

/** The system refused an operation on a file or a folder. */
export class FileError extends Error {
  override name = "FileError";
  /**
   * @param operation what was tried
   * @param path on what
   * @param code the system's code, `ENOSPC`; `EUNKNOWN` where it gave none; `EFIFO` (ours) for a pipe,
   *   `EDEVICE` (ours) for a device, `ETOOLARGE` (ours) for more than is ever read
   * @param changed whether the file is the new one already (only its arrival on the disk is unsure)
   */
  constructor(
    readonly operation: FileOperation,
    readonly path: string,
    readonly code: string,
    readonly changed = false,
  ) {
    super(`Cannot ${operation} "${path}": ${code}`);
  }
}

/** Somebody else changed, removed or made a file between reading and writing. Nothing was written. */
export class ConflictError extends Error {
  override name = "ConflictError";
  constructor(readonly path: string, readonly happened: "changed" | "removed" | "appeared") {
    super(`Cannot write "${path}": it ${happened} meanwhile`);
  }
}

/** Another process held the lock for the whole time that we were ready to wait. */
export class LockTimeoutError extends Error {
  override name = "LockTimeoutError";
  constructor(readonly path: string, readonly milliseconds: number) {
    super(`Cannot lock "${path}": another process held it for ${milliseconds} ms`);
  }
}

/** Why a folder cannot hold plaintext. */
export type RuntimeFolderFault =
  /** Somebody else owns it (`owner`). */
  | "squatted"
  /** It is a symbolic link. */
  | "link"
  /** It is no folder. */
  | "not a folder"
  /** Others may enter it (`mode`). */
  | "mode"
  /** It is on a disk (`fileSystem`). */
  | "on disk"
  /** This system has no memory-backed folder that we know. */
  | "unsupported platform"
  /** Deno refuses it, because a permission was given up before. */
  | "not permitted";

/** There is no private folder in memory, and plaintext does not go anywhere else. */
export class RuntimeFolderError extends Error {
  override name = "RuntimeFolderError";
  constructor(
    readonly reason: RuntimeFolderFault,
    readonly path: string,
    readonly details: {
      readonly owner?: number;
      readonly mode?: number;
      readonly fileSystem?: string;
    } = {},
  ) {
    super(`Cannot use "${path}" for plaintext: ${reason}`);
  }
}

/** A log of ours is not a file that only we could have made. */
export class LogFileError extends Error {
  override name = "LogFileError";
  /** @param reason `mode`: others may read a file, or write to a folder; `owner`: it is not ours */
  constructor(
    readonly path: string,
    readonly reason: "link" | "not a file" | "not a folder" | "owner" | "mode",
  ) {
    super(`Cannot use "${path}" as a log: ${reason}`);
  }
}

/** A program could not be started. */
export class ProgramError extends Error {
  override name = "ProgramError";
  /** @param code the system's code, `ENOENT` where there is no such program */
  constructor(readonly program: string, readonly code: string) {
    super(`Cannot start "${program}": ${code}`);
  }
}

/** Standard input has more than we are ready to hold. */
export class InputTooLongError extends Error {
  override name = "InputTooLongError";
  constructor(readonly limit: number) {
    super(`Cannot read standard input: more than ${limit} bytes`);
  }
}

/** The person pressed Ctrl-C at a question. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
  constructor() {
    super("Interrupted");
  }
}

/** @returns the system's code of an error that Deno threw; `EUNKNOWN` where it has none */
export function systemCode(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "ENOTCAPABLE";
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "EUNKNOWN";
}
