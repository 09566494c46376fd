import { ConflictError, FileError, LockTimeoutError } from "../../platform/errors.ts";
import {
  NoRulesFileError,
  NoSecretsFileError,
  PlaintextCredentialError,
  ProfileError,
  ReadBackError,
  SecretsFileError,
} from "../../store/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Fault, FaultWriter } from "./fault.ts";
import { conflictReason, lockHint, lockReason, unsureFault } from "./platform.ts";
import { wordSops } from "./sops.ts";
import { causeOf, reasonOf } from "./system_words.ts";

/** Secrets files, rules files and profiles. */
export const faults: FaultWriter = (error) => {
  if (error instanceof SecretsFileError) return secretsFileFault(error);
  if (error instanceof NoSecretsFileError) return noSecretsFile(error);
  if (error instanceof NoRulesFileError) return noRulesFile(error);
  if (error instanceof ProfileError) return profileFault(error);
  return undefined;
};

function secretsFileFault(error: SecretsFileError): Fault {
  const { action, path: file, cause, sources } = error;
  const failed = `Cannot ${action} "${file}"`;
  const details = { file };
  if (cause instanceof FileError) {
    if (cause.changed) return { ...unsureFault(file, cause.code), details };
    return {
      exit: action === "open" || cause.operation === "read" ? exitCodes.usage : exitCodes.refused,
      cause: causeOf(cause.code),
      message: `${failed}: ${reasonOf(cause.code)}`,
      details,
    };
  }
  const refused = (word: string, reason: string, hint: string): Fault => ({
    exit: exitCodes.refused,
    cause: word,
    message: `${failed}: ${reason}`,
    hint,
    details,
  });
  if (cause instanceof ConflictError) {
    const hint = cause.happened === "appeared"
      ? "it is never overwritten; move it away first"
      : "nothing was written; run it again";
    return refused("changed_meanwhile", conflictReason(cause), hint);
  }
  if (cause instanceof LockTimeoutError) {
    return refused("locked", lockReason(cause), lockHint(cause));
  }
  if (cause instanceof PlaintextCredentialError) {
    return refused(
      "plaintext_credential",
      `"${cause.path.join("/")}" would stay in plaintext under ${cause.selector}`,
      "choose a name that the selector covers, or encrypt the file anew under a wider rule",
    );
  }
  if (cause instanceof ReadBackError) {
    return {
      exit: exitCodes.defect,
      cause: "read_back",
      message: `${failed}: what was sealed reads back differently`,
      hint: "nothing was written; this is a defect of credsmith, please report it",
      details,
    };
  }
  return wordSops(cause, { failed, file, sources }) ??
    { exit: exitCodes.defect, cause: "defect", message: `${failed}: unexpected ${cause.name}` };
}

function noSecretsFile({ by, path, rules }: NoSecretsFileError): Fault {
  const fault = (message: string, hint?: string): Fault => ({
    exit: exitCodes.usage,
    cause: "no_secrets_file",
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  if (by === "flag") return fault(`Cannot open "${path}": there is no such file`);
  if (by === "environment") {
    return fault(`Cannot open "${path}", named by CREDSMITH_FILE: there is no such file`);
  }
  const hint = "credsmith init makes one; -f FILE names another";
  return rules === undefined
    ? fault(`Found no secrets file: no .sops.yaml in "${path}" or above`, hint)
    : fault(`Found no secrets file: no "${path}" beside "${rules}"`, hint);
}

function noRulesFile({ by, start, passedOver }: NoRulesFileError): Fault {
  return {
    exit: exitCodes.usage,
    cause: "no_rules",
    message: by === "environment"
      ? `Cannot read "${start}", named by SOPS_CONFIG: there is no such file`
      : `Found no .sops.yaml in "${start}" or above`,
    hint: passedOver
      ? `"${passedOver}" does not count; call it .sops.yaml`
      : "credsmith init makes one",
  };
}

function profileFault({ reason, profile, known }: ProfileError): Fault {
  const fault = (why: string, hint?: string): Fault => ({
    exit: exitCodes.usage,
    cause: reason === "unknown" ? "unknown_profile" : `profile_${reason.replaceAll(" ", "_")}`,
    message: `Cannot use profile "${profile}": ${why}`,
    ...(hint === undefined ? {} : { hint }),
    details: { profile, known },
  });
  switch (reason) {
    case "unknown":
      return known.length
        ? fault("there is no such profile", `there are: ${known.join(", ")}`)
        : fault("the file has no profiles", "credsmith init, or credsmith edit");
    case "duplicate default":
      return fault(
        'it stands at the top level and under "profiles/default"',
        "keep one: credsmith edit",
      );
    case "bad name":
      return fault("names have small letters, digits and dashes, and begin with no dash");
    case "taken name":
      return fault("the name is taken");
    case "not a mapping":
      return profile === "profiles"
        ? { ...fault(""), message: 'Cannot read the profiles: "profiles" is no mapping' }
        : fault("it is no mapping");
  }
}
