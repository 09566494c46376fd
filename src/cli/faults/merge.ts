import { MergeError, type Side, VersionError } from "../../merge/errors.ts";
import { pathText } from "../../sops/errors.ts";
import type { IdentitySource } from "../../store/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Fault } from "./fault.ts";
import { wordSops } from "./sops.ts";

const versions: Readonly<Record<Side, string>> = {
  base: "what both sides began with",
  ours: "our version",
  theirs: "their version",
};

/** Versions of a file that cannot be merged. Nothing was changed. */
export function mergeFault(
  error: Error,
  { file, sources }: { readonly file: string; readonly sources: readonly IdentitySource[] },
): Fault {
  const failed = `Cannot merge "${file}"`;
  if (error instanceof MergeError) {
    return {
      exit: exitCodes.refused,
      cause: `merge_${error.reason.replaceAll(" ", "_")}`,
      message: `${failed}: ${reasonOf(error)}`,
      details: { file },
    };
  }
  const side = error instanceof VersionError ? error.side : undefined;
  const cause = error instanceof VersionError ? error.cause : error;
  const about = side ? `${failed}, ${versions[side]}` : failed;
  // A hint about the file in the work tree would be about another version.
  const fault = wordSops(cause, { failed: about, sources });
  if (!fault) {
    const message = `${about}: unexpected ${cause.name}`;
    return { exit: exitCodes.defect, cause: "defect", message, details: { file } };
  }
  return { ...fault, details: { file, ...(side ? { version: side } : {}) } };
}

function reasonOf({ reason, path }: MergeError): string {
  const at = path.length > 0 ? ` at "${pathText(path)}"` : "";
  switch (reason) {
    case "documents":
      return "both sides changed the number of YAML documents";
    case "duplicate key":
      return `a key stands there twice${at}`;
    case "keys":
      return "both sides changed its key groups, and no rule says which count";
    case "readable":
      return `a value that is encrypted would become readable${at}`;
    case "selectors":
      return "the sides are encrypted under different selectors";
    case "whole":
      return "the file is one value, and both sides changed it";
  }
}
