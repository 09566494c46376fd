import {
  ManifestError,
  NothingToLoadError,
  SecretFileError,
  UnknownProfileError,
  UnloadableValueError,
} from "../../loader/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { installerOf } from "../secret_folders.ts";
import type { FaultWriter } from "./fault.ts";

/** Manifests that say something wrong, and profiles that cannot be loaded. */
export const faults: FaultWriter = (error) => {
  if (error instanceof ManifestError) {
    const { path, reason } = error;
    return {
      exit: exitCodes.usage,
      cause: "manifest",
      message: `Cannot use the manifest: ${path} ${reason}`,
      details: { path },
    };
  }
  if (error instanceof UnknownProfileError) {
    const { profile, known } = error;
    return {
      exit: exitCodes.usage,
      cause: "profile_unknown",
      message: `There is no profile "${profile}"`,
      hint: `profiles: ${known.join(", ")}`,
      details: { profile, known },
    };
  }
  if (error instanceof NothingToLoadError) {
    const names = error.profiles.map((name) => `"${name}"`).join(", ");
    return {
      exit: exitCodes.credentials,
      cause: "key_missing",
      message: `Cannot load ${names || "anything"}: there is no access key with its secret`,
      hint: error.profiles[0] === "default"
        ? "credsmith set aws_access_key_id, then aws_secret_access_key"
        : `credsmith set profiles/${
          error.profiles[0] ?? "NAME"
        }/access_key_id, then secret_access_key`,
    };
  }
  if (error instanceof SecretFileError) {
    const { directory, file, reason } = error;
    const path = file.startsWith("/") ? file : `${directory}/${file}`;
    if (reason === "not for us") {
      return {
        exit: exitCodes.credentials,
        cause: "secret_files_unreadable",
        message: `Cannot read "${path}": it is not for this user`,
        hint: "log in again if you have joined its group since; else have an administrator add you",
        details: { path },
      };
    }
    const { text, remark } = installerOf(directory).missing;
    return {
      exit: exitCodes.credentials,
      cause: "secret_files_missing",
      message: `Cannot read "${path}": it is absent`,
      hint: remark ? `${text} ${remark}` : text,
      details: { path },
    };
  }
  if (error instanceof UnloadableValueError) {
    const { profile, field, reason } = error;
    return {
      exit: exitCodes.usage,
      cause: "value",
      message: `Cannot load profile "${profile}": its ${field} ${reason}`,
      details: { profile, field },
    };
  }
  return undefined;
};
