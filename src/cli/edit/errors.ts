/** There is no editor, or it could not be started, or ended with a failure. */
export class EditorError extends Error {
  override name = "EditorError";
  /**
   * @param reason `none`: no variable and no known editor; `words`: the variable does not split;
   *   `start`: not to be started; `failed`: it ended with `code`
   */
  constructor(
    readonly reason: "none" | "words" | "start" | "failed",
    readonly editor: string,
    readonly code?: number,
  ) {
    super(`the editor "${editor}": ${reason}`);
  }
}

/** The text is not what it should be, and nobody is there, or nobody wants, to mend it. */
export class EditAbandonedError extends Error {
  override name = "EditAbandonedError";
  /** @param problem as `check` gave it; no value is in it */
  constructor(readonly file: string, readonly problem: string) {
    super(`"${file}": ${problem}`);
  }
}

/** The text could not be written, because the file is another one by now. It was kept. */
export class EditConflictError extends Error {
  override name = "EditConflictError";
  /** @param kept where the text is, in memory */
  constructor(readonly file: string, readonly kept: string) {
    super(`"${file}" changed meanwhile; the edited text is in "${kept}"`);
  }
}
