/** A document that is no policy of IAM's. */
export class PolicyError extends Error {
  override name = "PolicyError";
  /** @param policy what it is called */
  constructor(readonly policy: string, readonly why: string) {
    super(`Cannot read the policy "${policy}": ${why}`);
  }
}
