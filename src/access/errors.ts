/** A `.sops.yaml` that cannot be changed without touching more than was asked for. */
export class RulesLayoutError extends Error {
  override name = "RulesLayoutError";
  /**
   * @param path the `.sops.yaml`
   * @param reason why, in words that follow a colon
   * @param lines what is to be changed by hand: number from 1, and the line
   */
  constructor(
    readonly path: string,
    readonly reason: string,
    readonly lines: readonly { readonly number: number; readonly text: string }[],
  ) {
    super(`Cannot change "${path}": ${reason}`);
  }
}

/** A file that was named, and is not there, or not to be read. */
export class NothingThereError extends Error {
  override name = "NothingThereError";
  /** @param given a file, folder or glob, as it was given */
  constructor(readonly given: string) {
    super(`There is no "${given}"`);
  }
}

/** No creation rule says for whom a file is. */
export class NoRuleForFileError extends Error {
  override name = "NoRuleForFileError";
  /** @param rules the `.sops.yaml` that was asked; absent where there is none */
  constructor(readonly rules?: string) {
    super("No creation rule is for it");
  }
}
