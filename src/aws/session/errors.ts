import type { Diagnosis } from "../diagnose.ts";

/** STS gave no session. */
export class SessionError extends Error {
  override name = "SessionError";
  /**
   * @param step what was asked for
   * @param subject the role's ARN, or the MFA device, where there is one
   */
  constructor(
    readonly profile: string,
    readonly step: "session-token" | "role",
    readonly diagnosis: Diagnosis,
    readonly subject?: string,
  ) {
    super(`No session for "${profile}": ${diagnosis.cause}`);
  }
}

/** Why there is no code of an MFA device. */
export type NoCode =
  /** There is no terminal to ask on. */
  | "no terminal"
  /** Nobody may be asked here. */
  | "not to be asked"
  /** Nobody answered in time. */
  | "no answer"
  /** The terminal was closed, or what was typed had no code. */
  | "given up";

/** A session needs a code that nobody gave. */
export class MfaNeededError extends Error {
  override name = "MfaNeededError";
  constructor(readonly profile: string, readonly serial: string, readonly reason: NoCode) {
    super(`"${profile}" needs a code of ${serial}: ${reason}`);
  }
}

/** Another process has been renewing the same session all the time. */
export class SessionBusyError extends Error {
  override name = "SessionBusyError";
  constructor(readonly profile: string, readonly seconds: number) {
    super(`Another process has been renewing the session of "${profile}" for ${seconds} s`);
  }
}

/** The file's own key is asked for, and the profile has none to hand out. */
export class NoStaticKeyError extends Error {
  override name = "NoStaticKeyError";
  constructor(readonly profile: string, readonly kind: "role" | "ambient") {
    super(`"${profile}" has no key of its own to hand out: ${kind}`);
  }
}
