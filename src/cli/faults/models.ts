import { exitCodes } from "../exit_codes.ts";
import { ModelError } from "../models/errors.ts";
import type { FaultWriter } from "./fault.ts";

/** Models that cannot be pinned. */
export const faults: FaultWriter = (error) => {
  if (!(error instanceof ModelError)) return undefined;
  const { model, why, region, about } = error;
  const { suggestion, listed } = about;
  if (why === "unknown") {
    return {
      exit: exitCodes.usage,
      cause: "model_unknown",
      message: listed
        ? `Cannot pin "${model}": ${region} has no such model`
        : `Cannot pin "${model}": what ${region} has may not be listed, so it has to be a whole id`,
      hint: suggestion
        ? `the nearest is ${suggestion}; credsmith models shows all`
        : listed
        ? "credsmith models shows what there is"
        : "us.anthropic.claude-opus-5, for example",
      details: { model, ...(suggestion ? { suggestion } : {}) },
    };
  }
  const words = {
    "not granted": [
      "model_not_granted",
      "the account has no access to it",
      "request it in the " +
      `Bedrock console (${region}), Model access; --no-check pins it all the same`,
    ],
    "not in region": ["model_not_in_region", `${region} does not serve it`, "credsmith models"],
    "ended": ["model_end_of_life", "it has reached the end of its life", "credsmith models"],
  } as const;
  const [cause, text, hint] = words[why];
  return {
    exit: exitCodes.denied,
    cause,
    message: `Cannot pin "${model}": ${text}`,
    hint,
    details: { model },
  };
};
