import type { Diagnosis } from "../../aws/diagnose.ts";

/** AWS did not take the key that was to be encrypted. Nothing was written. */
export class ProofError extends Error {
  override name = "ProofError";
  /**
   * @param where the key's place, for people
   * @param words the diagnosis in words
   */
  constructor(
    readonly where: string,
    readonly diagnosis: Diagnosis,
    readonly words: { readonly text: string; readonly fix: string },
  ) {
    super(`Cannot use the key of ${where}: ${diagnosis.cause}`);
  }
}
