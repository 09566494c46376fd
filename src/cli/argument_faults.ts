import {
  AliasNotFoundError,
  ArgumentParseError,
  EnumValidationError,
  FlagNotFoundError,
  InvalidNegatedFlagSyntaxError,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";

/**
 * Words what is wrong with a command's arguments. Values are not repeated: what stands in the
 * wrong place may be a secret. The library's own formatter goes by the names of its classes, which
 * a bundle does not keep, and would then repeat them.
 *
 * @param error what the library's scanner threw
 */
export function argumentFault(error: unknown): string {
  if (error instanceof FlagNotFoundError) {
    const { input, corrections, aliasName } = error;
    const near = corrections.map((name) => `--${name}`).join(" or ");
    return `There is no flag "${aliasName ? `-${aliasName}` : `--${input}`}"` +
      (near ? `; did you mean ${near}` : "");
  }
  if (error instanceof AliasNotFoundError) return `There is no flag "-${error.input}"`;
  if (error instanceof ArgumentParseError) {
    const { externalFlagNameOrPlaceholder: name, exception } = error;
    return `Cannot read ${nameOf(name)}${
      exception instanceof Error ? `: ${exception.message}` : ""
    }`;
  }
  if (error instanceof EnumValidationError) {
    return `--${error.externalFlagName} is one of ${error.values.join(", ")}`;
  }
  if (error instanceof InvalidNegatedFlagSyntaxError) {
    return `--${error.externalFlagName} takes no value`;
  }
  if (error instanceof UnexpectedFlagError) return `--${error.externalFlagName} is given twice`;
  if (error instanceof UnexpectedPositionalError) {
    return error.expectedCount === 0
      ? "There are arguments, and this command takes none"
      : `Too many arguments: at most ${error.expectedCount} expected`;
  }
  if (error instanceof UnsatisfiedFlagError) return `--${error.externalFlagName} needs a value`;
  if (error instanceof UnsatisfiedPositionalError) return `${error.placeholder} is missing`;
  return "Cannot read the arguments";
}

function nameOf(name: string): string {
  return /^[a-z]/.test(name) ? `--${name}` : name;
}
