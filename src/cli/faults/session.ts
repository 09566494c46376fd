import { MfaNeededError, NoStaticKeyError, SessionBusyError } from "../../aws/session/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { NotGivenError } from "../given/errors.ts";
import { word } from "../verify/remedies.ts";
import type { Fault, FaultWriter } from "./fault.ts";

/** Sessions that cannot be had. */
export const faults: FaultWriter = (error) => {
  if (error instanceof NotGivenError) return notGiven(error);
  if (error instanceof MfaNeededError) return mfaNeeded(error);
  if (error instanceof SessionBusyError) {
    return {
      exit: exitCodes.temporary,
      cause: "session_busy",
      message: `Cannot have a session for profile "${error.profile}": another process has been ` +
        `asking AWS for it for ${error.seconds} s`,
      hint: "run it again in a minute",
      details: { profile: error.profile },
    };
  }
  if (error instanceof NoStaticKeyError) {
    const { profile, kind } = error;
    return {
      exit: exitCodes.usage,
      cause: "no_static_key",
      message: `Cannot give the key of profile "${profile}": ${
        kind === "role" ? "it is a role, which has none" : "the machine's own credentials are taken"
      }`,
      hint: "leave out --static",
      details: { profile },
    };
  }
  return undefined;
};

function named(profile: string): string {
  return profile === "default" ? "" : ` ${profile}`;
}

function notGiven({ profile, session, around }: NotGivenError): Fault {
  const { diagnosis, step, subject } = session;
  const { outcome, cause } = diagnosis;
  const words = word(diagnosis, around);
  const what = step === "role"
    ? `assume ${subject?.replace(/^arn:[^:]*:iam::\d*:/, "") ?? "the role"}`
    : "make a session of its key";
  return {
    exit: exitCodes[outcome],
    cause,
    message: `Cannot ${what} for profile "${profile}": ${words.text}`,
    hint: hintOf(session, words.fix.text),
    details: { profile, step, ...(subject ? { subject } : {}) },
  };
}

/** Where something else helps than what `verify` advises. */
function hintOf({ diagnosis, step }: NotGivenError["session"], fix: string): string {
  if (step === "session-token" && diagnosis.outcome === "denied") {
    return `${fix}, or hand out the key itself: --static`;
  }
  if (step === "role" && diagnosis.outcome === "denied") {
    return `${fix}\nand see that the role's trust policy lets it in (external id, MFA)`;
  }
  return fix;
}

function mfaNeeded({ profile, serial, reason }: MfaNeededError): Fault {
  const why = {
    "no terminal": "there is no terminal to ask for it on",
    "not to be asked": "nobody is asked for it here",
    "no answer": "nobody typed it within 60 s",
    "given up": "none was typed",
  } as const;
  return {
    exit: exitCodes.credentials,
    cause: "mfa_needed",
    message: `Cannot have a session for profile "${profile}": it takes a code of ${
      serial.replace(/^arn:[^:]*:iam::\d*:/, "")
    }, and ${why[reason]}`,
    hint: reason === "given up" || reason === "no answer"
      ? `credsmith login${named(profile)}`
      : `run on a terminal: credsmith login${named(profile)}`,
    details: { profile },
  };
}
