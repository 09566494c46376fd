import { ApiKeyProfileError } from "../credential_process/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";

/** What `credential-process` and `serve` cannot hand on. */
export const faults: FaultWriter = (error) => {
  if (!(error instanceof ApiKeyProfileError)) return undefined;
  const { profile } = error;
  const words = profile === "default" ? "" : ` ${profile}`;
  return {
    exit: exitCodes.credentials,
    cause: "api_key_profile",
    message: `Cannot give profile "${profile}" to an AWS SDK: it has a Bedrock API key, and SDKs ` +
      "take none that way",
    hint: `credsmith exec${words} -- PROGRAM puts it into AWS_BEARER_TOKEN_BEDROCK`,
    details: { profile },
  };
};
