import { FormatError } from "../../tree.ts";

/**
 * An error at a place in a text.
 *
 * @param offset in UTF-16 units from 0
 * @param reason what was found there; never a value
 */
export function refuse(text: string, offset: number, reason: string): FormatError {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return new FormatError("yaml", reason, line, offset - start + 1);
}
