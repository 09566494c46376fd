/** A wrong use of the command line, thrown by commands. */
export class UsageError extends Error {
  override name = "UsageError";
  /**
   * @param message as `Fault` has it
   * @param word the stable cause for programs
   */
  constructor(message: string, readonly hint?: string, readonly word = "usage") {
    super(message);
  }
}

/** Something that was asked for is refused, and nothing was changed. Thrown by commands. */
export class RefusedError extends Error {
  override name = "RefusedError";
  /**
   * @param message as `Fault` has it
   * @param word the stable cause for programs
   */
  constructor(message: string, readonly hint?: string, readonly word = "refused") {
    super(message);
  }
}
