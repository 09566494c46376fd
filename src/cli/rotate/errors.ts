import type { Diagnosis } from "../../aws/diagnose.ts";
import type { AwsStep } from "../../rotate/errors.ts";

/** AWS stopped a rotation; in words already, because they name what surrounds the profile. */
export class StoppedError extends Error {
  override name = "StoppedError";
  /** @param begun whether there is a journal, so that one can go on or turn back */
  constructor(
    readonly profile: string,
    readonly step: AwsStep,
    readonly diagnosis: Diagnosis,
    readonly words: { readonly text: string; readonly fix: string },
    readonly begun: boolean,
  ) {
    super(`Cannot ${step} for "${profile}": ${diagnosis.cause}`);
  }
}

/** What went wrong with a rotation in a file that was named on the command line. */
export class InFileError extends Error {
  override name = "InFileError";
  constructor(override readonly cause: unknown, readonly file: string) {
    super(`Rotation in "${file}"`, { cause });
  }
}
