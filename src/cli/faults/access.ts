import { NoRuleForFileError, NothingThereError, RulesLayoutError } from "../../access/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";

/** Files of a tree, and the rules that say who opens them. */
export const faults: FaultWriter = (error) => {
  if (error instanceof RulesLayoutError) {
    const { path, reason, lines } = error;
    const shown = lines.map(({ number, text }) => `${number}: ${text}`);
    return {
      exit: exitCodes.refused,
      cause: "rules_layout",
      message: `Cannot change "${path}": ${reason}`,
      hint: [
        shown.length > 0
          ? "change it by hand here, then run credsmith access sync (renew, where somebody leaves):"
          : "change it by hand, then run credsmith access sync (renew, where somebody leaves)",
        ...shown,
      ].join("\n"),
      details: { lines },
    };
  }
  if (error instanceof NothingThereError) {
    return {
      exit: exitCodes.usage,
      cause: "no_such_file",
      message:
        `Cannot find "${error.given}": there is no such file or folder, and no glob is for one`,
    };
  }
  if (error instanceof NoRuleForFileError) {
    return {
      exit: exitCodes.usage,
      cause: "no_rule",
      message: error.rules === undefined
        ? "there is no .sops.yaml above it"
        : `no creation rule in "${error.rules}" is for it`,
      hint: "a rule with a path_regex that matches it says who opens it",
    };
  }
  return undefined;
};
