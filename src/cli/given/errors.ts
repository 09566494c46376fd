import type { SessionError } from "../../aws/session/errors.ts";
import type { RemedyContext } from "../verify/remedies.ts";

/** STS gave no session, with what surrounds the profile, which the words name. */
export class NotGivenError extends Error {
  override name = "NotGivenError";
  /** @param profile the one that was asked for; `session.profile` is the one whose step failed */
  constructor(
    readonly profile: string,
    readonly session: SessionError,
    readonly around: RemedyContext,
  ) {
    super(session.message);
  }
}
