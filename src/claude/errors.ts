/** A settings file that cannot be read as JSON, so that nothing can be changed in it. */
export class SettingsSyntaxError extends Error {
  override name = "SettingsSyntaxError";
  /** @param line counts from 1 */
  constructor(readonly file: string, readonly reason: string, readonly line?: number) {
    super(`Cannot read "${file}"${line ? `, line ${line}` : ""}: ${reason}`);
  }
}

/** A setting that is of another kind than Claude Code reads. */
export class SettingsShapeError extends Error {
  override name = "SettingsShapeError";
  /** @param setting its path in the document: `env` */
  constructor(
    readonly file: string,
    readonly setting: string,
    readonly expected: "an object" | "a list",
  ) {
    super(`Cannot change "${file}": "${setting}" is not ${expected}`);
  }
}
