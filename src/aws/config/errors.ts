/** A command cannot be written so that all AWS SDKs start the same one. */
export class ProcessLineError extends Error {
  override name = "ProcessLineError";
  /**
   * - `control`: it has a line feed or another control character
   * - `not unicode`: it is no valid Unicode, so no file in UTF-8 can hold it
   * - `last word`: the line would end with a quote, which Go's reader takes for one around all of it
   */
  constructor(readonly word: string, readonly reason: "control" | "not unicode" | "last word") {
    super(`Cannot write "${word}" as a word of credential_process: ${reason}`);
  }
}

/** A shared configuration file is such that the SDKs do not read the same in it. */
export class ConfigShapeError extends Error {
  override name = "ConfigShapeError";
  /** The file, where whoever threw it knew. */
  file = "~/.aws/config";
  /**
   * - `not utf-8`
   * - `twice`: a section, or a setting in it, stands there more than once
   * - `goes on`: the setting goes on over several lines
   * @param line counts from 1; absent where it is the whole file
   */
  constructor(
    readonly reason: "not utf-8" | "twice" | "goes on",
    readonly what: string,
    readonly line?: number,
  ) {
    super(`Cannot change "${what}": ${reason}`);
  }
}
