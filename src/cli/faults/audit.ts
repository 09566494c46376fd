import { LogFileError } from "../../platform/errors.ts";
import { logFaults } from "../actions.ts";
import { NoKeysError, NoTrailError } from "../audit/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Fault, FaultWriter } from "./fault.ts";

/** What was done with keys, and by us. */
export const faults: FaultWriter = (error) => {
  if (error instanceof NoTrailError) return noTrail(error);
  if (error instanceof NoKeysError) {
    const { file, profile } = error;
    return {
      exit: exitCodes.credentials,
      cause: "key_missing",
      message: profile === undefined
        ? `Cannot look for uses: "${file}" has no access key`
        : `Cannot look for uses: profile "${profile}" of "${file}" has no access key`,
      hint: "a role's are those of the key that assumes it; others by their id: --key ID",
      details: { file, ...(profile === undefined ? {} : { profile }) },
    };
  }
  if (error instanceof LogFileError) {
    return {
      exit: exitCodes.refused,
      cause: "log_unfit",
      message: `Cannot use the log of actions: "${error.path}" ${logFaults[error.reason]}`,
      details: { path: error.path },
    };
  }
  return undefined;
};

function noTrail({ profile, region, diagnosis, words }: NoTrailError): Fault {
  const { outcome, cause, facts } = diagnosis;
  return {
    exit: exitCodes[outcome],
    cause,
    message: `Cannot look at CloudTrail in ${region}: ${words.text}`,
    hint: outcome === "denied"
      ? `${words.fix}, or name a profile that may: --using PROFILE`
      : words.fix,
    details: { profile, region, ...(facts.action ? { action: facts.action } : {}) },
  };
}
