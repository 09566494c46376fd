import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";
import { ProofError } from "../init/errors.ts";

/** Words what `init` cannot go on with. */
export const faults: FaultWriter = (error) => {
  if (!(error instanceof ProofError)) return undefined;
  const { where, diagnosis, words } = error;
  const ofTheKey = diagnosis.outcome === "credentials" && diagnosis.cause !== "clock_skew";
  return {
    exit: exitCodes[diagnosis.outcome],
    cause: diagnosis.cause,
    message: `Cannot use the key of ${where}: ${lowerFirst(words.text)}`,
    hint: ofTheKey
      ? "nothing was written; --from names another key, and a new one is made in IAM"
      : `nothing was written; ${words.fix}${
        diagnosis.outcome === "temporary" ? "; or --offline, and credsmith verify later" : ""
      }`,
  };
};

/** Goes on in a sentence; names in capitals stay as they are. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) && !/^Bedrock/.test(text)
    ? text[0]!.toLowerCase() + text.slice(1)
    : text;
}
