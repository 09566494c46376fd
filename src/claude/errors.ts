/** Where in a settings file something is; `line` and `column` count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A settings file that cannot be read as JSON, so that nothing can be changed in it. */
export class SettingsSyntaxError extends Error {
  override name = "SettingsSyntaxError";
  constructor(readonly file: string, readonly reason: string, readonly at?: Position) {
    super(`Cannot read "${file}"${at ? `, line ${at.line}` : ""}: ${reason}`);
  }
}
