import { AskingError } from "../aws_link.ts";
import { exitCodes } from "../exit_codes.ts";

import { word } from "../verify/remedies.ts";
import type { FaultWriter } from "./fault.ts";

/** Keys that AWS does not take, and AWS out of reach, where there is nothing to tell without it. */
export const faults: FaultWriter = (error) => {
  if (!(error instanceof AskingError)) return undefined;
  const { profile, diagnosis, around } = error;
  const { text, fix } = word(diagnosis, around.remedies);
  return {
    exit: exitCodes[diagnosis.outcome],
    cause: diagnosis.cause,
    message: `Cannot ask AWS with profile "${profile}": ${text}`,
    hint: fix.text,
    details: { profile },
  };
};
