import { NoKeyError } from "../../aws/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";

/** Profiles without a key. What AWS itself answers is worded by `verify`. */
export const faults: FaultWriter = (error) => {
  if (!(error instanceof NoKeyError)) return undefined;
  const { profile, missing, role } = error;
  const path = missing.join("/");
  return {
    exit: exitCodes.credentials,
    cause: "key_missing",
    message: `Cannot use profile "${profile}": it has no "${path}"` +
      (role ? ", and its role cannot be assumed yet" : ""),
    hint: `credsmith set ${path}`,
    details: { profile },
  };
};
