import { ArgumentScannerError, formatMessageForArgumentScannerError } from "@stricli/core";

/**
 * Words what is wrong with a command's arguments. Values are not repeated: what stands in the
 * wrong place may be a secret.
 *
 * @param error what the library's scanner threw
 */
export function argumentFault(error: unknown): string {
  if (!(error instanceof ArgumentScannerError)) return "Cannot read the arguments";
  return formatMessageForArgumentScannerError(error, {
    AliasNotFoundError: ({ input }) => `There is no flag "-${input}"`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, exception }) =>
      `Cannot read ${nameOf(name)}${exception instanceof Error ? `: ${exception.message}` : ""}`,
    EnumValidationError: ({ externalFlagName, values }) =>
      `--${externalFlagName} is one of ${values.join(", ")}`,
    FlagNotFoundError: ({ input, corrections, aliasName }) =>
      `There is no flag "${aliasName ? `-${aliasName}` : `--${input}`}"` +
      (corrections.length
        ? `; did you mean ${corrections.map((name) => `--${name}`).join(" or ")}`
        : ""),
    InvalidNegatedFlagSyntaxError: ({ externalFlagName }) => `--${externalFlagName} takes no value`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} is given twice`,
    UnexpectedPositionalError: ({ expectedCount }) =>
      expectedCount === 0
        ? "There are arguments, and this command takes none"
        : `Too many arguments: at most ${expectedCount} expected`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} needs a value`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing`,
  });
}

function nameOf(name: string): string {
  return /^[a-z]/.test(name) ? `--${name}` : name;
}
