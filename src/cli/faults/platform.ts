import {
  ConflictError,
  FileError,
  InputTooLongError,
  LockTimeoutError,
  ProgramError,
  RuntimeFolderError,
} from "../../platform/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Fault, FaultWriter } from "./fault.ts";
import { causeOf, reasonOf } from "./system_words.ts";

/** Files, locks, programs and the private folder. */
export const faults: FaultWriter = (error) => {
  if (error instanceof FileError) return fileFault(error);
  if (error instanceof RuntimeFolderError) return runtimeFolderFault(error);
  if (error instanceof ConflictError) {
    return {
      exit: exitCodes.refused,
      cause: "changed_meanwhile",
      message: `Cannot write "${error.path}": ${conflictReason(error)}`,
      hint: "nothing was written; run it again",
    };
  }
  if (error instanceof LockTimeoutError) {
    return {
      exit: exitCodes.refused,
      cause: "locked",
      message: `Cannot lock "${error.path}": ${lockReason(error)}`,
      hint: lockHint(error),
    };
  }
  if (error instanceof ProgramError) {
    const missing = error.code === "ENOENT";
    return {
      exit: exitCodes.usage,
      cause: missing ? "program_not_found" : "program_not_started",
      message: missing
        ? `Cannot start "${error.program}": there is no such program on PATH`
        : `Cannot start "${error.program}": ${reasonOf(error.code)}`,
    };
  }
  if (error instanceof InputTooLongError) {
    return {
      exit: exitCodes.usage,
      cause: "input_too_long",
      message: `Cannot read standard input: it has more than ${error.limit} bytes`,
    };
  }
  return undefined;
};

/** @returns what happened to the file, for the end of a first line */
export function conflictReason({ happened }: ConflictError): string {
  if (happened === "appeared") return "there is a file already";
  if (happened === "removed") return "it was removed since it was read";
  return "it was changed since it was read";
}

/** @returns why the lock was not to be had, for the end of a first line */
export function lockReason({ milliseconds }: LockTimeoutError): string {
  return `another process has held its folder for ${milliseconds / 1000} s`;
}

export function lockHint({ path }: LockTimeoutError): string {
  return `nothing was written; see who it is: fuser -v ${path}`;
}

const verbs = {
  read: "read",
  write: "write",
  create: "create",
  list: "list",
  remove: "remove",
  lock: "lock",
  sync: "write",
} as const;

/** Reading fails on what was given (2); writing fails on what is there, and changes nothing (8). */
function fileFault({ operation, path, code, changed }: FileError): Fault {
  if (changed) return unsureFault(path, code);
  const reading = operation === "read" || operation === "list";
  return {
    exit: reading ? exitCodes.usage : exitCodes.refused,
    cause: causeOf(code),
    message: `Cannot ${verbs[operation]} "${path}": ${reasonOf(code)}`,
  };
}

/** The file has its new content, but a power cut now could still bring the old one back. */
export function unsureFault(path: string, code: string): Fault {
  return {
    exit: exitCodes.partial,
    cause: "sync_failed",
    message: `Wrote "${path}", but its folder could not be synced: ${reasonOf(code)}`,
    hint: "run sync, then look whether the file is as it should be",
  };
}

function runtimeFolderFault({ reason, path, details }: RuntimeFolderError): Fault {
  const fault = (why: string, hint: string): Fault => ({
    exit: exitCodes.refused,
    cause: `runtime_folder_${reason.replaceAll(" ", "_")}`,
    message: `Cannot keep plaintext in "${path}": ${why}`,
    hint,
  });
  const another = "or set XDG_RUNTIME_DIR to a folder of your own on tmpfs";
  const look = `look at it (ls -ld ${path}) and remove it if nothing needs it, ${another}`;
  switch (reason) {
    case "squatted":
      return fault(`it belongs to user ${details.owner}`, look);
    case "link":
      return fault("it is a symbolic link", look);
    case "not a folder":
      return fault("it is no folder", look);
    case "mode":
      return fault(
        `others may enter it (mode ${(details.mode ?? 0).toString(8).padStart(4, "0")})`,
        `see that nothing strange is in it, then: chmod 700 ${path}`,
      );
    case "on disk":
      return fault(
        `it is on ${details.fileSystem}, not in memory`,
        "set XDG_RUNTIME_DIR to a folder of your own on tmpfs",
      );
    case "unsupported platform":
      return {
        ...fault("", "use a Linux machine, or exec, which needs no files"),
        message: `Cannot keep plaintext in memory: no folder for that is known on "${path}"`,
      };
    case "not permitted":
      return fault(
        "the permission for it was given up before",
        "set XDG_RUNTIME_DIR to a folder of your own on tmpfs",
      );
  }
}
